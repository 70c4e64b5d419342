"""File names as text that can be shown, sent as JSON, and given back.

A file name is bytes: it can hold newlines, escape sequences, or no valid UTF-8 at all. What
cannot be shown is written `\\xNN` (or `\\u{…}`) and understood again when a path is given.
"""

from __future__ import annotations

import os
import re
import unicodedata

_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})|\\u\{([0-9a-f]{1,6})\}")


def shown_name(path: str) -> str:
    """`path` (as `os` gives it) with everything that cannot be shown escaped."""
    return "".join(_shown(character) for character in path)


def _shown(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{{{code:x}}}"


def meant_name(shown: str) -> str:
    """The path that `shown_name` showed."""

    def byte(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return bytes.fromhex(match[1].decode())
        code = int(match[2], 16)
        return chr(code).encode("utf-8", "surrogatepass") if code < 0x110000 else match[0]

    return os.fsdecode(_ESCAPE.sub(byte, os.fsencode(shown)))
