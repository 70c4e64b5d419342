"""A workspace as it was when it was last looked at, and the file that says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grafftui.checkpoints.files import write_private
from grafftui.checkpoints.items import (
    TOP,
    Change,
    Changes,
    Item,
    Uncovered,
    Why,
    above,
    item_from,
)
from grafftui.checkpoints.walking import Stat

_VERSION: Final = 1


@dataclass(slots=True)
class State:
    """A workspace at one moment.

    Attributes:
        items: Path, relative to the workspace → what stands there, of all that is kept.
        stats: Path → its status when it was read; without those that may have changed since
            within the same tick of the clock.
        uncovered: Path of what is not kept → why.
        tree: The name its copies go by; "" for none.
        copies: What keeps them.
        told: What the person was told of it, and is not told again.
    """

    items: dict[str, Item] = field(default_factory=dict)
    stats: dict[str, Stat] = field(default_factory=dict)
    uncovered: dict[str, Uncovered] = field(default_factory=dict)
    tree: str = ""
    copies: str = ""
    told: list[str] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write it down, whole or not at all. Raises `OSError`."""
        wire = {
            "version": _VERSION,
            "tree": self.tree,
            "copies": self.copies,
            "told": self.told,
            "uncovered": self.uncovered,
            "items": [(path, item, self.stats.get(path)) for path, item in self.items.items()],
        }
        write_private(path, json.dumps(wire, separators=(",", ":")).encode())

    @classmethod
    def load(cls, path: Path) -> State | None:
        """The state at `path`; None if there is none that can be read."""
        try:
            wire = json.loads(path.read_bytes())
            if wire["version"] != _VERSION:
                return None
            state = cls(tree=wire["tree"], copies=wire["copies"], told=wire["told"])
            for name, (why, mark) in wire["uncovered"].items():
                state.uncovered[name] = Uncovered(why, mark)
            for name, item, stat in wire["items"]:
                known = item_from(item)
                if known is not None:
                    state.items[name] = known
                if stat is not None:
                    mode, size, modified, changed, inode = stat
                    state.stats[name] = (mode, size, modified, changed, inode)
            return state
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None


class StateFile:
    """The latest state of a workspace, as whatever process kept it.

    Args:
        path: Where it is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state: State | None = None
        self._seen: tuple[int, int] | None = None

    def latest(self) -> State:
        """What was kept last; an empty state if nothing was."""
        if self._state is None or self._identity() != self._seen:
            self._seen, self._state = self._identity(), State.load(self._path)
        return self._state or State()

    def keep(self, state: State) -> None:
        """Keep it from now on. Raises `OSError`."""
        state.save(self._path)
        self._seen, self._state = self._identity(), state

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns


def difference(before: State, after: State) -> Changes:
    """What became of a workspace between two looks at it.

    What is covered in one look only, since the rules or its size changed, neither came nor went.
    """
    changes = Changes()
    for path in _differing(before.items, after.items):
        was, now = before.items.get(path), after.items.get(path)
        why = _why_unknown(path, before) if was is None else None
        if now is None:
            why = _why_unknown(path, after)
        if why is not None:
            changes.uncovered[path] = why
        elif path != TOP or was is not None:  # earlier versions did not keep it
            changes.paths[path] = Change(was, now)
    for path in _differing(before.uncovered, after.uncovered):
        known = after.uncovered.get(path) or before.uncovered[path]
        changes.uncovered.setdefault(path, known.why)
    return changes


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """The paths that are not the same in both."""
    if before == after:
        return []
    gone = [path for path in before if path not in after]
    return gone + [path for path, what in after.items() if before.get(path) != what]


def _why_unknown(path: str, state: State) -> Why | None:
    """Why a state says nothing of `path`: it, or a directory above, is not covered."""
    for place in (path, *above(path)):
        if place in state.uncovered:
            return state.uncovered[place].why
    return None
