"""What is read out of a shell command: simple commands with literal words, or why not."""

from __future__ import annotations

from dataclasses import dataclass


def word_set(words: str) -> frozenset[str]:
    """The words of `words`, which stand apart by spaces."""
    return frozenset(words.split())


class UnreadableError(Exception):
    """The command holds something that is not read as literal words; says what, in words."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where one stream of a command goes.

    Attributes:
        descriptor: The stream as written: "2" in `2>file`, or "".
        operator: One of `>`, `>>`, `>|`, `<`, `&>`, `&>>`, `>&`, `<&`.
        target: The literal file name; the number of a stream for `>&` and `<&`.
    """

    descriptor: str
    operator: str
    target: str

    @property
    def to_file(self) -> bool:
        """Whether a file is opened, not a stream that is open already copied."""
        return self.operator not in (">&", "<&")

    @property
    def writes(self) -> bool:
        """Whether that file is written."""
        return self.to_file and self.operator != "<"

    def __str__(self) -> str:
        return f"{self.descriptor}{self.operator}{self.target}"


@dataclass(frozen=True, slots=True)
class ReadCommand:
    """One simple command as both readers read it.

    Attributes:
        text: As it stands, from its first word to its last.
        name_text: Its first word as it stands, quotes and all.
        argv: Its words as the program gets them.
        redirects: In their order.
        piped: Whether its input may come from another command; only the first reader tells.
    """

    text: str
    name_text: str
    argv: tuple[str, ...]
    redirects: tuple[Redirect, ...]
    piped: bool = False

    def same_as(self, other: ReadCommand) -> bool:
        """Whether `other` does the same; where words stand does not count."""
        return (self.name_text, self.argv, self.redirects) == (
            other.name_text,
            other.argv,
            other.redirects,
        )
