"""`SafeText`: text that cannot control a terminal, as a type.

Only this package makes it, so a widget that asks for `SafeText` cannot be handed text that
nobody has looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import LiteralString, Self, SupportsIndex, overload


class SafeText(str):
    """Sanitised text: no control character but LF, nothing invisible, nothing bidirectional.

    It is made by `display`, `audit`, `one_line`, `parse_sgr` and, for our own words, `plain`.
    Slicing and joining keep the type; every other `str` method gives a `str`, which has to
    be sanitised again. It is never markup: hand it to `Content` or `Text`, not to a parser.
    """

    __slots__ = ()

    def __new__(cls, *_: object) -> Self:
        """Always refuses: text becomes safe by being sanitised, not by being called safe.

        Raises:
            TypeError: Always.
        """
        raise TypeError("SafeText is made by display(), audit(), one_line() or plain()")

    def __reduce__(self) -> tuple[Callable[[str], SafeText], tuple[str]]:
        return mark_safe, (str(self),)

    def __getitem__(self, index: SupportsIndex | slice) -> SafeText:
        return mark_safe(super().__getitem__(index))

    @overload
    def __add__(self, other: SafeText) -> SafeText: ...
    @overload
    def __add__(self, other: str) -> str: ...
    def __add__(self, other: str) -> str:
        joined = super().__add__(other)
        return mark_safe(joined) if isinstance(other, SafeText) else joined

    def lines(self) -> list[SafeText]:
        """The lines, without their LF; one empty line when there is no text."""
        return [mark_safe(line) for line in self.split("\n")]

    def joined(self, pieces: Iterable[SafeText]) -> SafeText:
        """The pieces with this text between them."""
        return mark_safe(self.join(pieces))


def mark_safe(text: str) -> SafeText:
    """`text` as `SafeText`. For this package only, on text it has just made safe."""
    return text if isinstance(text, SafeText) else str.__new__(SafeText, text)


def plain(literal: LiteralString) -> SafeText:
    """Words of our own, written in the source, as `SafeText`.

    Raises:
        ValueError: The words hold something unprintable, so they are not a plain literal.
    """
    if not literal.replace("\n", "").isprintable():
        raise ValueError(f"not a plain literal: {literal!a}")
    return mark_safe(literal)
