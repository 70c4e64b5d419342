"""Keeps checkpoints from growing without end: what nobody can go back to is dropped."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from grafftui.checkpoints.checkpoints import Checkpoints
from grafftui.checkpoints.items import Changes, Item
from grafftui.checkpoints.limits import Limits
from grafftui.checkpoints.records import Records

DROPPED: Final = Changes(uncovered={"": "dropped"}).to_bytes()
"""What a record says whose copies are gone."""

_LOOSE: Final = 10
"""States without a record from which they are dropped: it takes a while in a large workspace."""


class Kept(NamedTuple):
    """What the checkpoints of one workspace take.

    Attributes:
        workspace: Its real path.
        size: Bytes on disk.
        used_at: When there was one last, Unix seconds.
    """

    workspace: str
    size: int
    used_at: float


def kept_in(data: Path) -> list[Kept]:
    """What the checkpoints of every workspace take; the one that was used last is the last."""
    found = []
    with suppress(OSError):
        for directory in data.iterdir():
            with suppress(OSError):
                root = os.fsdecode((directory / "workspace").read_bytes())
                used = (directory / "state.json").stat().st_mtime
                found.append(Kept(root, _size(directory), used))
    return sorted(found, key=lambda kept: kept.used_at)


def tidy(checkpoints: Checkpoints, *, thoroughly: bool = False) -> None:
    """Drop what belongs to deleted conversations, and the oldest of what is too much.

    Args:
        thoroughly: Even if little is won by it.

    Raises:
        CheckpointError, OSError, StoreError: It cannot be done now.
    """
    with checkpoints.alone():
        states = _wanted_states(checkpoints)
        copies = checkpoints.copies()
        if thoroughly or len(copies.states() - states) >= _LOOSE:
            copies.forget(states, lambda: _wanted_contents(checkpoints))
        else:
            copies.tidy()
        _keep_to_limit(checkpoints)


def prune(data: Path, records: Records) -> int:
    """Drop, of every workspace, what belongs to deleted conversations. Returns the bytes won.

    Raises:
        CheckpointError, OSError, StoreError: It cannot be done now.
    """
    before = sum(kept.size for kept in kept_in(data))
    for kept in kept_in(data):
        checkpoints = Checkpoints(kept.workspace, data, records, Limits(), ())
        if records.of_workspace(kept.workspace):
            tidy(checkpoints, thoroughly=True)
        else:
            _drop(checkpoints)
    return before - sum(kept.size for kept in kept_in(data))


def _keep_to_limit(checkpoints: Checkpoints) -> None:
    """Drop the oldest: first other workspaces, then this one's first half, and again."""
    data, limit = checkpoints.directory.parent, checkpoints.limits.kept
    kept = kept_in(data)
    excess = sum(one.size for one in kept) - limit
    for one in kept:
        if excess > 0 and one.workspace != checkpoints.root:
            other = Checkpoints(one.workspace, data, checkpoints.records, Limits(), ())
            with other.alone():
                _drop(other)
            excess -= one.size
    while excess > 0:
        records = [one for one in checkpoints.records.of_workspace(checkpoints.root) if one.before]
        if len(records) < 2:
            _drop(checkpoints)
            return
        middle = records[len(records) // 2].id
        checkpoints.records.empty(checkpoints.root, DROPPED, middle)
        states = _wanted_states(checkpoints)
        checkpoints.copies().forget(states, lambda: _wanted_contents(checkpoints))
        excess = sum(one.size for one in kept_in(data)) - limit


def _drop(checkpoints: Checkpoints) -> None:
    """Drop all of a workspace; its next checkpoint is a first one."""
    with checkpoints.alone():
        checkpoints.records.empty(checkpoints.root, DROPPED)
        for entry in list(checkpoints.directory.iterdir()):
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name != "lock":
                entry.unlink()


def _wanted_states(checkpoints: Checkpoints) -> set[str]:
    records = checkpoints.records.of_workspace(checkpoints.root)
    return {name for one in records for name in (one.before, one.after)} | {
        checkpoints.latest().tree
    }


def _wanted_contents(checkpoints: Checkpoints) -> set[str]:
    items: list[Item | None] = [*checkpoints.latest().items.values()]
    for record in checkpoints.records.of_workspace(checkpoints.root):
        for change in Changes.from_bytes(record.changes).paths.values():
            items += (change.before, change.after)
    return {item.content for item in items if item is not None}


def _size(directory: Path) -> int:
    size = 0
    for folder, _, files in os.walk(directory):
        for name in files:
            with suppress(OSError):
                size += os.lstat(os.path.join(folder, name)).st_size
    return size
