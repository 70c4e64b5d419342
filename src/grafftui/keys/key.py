"""A key as a value that does not show itself, and what a key may look like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from grafftui.errors import AuthenticationError, UsageError

KeySource = Literal["environment", "memory", "command", "keyring"]
"""Where a key came from, in the order they are asked. `memory` lasts as long as the process."""

MAX_LENGTH: Final = 4096
"""Characters. Longer than any key, short enough for every server's header limit (8 KB)."""

_FLAWS: Final = (
    (re.compile(r"[\r\n]"), "a line break"),
    (re.compile(r"[\x00-\x1f\x7f]"), "a control character"),
    (re.compile(r"\s"), "a space"),
    (re.compile(r"[\"'`]"), "a quotation mark"),
    (re.compile(r"[^\x00-\x7f]"), "a character that is not ASCII"),
)
_PROVIDER_ID: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}", re.ASCII | re.IGNORECASE)
INDEX_NAME: Final = "index"
"""The keyring entry that lists the others; no provider can be called this."""


class KeyOriginError(AuthenticationError):
    """A stored key was given for another address than the one it would now be sent to."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A usable key. Only `value` holds it; `repr` and `str` show the label.

    Attributes:
        value: The key itself, printable ASCII without spaces or quotes.
        source: Where it came from.
        origin: The address it was given for ("https://api.openai.com"); None where the person
            keeps key and address side by side (environment, command).
    """

    value: str
    source: KeySource
    origin: str | None = None

    @property
    def label(self) -> str:
        """Enough to recognise the key by, for example "sk-pr…9f2a"."""
        return masked(self.value)

    def __repr__(self) -> str:
        return f"Key({self.label!r}, source={self.source!r}, origin={self.origin!r})"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a key.

    Attributes:
        provider_id: Whose key it is.
        source: Where it is.
        label: Its first and last characters; for a command, the program's name.
        origin: The address it was given for, or None.
    """

    provider_id: str
    source: KeySource
    label: str
    origin: str | None = None


def masked(value: str) -> str:
    """The first and last characters: at most an eighth of the key at either end.

    Nothing of what cannot be a key is shown: it may hold anything, terminal controls for one.
    """
    if flaw(value):
        return "…"
    share = len(value) // 8
    head, tail = min(5, share), min(4, share)
    return f"{value[:head]}…{value[len(value) - tail :]}"


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


def check_provider_id(provider_id: str) -> None:
    """Raise `UsageError` for what cannot name an entry of the keyring."""
    if not _PROVIDER_ID.fullmatch(provider_id) or provider_id == INDEX_NAME:
        raise UsageError(
            "that is not a provider id", hint="ids are words such as openai or fireworks-ai"
        )
