"""The first gate: characters that parsers and people read differently than bash does."""

from __future__ import annotations

import unicodedata

from grafftui.approvals.shell.syntax import UnreadableError

MAX_CHARS = 4096
"""Longer commands are not read; one of the parsers is slow on them."""

MAX_SPACES = 19
"""More in a row push what follows out of sight."""

_NAMES = {"\t": "a tab", "\n": "a line break", "\r": "a carriage return", "\x1b": "an escape"}
_REFUSED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"))


def check_characters(command: str) -> None:
    """Pass a command of plain, visible characters.

    Raises:
        UnreadableError: It is too long or empty, or holds a control, invisible or unassigned
            character, a space other than U+0020, or a long run of spaces.
    """
    if len(command) > MAX_CHARS:
        raise UnreadableError(f"is longer than {MAX_CHARS:,} characters")
    if not command.strip(" "):
        raise UnreadableError("is empty")
    if " " * (MAX_SPACES + 1) in command:
        raise UnreadableError("holds a long run of spaces")
    for character in command:
        if character != " " and unicodedata.category(character) in _REFUSED:
            name = _NAMES.get(character, f"the character U+{ord(character):04X}")
            raise UnreadableError(f"holds {name}")
