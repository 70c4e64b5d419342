"""What can be looked at in a sandbox, and a shell in it: the part of `Sandbox` for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafftui.errors import UsageError
from grafftui.sandboxes.lasting import folders
from grafftui.sandboxes.lasting.engine import Command, HasProgress, HasTerminals, unable
from grafftui.sandboxes.lasting.folders import Folder

if TYPE_CHECKING:
    from grafftui.cancellation import Cancellation
    from grafftui.sandboxes.lasting.engine import Engine
    from grafftui.sandboxes.lasting.run_log import Ran, RunLog

_SECONDS: Final = 60.0


class Inside:
    """Methods of `Sandbox`; they may block, and raise what its others do."""

    id: str
    engine: str
    _engine: Engine
    _log: RunLog | None

    @property
    def has_terminals(self) -> bool:
        """Whether `shell` can be; nobody is asked."""
        return isinstance(self._engine, HasTerminals)

    @property
    def has_progress(self) -> bool:
        """Whether transfers can be looked at and ended; nobody is asked."""
        return isinstance(self._engine, HasProgress)

    def shell(self, terminal: int, cancellation: Cancellation) -> int:
        """Run a shell on a terminal, given by its descriptor, until it ends; its exit code.

        Raises:
            UsageError: The engine has no terminals.
        """
        if not isinstance(self._engine, HasTerminals):
            raise unable(
                self.engine, "has no terminals", "run single commands: grafftui sandbox exec"
            )
        return self._engine.shell(self.id, terminal, cancellation)

    def runs(self) -> list[Ran]:
        """The commands that were run in it with this, by agents, or on screen, oldest first."""
        return [] if self._log is None else self._log.read(self.engine, self.id)

    def list_folder(self, path: str) -> Folder:
        """What is in a folder, 20,000 entries at most.

        Raises:
            UsageError: The path is not absolute.
            NotFoundError: There is no such folder.
        """
        command = Command(folders.listing(_absolute(path)), "/", {}, _SECONDS)
        return folders.folder(path, self._engine.execute(self.id, command))

    def read_start(self, path: str, most: int) -> str:
        """The first `most` bytes of a file, as text. Raises as `list_folder` does."""
        command = Command(folders.beginning(_absolute(path), most), "/", {}, _SECONDS)
        return folders.text(path, self._engine.execute(self.id, command))


def _absolute(path: str) -> str:
    if not isinstance(path, str) or not path.startswith("/") or "\0" in path:
        raise UsageError(f"an absolute path in the sandbox is needed, not {path!r:.80}")
    return path
