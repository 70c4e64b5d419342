"""The person's keys, learned so that they can be taken out of what is exported."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from grafftui.core.connections import Connections
from grafftui.errors import KeyringError
from grafftui.keys import KeyVault
from grafftui.settings.settings import Settings


@cache
def learn_keys() -> None:
    """Let `redact` know the keys of the environment and the keyring. May take seconds, once.

    A keyring that is locked or silent is no reason not to export: what has the shape of a key is
    taken out without it.
    """
    vault = KeyVault()
    Connections(vault, Settings())
    with suppress(KeyringError):
        vault.list()
