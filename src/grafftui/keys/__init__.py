"""What pays for a model: keys from the environment, the OS keyring, a command, or memory.

Nothing about a key is ever written to a file by this package.
"""

from __future__ import annotations

from grafftui.keys.key import Key, KeyInfo, KeyOriginError, KeySource
from grafftui.keys.origin import origin_of
from grafftui.keys.os_keyring import KeyringStatus
from grafftui.keys.vault import KeyVault

__all__ = [
    "Key",
    "KeyInfo",
    "KeyOriginError",
    "KeySource",
    "KeyVault",
    "KeyringStatus",
    "origin_of",
]
