"""An API key on its way into a header, and how it is shown."""

from __future__ import annotations

from grafftui.errors import AuthenticationError
from grafftui.text.key_flaws import flaw


def validate_key(key: str) -> str:
    """`key` without the space around it, fit to stand in an HTTP header.

    Raises:
        AuthenticationError: It is empty, too long, or holds a character no key has: a space,
            a line break, a quote, anything outside ASCII. The message never quotes the key.
    """
    key = key.strip()
    if reason := flaw(key):
        raise AuthenticationError(
            f"the key {reason}", hint="paste the key alone, without quotes, spaces or line breaks"
        )
    return key


def last_four(key: str) -> str:
    """How a key is named to a person: "…" and its last four characters."""
    return f"…{key[-4:]}" if len(key) >= 12 else "…"
