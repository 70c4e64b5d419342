"""Takes work back, or does again what was taken back; what is cut off in the midst is finished."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from grafftui.cancellation import Cancellation
from grafftui.checkpoints.checkpoints import Checkpoints
from grafftui.checkpoints.files import write_private
from grafftui.checkpoints.items import item_from
from grafftui.checkpoints.planning import Step
from grafftui.checkpoints.records import Act
from grafftui.checkpoints.restoring import Restoring
from grafftui.text import one_line

_PREFIX: Final = ".grafftui-"


class GoneBack(NamedTuple):
    """What came of it.

    Attributes:
        record: Id of the record that says what changed.
        restored: Paths that are now as they were to be.
        left: Path of what was left as it is → why.
    """

    record: int
    restored: tuple[str, ...]
    left: dict[str, str]


@dataclass(slots=True)
class _Journal:
    """What is about to be done, on disk before it is done."""

    steps: list[Step] = field(default_factory=list)
    temporary: str = ""

    def save(self, path: Path) -> None:
        text = json.dumps({"temporary": self.temporary, "steps": self.steps})
        write_private(path, text.encode(), durable=True)

    @classmethod
    def load(cls, path: Path) -> _Journal | None:
        """The journal at `path`; None if it was not even written to its end."""
        try:
            wire = json.loads(path.read_bytes())
            if not wire["temporary"].startswith(_PREFIX) or "/" in wire["temporary"]:
                return None
            steps = [
                Step(path, item_from(now), item_from(target), doubt)
                for path, now, target, doubt in wire["steps"]
            ]
            return cls(steps, wire["temporary"])
        except (OSError, ValueError, KeyError, TypeError):
            return None


def go_back(
    checkpoints: Checkpoints, steps: Sequence[Step], conversation_id: str, turn_id: int, act: Act
) -> GoneBack:
    """Do `steps`, after a checkpoint of the present, so that they can be taken back.

    Raises:
        CheckpointError, OSError, StoreError: The present cannot be kept; nothing was done.
    """
    journal = _Journal(list(steps), _PREFIX + secrets.token_hex(8))
    path = _path(checkpoints)
    with checkpoints.alone():
        paths = [step.path for step in steps]
        taken = checkpoints.begin(conversation_id, turn_id, Cancellation(), act, paths)
        try:
            journal.save(path)
            left = _restore(checkpoints, journal)
        finally:
            with suppress(FileNotFoundError):
                path.unlink()
            checkpoints.end(turn_id, also=paths)
    return GoneBack(taken.id, tuple(one for one in paths if one not in left), left)


def is_unfinished(checkpoints: Checkpoints) -> bool:
    """Whether `finish` may have something to do."""
    return _path(checkpoints).exists()


def finish(checkpoints: Checkpoints) -> list[str]:
    """Finish what a process that was ended had begun. Returns what the person should know.

    Raises:
        CheckpointError, OSError, StoreError: It cannot be finished now.
    """
    path = _path(checkpoints)
    with checkpoints.alone():
        if not path.exists():  # whoever was at it was there still
            return []
        journal = _Journal.load(path)
        left = _restore(checkpoints, journal) if journal is not None else {}
        checkpoints.take(Cancellation(), [step.path for step in journal.steps] if journal else ())
        path.unlink()
    if journal is None:
        return []
    count = len(journal.steps) - len(left)
    notices = [f"An undo was cut off; it is finished now: {count} files are as they were to be."]
    notices += [f"{one_line(name, 80)} was left as it is: {why}." for name, why in left.items()]
    return notices


def settle(checkpoints: Checkpoints, cancellation: Cancellation) -> None:
    """End the work of processes that were ended in the midst of it: what has changed until now
    counts as its doing. An undo that was cut off waits for `finish`.

    Raises:
        CheckpointError, OSError, StoreError: The workspace cannot be looked at.
        AbortedError: Cancelled.
    """
    if checkpoints.wanted and not checkpoints.off and not is_unfinished(checkpoints):
        under_way = checkpoints.records.under_way(checkpoints.root)
        if any(not one.working for one in under_way):
            checkpoints.take(cancellation)


def _path(checkpoints: Checkpoints) -> Path:
    return checkpoints.directory / "undo.json"


def _restore(checkpoints: Checkpoints, journal: _Journal) -> dict[str, str]:
    workspace = os.open(checkpoints.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with checkpoints.reading() as content:
            restoring = Restoring(workspace, content, journal.temporary)
            restoring.do(journal.steps)
    finally:
        os.close(workspace)
    return restoring.left
