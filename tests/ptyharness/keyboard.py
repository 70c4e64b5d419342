"""What a terminal sends for a key, plain or under the kitty keyboard protocol."""

from __future__ import annotations

KEYS = {
    "enter": ("\r", 13, 1),
    "tab": ("\t", 9, 1),
    "shift+tab": ("\x1b[Z", 9, 2),
    "escape": ("\x1b", 27, 1),
    "backspace": ("\x7f", 127, 1),
    "shift+enter": ("\x1b[13;2u", 13, 2),
}
"""Key → bytes without the protocol, code and modifiers with it."""
MOVES = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F", "f1": "P"}
TILDES = {"insert": 2, "delete": 3, "pageup": 5, "pagedown": 6, "f5": 15}
ESCAPED_TEXT = 8
"""Flag: characters arrive as escape sequences, too."""


def encode_character(character: str, flags: int) -> str:
    """A typed character, under the keyboard flags in force."""
    code = ord(character)
    return f"\x1b[{code};;{code}u" if flags & ESCAPED_TEXT else character


def encode_key(key: str, flags: int) -> str:
    """A named key ("enter", "ctrl+q", "pagedown", "a"), under the keyboard flags in force.

    Raises:
        ValueError: No such key here.
    """
    if key in KEYS:
        plain, code, modifiers = KEYS[key]
        return f"\x1b[{code}{f';{modifiers}' if modifiers > 1 else ''}u" if flags else plain
    if key in MOVES:
        return f"\x1b{'O' if key == 'f1' else '['}{MOVES[key]}"
    if key in TILDES:
        return f"\x1b[{TILDES[key]}~"
    if key.startswith("ctrl+") and len(key) == len("ctrl+") + 1:
        return f"\x1b[{ord(key[-1])};5u" if flags else chr(ord(key[-1]) & 0x1F)
    if key.startswith("alt+") and len(key) == len("alt+") + 1:
        return f"\x1b[{ord(key[-1])};3u" if flags else f"\x1b{key[-1]}"
    if len(key) == 1:
        return encode_character(key, flags)
    raise ValueError(f"unknown key {key!r}")
