"""Makes a `State` of a look at a workspace: reads what is new, keeps it, leaves the rest."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from grafftui.beneath import open_below
from grafftui.cancellation import Cancellation
from grafftui.checkpoints.copies import Copies
from grafftui.checkpoints.items import Item, Uncovered, content_id
from grafftui.checkpoints.state import State
from grafftui.checkpoints.walking import Look, Stat, stat_of

_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CHUNK: Final = 1 << 16
_FINE: Final = 100_000_000
_COARSE: Final = 2_000_000_000
"""Nanoseconds in which a second change might leave no trace: on a file system whose clock has
fractions of a second, and on one whose clock has none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is needed to read a workspace's files.

    Args:
        root: Descriptor of the workspace's directory.
        most: Bytes of the largest file that is kept.
        cancellation: Ends it early.
    """

    root: int
    most: int
    cancellation: Cancellation

    def contents(self, paths: list[str], look: Look) -> Iterator[tuple[str, bytes, Stat]]:
        """Path, content and status of each of these files and links.

        What has gone meanwhile leaves `look`; what cannot be read is noted there.
        """
        for folder, group in groupby(sorted(paths, key=os.path.split), key=os.path.dirname):
            self.cancellation.raise_if_cancelled()
            try:
                directory = open_below(self.root, folder)
            except OSError:
                for path in group:
                    del look.stats[path]
                continue
            try:
                for path in group:
                    found = self._content(directory, path, look)
                    if found is not None:
                        yield path, *found
            finally:
                os.close(directory)

    def _content(self, directory: int, path: str, look: Look) -> tuple[bytes, Stat] | None:
        name = os.path.basename(path)
        try:
            if stat.S_ISLNK(look.stats[path][0]):
                says = os.readlink(name, dir_fd=directory)
                return os.fsencode(says), look.stats[path]
            return self._file(os.open(name, _READ, dir_fd=directory))
        except PermissionError:
            look.uncovered[path] = Uncovered("unreadable", str(look.stats.pop(path)))
        except _TooLargeError:
            look.uncovered[path] = Uncovered("large", str(look.stats.pop(path)))
        except OSError:  # gone, or something else by now: the next look tells
            del look.stats[path]
        return None

    def _file(self, opened: int) -> tuple[bytes, Stat]:
        with open(opened, "rb", buffering=0) as file:
            status = os.fstat(opened)
            if not stat.S_ISREG(status.st_mode):
                raise OSError
            chunks, size = [], 0
            while size <= self.most and (chunk := file.read(max(_CHUNK, status.st_size + 1))):
                chunks.append(chunk)
                size += len(chunk)
        if size > self.most:
            raise _TooLargeError
        return b"".join(chunks), stat_of(status)


class _TooLargeError(OSError):
    """It has grown since it was looked at."""


def capture(look: Look, known: State, copies: Copies, reading: Reading, started: int) -> State:
    """The state that `look` has seen, kept.

    Args:
        known: The latest state in these copies; what is as it was then is not read again.
        started: When the look began, nanoseconds since 1970.

    Raises:
        OSError, CheckpointError: It cannot be kept.
        AbortedError: Cancelled.
    """
    state = State(tree=known.tree, copies=copies.kind, uncovered=look.uncovered, told=known.told)
    unread = []
    for path, status in look.stats.items():
        if stat.S_ISDIR(status[0]):
            state.items[path] = Item("dir", stat.S_IMODE(status[0]), "")
        elif known.stats.get(path) == status:
            state.items[path] = known.items[path]
            state.stats[path] = status
        else:
            unread.append(path)
    placed = {}
    with copies.keeping() as keeping:
        for path, content, status in reading.contents(unread, look):
            item = _item(status, content)
            before = known.items.get(path)
            if before is None or before.content != item.content:
                keeping.put(item.content, content)
            if item != before:
                placed[path] = item
            state.items[path] = item
            if _settled(status, started):
                state.stats[path] = status
        same = state.items == known.items
        removed = [] if same else [path for path in known.items if _is_gone(path, known, state)]
        if placed or removed or not state.tree:
            state.tree = keeping.finish(known.tree, removed, placed)
    return state


def _is_gone(path: str, known: State, state: State) -> bool:
    """Whether a file or link is neither any more."""
    now = state.items.get(path)
    return known.items[path].kind != "dir" and (now is None or now.kind == "dir")


def _item(status: Stat, content: bytes) -> Item:
    if stat.S_ISLNK(status[0]):
        return Item("link", 0, content_id(content))
    return Item("file", stat.S_IMODE(status[0]), content_id(content))


def _settled(status: Stat, started: int) -> bool:
    """Whether a later change cannot be missed: it would leave another time."""
    changed = status[3]
    return changed < started - (_FINE if changed % 1_000_000_000 else _COARSE)
