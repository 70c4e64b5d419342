"""A key as a value that does not show itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from grafftui.errors import AuthenticationError, UsageError
from grafftui.text.key_flaws import flaw

KeySource = Literal["environment", "memory", "command", "keyring"]
"""Where a key came from, in the order they are asked. `memory` lasts as long as the process."""

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


def check_provider_id(provider_id: str) -> None:
    """Raise `UsageError` for what cannot name an entry of the keyring."""
    if not _PROVIDER_ID.fullmatch(provider_id) or provider_id == INDEX_NAME:
        raise UsageError(
            "that is not a provider id", hint="ids are words such as openai or fireworks-ai"
        )
