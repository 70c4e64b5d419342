"""What servers gave a person who signed in to them: in the OS keyring, and nowhere else."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from grafftui.errors import KeyringError
from grafftui.keys.os_keyring import OsKeyring

_TIMEOUT: Final = 5.0
_LOCK_SECONDS: Final = 10.0
_PAUSE: Final = 0.02
_PREFIX: Final = "sign-in:"
"""No provider's id has a colon, so these entries are never taken for keys."""


class SignIns:
    """A `mcp.SignIns`. Any thread may use it; every method blocks, and may raise `KeyringError`.

    Args:
        folder: Where lock files are made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keyring = OsKeyring(_TIMEOUT)

    def require(self) -> None:
        """Raise `KeyringError`, with a hint, where nothing can be kept."""
        status = self._keyring.status()
        if not status.usable:
            raise KeyringError(status.message, hint=status.hint)

    def read(self, account: str) -> str | None:
        """What is kept for an account, or None."""
        return self._keyring.read_text(_PREFIX + account)

    def write(self, account: str, text: str) -> None:
        """Keep it, in the place of what was there."""
        self._keyring.write_text(_PREFIX + account, text)

    def delete(self, account: str) -> bool:
        """Forget it; whether there was anything."""
        return self._keyring.delete_text(_PREFIX + account)

    def lock(self, account: str) -> Callable[[], None]:
        """Be the only one, of all processes, who renews an account. Returns what ends that.

        After some seconds it is as if nobody else were at it: whoever holds the lock hangs.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"sign-in-{account}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        deadline = time.monotonic() + _LOCK_SECONDS
        while time.monotonic() < deadline:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_PAUSE)
        return lambda: os.close(descriptor)
