"""Sandboxes that go with the process that made them, also when that is killed.

Each is a file, `<engine>.<id>`, that names its process; it is removed once the sandbox is gone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from grafftui.errors import GrafftuiError, NotFoundError
from grafftui.sandboxes.lasting.local.records import run_name
from grafftui.settings.paths import private_directory

_CLOSING_SECONDS: Final = 10.0

Destroy = Callable[[str, str], None]
"""Destroys the sandbox of an engine with an id; raises `GrafftuiError`."""


class Leaving:
    """Those of one person. Safe from any thread.

    Args:
        folder: Where they are noted.
        destroy: How one is destroyed.
    """

    def __init__(self, folder: Path, destroy: Destroy) -> None:
        self._folder = folder
        self._destroy = destroy
        self._ours: set[str] = set()

    def add(self, engine: str, sandbox_id: str) -> None:
        """Have one go with this process. Raises `OSError`: it cannot be noted."""
        private_directory(self._folder)
        name = f"{engine}.{sandbox_id}"
        self._note(name, run_name(os.getpid()))
        self._ours.add(name)

    def close(self) -> None:
        """Destroy ours, within some seconds; what is left then is for `retry`."""
        if self._ours:
            thread = threading.Thread(target=self._leave, name="destroy-sandboxes", daemon=True)
            thread.start()
            thread.join(_CLOSING_SECONDS)

    def retry(self) -> list[str]:
        """Destroy those whose process is gone; what was destroyed, in words."""
        try:
            names = sorted(name for name in os.listdir(self._folder) if not name.startswith("."))
        except FileNotFoundError:
            return []
        return [
            f"the {name.partition('.')[0]} sandbox {name.partition('.')[2]}, whose program is gone"
            for name in names
            if not self._is_owned(name) and self._is_destroyed(name)
        ]

    def _leave(self) -> None:
        for name in sorted(self._ours):
            with suppress(OSError):
                self._note(name, "")  # whatever comes now, it is nobody's
            self._is_destroyed(name)
        self._ours.clear()

    def _is_owned(self, name: str) -> bool:
        try:
            owner = (self._folder / name).read_text("ascii")
        except (OSError, ValueError):
            return True  # it is being destroyed
        pid = owner.partition(".")[0]
        return pid.isdecimal() and run_name(int(pid)) == owner

    def _is_destroyed(self, name: str) -> bool:
        engine, _, sandbox_id = name.partition(".")
        try:
            self._destroy(engine, sandbox_id)
        except NotFoundError:
            pass
        except GrafftuiError:
            return False
        with suppress(FileNotFoundError):
            (self._folder / name).unlink()
        return True

    def _note(self, name: str, owner: str) -> None:
        part = self._folder / f".{name}.{os.getpid()}"
        part.write_text(owner, "ascii")
        part.chmod(0o600)
        part.rename(self._folder / name)
