"""What an API key may look like, and how it is shown."""

from __future__ import annotations

import re

from grafftui.errors import AuthenticationError

LONGEST_KEY = 4096
"""Characters. The longest in use are signed tokens of some 2,000."""

_UNUSABLE = re.compile(r"[^\x21-\x7e]|[\"'`]")


def validate_key(key: str) -> str:
    """`key` without the space around it, fit to stand in an HTTP header.

    Raises:
        AuthenticationError: It is empty, too long, or holds a character no key has: a space,
            a line break, a quote, anything outside ASCII. The message never quotes the key.
    """
    key = key.strip()
    if not key:
        raise AuthenticationError("the key is empty", hint="paste the key itself")
    if len(key) > LONGEST_KEY:
        raise AuthenticationError(
            f"the key is {len(key):,} characters long",
            hint=f"keys have at most {LONGEST_KEY:,}: paste the key alone",
        )
    if found := _UNUSABLE.search(key):
        raise AuthenticationError(
            f"the key holds {_name(found[0])} at position {found.start() + 1}",
            hint="paste the key alone, without quotes, spaces or line breaks",
        )
    return key


def last_four(key: str) -> str:
    """How a key is named to a person: "…" and its last four characters."""
    return f"…{key[-4:]}" if len(key) >= 12 else "…"


def _name(character: str) -> str:
    named = {" ": "a space", "\n": "a line break", "\r": "a line break", "\t": "a tab"}
    if character in named:
        return named[character]
    return "a quote" if character in "\"'`" else f"the character U+{ord(character):04X}"
