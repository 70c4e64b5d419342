"""What stands at a path, and what became of it."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

Kind = Literal["file", "link", "dir"]

Why = Literal[
    "ignored", "large", "unreadable", "special", "repository", "outside", "missed", "dropped"
]
"""Why something is not covered; `special`: a device, a socket, a named pipe; `repository`: what
git itself keeps; `outside` of the workspace; `missed`: no checkpoint could be made; `dropped`: it
was, but it took too much room."""


TOP: Final = "."
"""The path of the workspace's own directory."""


class Item(NamedTuple):
    """What stands at a path that is covered.

    Attributes:
        mode: Permission bits; 0 for a link.
        content: `content_id` of its bytes, or of what a link says; "" for a directory.
    """

    kind: Kind
    mode: int
    content: str


class Change(NamedTuple):
    """What became of a path.

    Attributes:
        before: What stood there; None for nothing.
        after: What stands there since.
        sure: Whether it is known whose doing it was.
    """

    before: Item | None
    after: Item | None
    sure: bool = True


class Uncovered(NamedTuple):
    """Something that is not kept.

    Attributes:
        why: The reason.
        mark: Another one whenever it is seen to have changed.
    """

    why: Why
    mark: str


@dataclass(slots=True)
class Changes:
    """What became of a workspace.

    Attributes:
        paths: Path, relative to the workspace → what became of it.
        uncovered: Path of what changed and is not kept → why it is not.
        cut_off: Whether the work was cut off, and what changed until the next look counts as its
            doing, whoever did it.
    """

    paths: dict[str, Change] = field(default_factory=dict)
    uncovered: dict[str, Why] = field(default_factory=dict)
    cut_off: bool = False

    def __bool__(self) -> bool:
        return bool(self.paths or self.uncovered)

    def then(self, later: Changes) -> Changes:
        """These, and `later` ones on top of them: one change for each path."""
        paths = dict(self.paths)
        for path, (before, after, sure) in later.paths.items():
            if path in paths:
                before, sure = paths[path].before, sure and paths[path].sure
            paths[path] = Change(before, after, sure)
        changed = {path: change for path, change in paths.items() if change[0] != change[1]}
        cut_off = self.cut_off or later.cut_off
        return Changes(changed, {**self.uncovered, **later.uncovered}, cut_off)

    def unsure(self) -> Changes:
        """These, by nobody knows whom."""
        return Changes(
            {path: change._replace(sure=False) for path, change in self.paths.items()},
            self.uncovered,
            self.cut_off,
        )

    def to_bytes(self) -> bytes:
        """For the history."""
        wire = {
            "paths": [[path, *change] for path, change in sorted(self.paths.items())],
            "uncovered": self.uncovered,
            "cut_off": self.cut_off,
        }
        return zlib.compress(json.dumps(wire, separators=(",", ":")).encode())

    @classmethod
    def from_bytes(cls, kept: bytes) -> Changes:
        """What `to_bytes` made. Raises `ValueError` if it is damaged."""
        try:
            wire = json.loads(zlib.decompress(kept))
            paths = {
                str(path): Change(item_from(before), item_from(after), bool(sure))
                for path, before, after, sure in wire["paths"]
            }
            return cls(paths, dict(wire["uncovered"]), bool(wire.get("cut_off")))
        except (zlib.error, KeyError, TypeError) as error:
            raise ValueError(f"damaged: {error}") from error


def item_from(wire: Any) -> Item | None:
    """The item in a JSON list, or None for null. Raises `ValueError`."""
    if wire is None:
        return None
    kind, mode, content = wire
    if kind not in ("file", "link", "dir"):
        raise ValueError(f"no kind of item: {kind!r}")
    return Item(kind, int(mode), str(content))


def content_id(content: bytes) -> str:
    """What bytes are kept under: git's name for them in a repository that uses SHA-256."""
    return hashlib.sha256(b"blob %d\0" % len(content) + content).hexdigest()


def above(path: str) -> Iterator[str]:
    """The directories that hold `path`, the innermost first, without the workspace itself."""
    while (slash := path.rfind("/")) > 0:
        path = path[:slash]
        yield path


def all_above(paths: Iterable[str]) -> set[str]:
    """Every directory that holds one of `paths`."""
    found: set[str] = set()
    for path in paths:
        for directory in above(path):
            if directory in found:
                break
            found.add(directory)
    return found
