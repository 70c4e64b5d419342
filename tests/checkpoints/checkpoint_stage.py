"""A workspace, its checkpoints in a real history, and what tells whether two moments are alike."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grafftui.cancellation import Cancellation
from grafftui.checkpoints import (
    Changes,
    Checkpoints,
    GoneBack,
    Limits,
    Plan,
    Step,
    go_back,
    plan,
)
from grafftui.history import Store

Tree = dict[str, tuple[str, int, bytes]]
"""Path → kind, mode, content (or what a link says)."""

_ENVIRON = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "x",
    "GIT_AUTHOR_EMAIL": "x@localhost",
    "GIT_COMMITTER_NAME": "x",
    "GIT_COMMITTER_EMAIL": "x@localhost",
}


def tree_of(root: Path) -> Tree:
    """Everything in a folder but what git keeps for itself."""
    found: Tree = {}
    waiting = [os.fsencode(root)]
    while waiting:
        for entry in os.scandir(waiting.pop()):
            if entry.name == b".git":
                continue
            name = os.fsdecode(os.path.relpath(entry.path, os.fsencode(root)))
            status = entry.stat(follow_symlinks=False)
            mode = stat.S_IMODE(status.st_mode)
            if entry.is_symlink():
                found[name] = ("link", 0, os.readlink(entry.path))
            elif entry.is_dir():
                found[name] = ("dir", mode, b"")
                waiting.append(entry.path)
            elif entry.is_file():
                with open(entry.path, "rb") as file:
                    found[name] = ("file", mode, file.read())
    return found


def git_of(root: Path) -> dict[str, tuple[int, int, str]]:
    """Everything git keeps for itself, to the nanosecond."""
    found = {}
    for folder, _, files in os.walk(root):
        if ".git" not in Path(folder).parts and ".git" not in files:
            continue
        for name in files if ".git" in Path(folder).parts else [".git"]:
            path = Path(folder) / name
            status = path.lstat()
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path)] = (status.st_mtime_ns, status.st_mode, digest)
        if ".git" in Path(folder).parts:
            found[folder] = (os.lstat(folder).st_mtime_ns, 0, "")
    return found


def sh(root: Path, script: str) -> None:
    """Run a shell script in a folder; whether it works is its own affair."""
    subprocess.run(
        ["/bin/sh", "-c", script], cwd=root, env=_ENVIRON, check=False, capture_output=True
    )


def git(*arguments: str, index: bool = True) -> str:
    """What git says, with or without what its index lists."""
    environ = _ENVIRON if index else _ENVIRON | {"GIT_INDEX_FILE": "/nonexistent"}
    done = subprocess.run(
        ["/usr/bin/env", "git", *arguments], env=environ, check=False, capture_output=True
    )
    return os.fsdecode(done.stdout)


class Stage:
    """One workspace of one conversation."""

    def __init__(self, root: Path, store: Store, limits: Limits | None = None) -> None:
        self.root = root
        self.store = store
        self.checkpoints = self.opened(limits)
        self.conversation = self.another_conversation()
        self._turns = 0

    def opened(self, limits: Limits | None = None) -> Checkpoints:
        """The checkpoints as another process would open them."""
        paths = self.store.paths
        ours = (paths.data, paths.settings, paths.runtime)
        data = paths.data / "checkpoints"
        return Checkpoints(str(self.root), data, self.store.checkpoints, limits or Limits(), ours)

    def another_conversation(self) -> str:
        return self.store.create_conversation(
            workspace=str(self.root), backend="graff", agent="", provider="", model=""
        )

    def begin(self, conversation: str = "") -> int:
        """Begin a turn; its number."""
        self._turns += 1
        self.checkpoints.begin(conversation or self.conversation, self._turns, Cancellation())
        return self._turns

    def turn(self, work: str | Callable[[], object], conversation: str = "") -> int:
        """A whole turn that runs a script, or whatever it is."""
        turn = self.begin(conversation)
        sh(self.root, work) if isinstance(work, str) else work()
        self.checkpoints.end(turn)
        return turn

    def work(self, turn: int, conversation: str = "") -> list[Changes]:
        """What a conversation changed from a turn on."""
        records = self.store.checkpoints.of_conversation(
            conversation or self.conversation, str(self.root)
        )
        first = min(one.id for one in records if one.act == "turn" and one.turn_id >= turn)
        return [Changes.from_bytes(one.changes) for one in records if one.id >= first]

    def plan(self, turn: int, conversation: str = "") -> Plan:
        """How the work from a turn on is undone."""
        return self._plan(self.work(turn, conversation))

    def _plan(self, work: list[Changes]) -> Plan:
        paths = {path for changes in work for path in changes.paths}
        return plan(work, self.checkpoints.take(Cancellation(), paths))

    def planned(self, changes: bytes) -> Plan:
        """How the work of one record is undone."""
        return self._plan([Changes.from_bytes(changes)])

    def undo(self, turn: int, *, everything: bool = False) -> GoneBack:
        """Undo it: what is doubtful only if `everything`."""
        return self.do(self.plan(turn).steps, turn, everything=everything)

    def do(self, steps: tuple[Step, ...], turn: int, *, everything: bool = False) -> GoneBack:
        chosen = [step for step in steps if everything or not step.doubt]
        return go_back(self.checkpoints, chosen, self.conversation, turn, "undo")

    def redo(self) -> GoneBack:
        """Take the last undo back."""
        last = self.store.checkpoints.last_undo(self.conversation, str(self.root))
        assert last is not None
        steps = self.planned(last.changes).steps
        done = go_back(self.checkpoints, steps, self.conversation, last.turn_id, "redo")
        self.store.checkpoints.set_redone([last.id])
        return done


@contextmanager
def unchanged_git(root: Path) -> Iterator[None]:
    """Whatever happens meanwhile leaves alone what git keeps for itself."""
    before = git_of(root)
    yield
    assert git_of(root) == before
