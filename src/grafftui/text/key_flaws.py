"""What a key may look like, whoever it is for: fit to stand in an HTTP header."""

from __future__ import annotations

import re
from typing import Final

MAX_LENGTH: Final = 4096
"""Characters. Longer than any key (signed tokens have some 2,000), short enough for every
server's header limit (8 KB)."""

_FLAWS: Final = (
    (re.compile(r"[\r\n]"), "a line break"),
    (re.compile(r"[\x00-\x1f\x7f]"), "a control character"),
    (re.compile(r"\s"), "a space"),
    (re.compile(r"[\"'`]"), "a quotation mark"),
    (re.compile(r"[^\x00-\x7f]"), "a character that is not ASCII"),
)


def flaw(value: str) -> str | None:
    """Why `value` cannot be a key ("holds a space"), or None. Never quotes the value."""
    if not value:
        return "is empty"
    if len(value) > MAX_LENGTH:
        return f"has {len(value):,} characters; a key has at most {MAX_LENGTH:,}"
    for pattern, words in _FLAWS:
        if pattern.search(value):
            return f"holds {words}, which no key does"
    return None
