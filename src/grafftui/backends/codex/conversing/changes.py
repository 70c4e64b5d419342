"""The file changes of a `fileChange` item: what each file would be, and its diff as we show it.

An add has the bare new text as its diff, a delete the bare old one, an update hunks without a
file header (observed, 0.144 to 0.169).
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from grafftui.approvals import FileEdit
from grafftui.tools.diffs import unified

Change = Literal["created", "modified", "removed"]

_HUNK: Final = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_LARGEST: Final = 8 << 20
"""Bytes of a file that is read to see what would become of it."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file as it would be changed.

    Attributes:
        path: Absolute.
        change: What would happen to it.
        diff: Unified.
        after: The whole text that would stand there; None where it is removed, or cannot be told.
    """

    path: str
    change: Change
    diff: str
    after: str | None

    @property
    def added(self) -> int:
        """Lines added."""
        return _count(self.diff, "+")

    @property
    def removed(self) -> int:
        """Lines removed."""
        return _count(self.diff, "-")

    def edit(self) -> FileEdit:
        """As part of a request."""
        before = _read(self.path)
        if self.change == "removed":
            after = None
        else:  # where the text cannot be told, it is known by what is done to the file
            after = _sha256(self.diff if self.after is None else self.after)
        return FileEdit(self.path, None if before is None else _sha256(before), after, self.diff)


def changes_in(item: dict[str, Any], root: str) -> list[FileChange]:
    """The changes of a `fileChange` item, in order; a move is a removal and a creation.

    Args:
        root: What relative paths are below; such paths are shown so in diffs.
    """
    found: list[FileChange] = []
    for one in item.get("changes") or ():
        if isinstance(one, dict):
            found += _changes(one, root)
    return found


def shown_path(path: str, root: str) -> str:
    """Relative inside the workspace, absolute outside."""
    inside = path.startswith(root.rstrip(os.sep) + os.sep)
    return os.path.relpath(path, root) if inside else path


def _changes(one: dict[str, Any], root: str) -> list[FileChange]:
    path = os.path.join(root, str(one.get("path") or ""))
    kind, text = one.get("kind"), str(one.get("diff") or "")
    type = kind.get("type") if isinstance(kind, dict) else kind
    name = shown_path(path, root)
    if type == "add":
        diff = unified("", text, name, created=True, removed=False)
        return [FileChange(path, "created", diff.text, text)]
    if type == "delete":
        diff = unified(text, "", name, created=False, removed=True)
        return [FileChange(path, "removed", diff.text, None)]
    moved = kind.get("move_path") if isinstance(kind, dict) else None
    before = _read(path)
    after = None if before is None else _patched(before, text)
    if not moved:
        head = f"--- a/{name}\n+++ b/{name}\n"
        return [FileChange(path, "modified", head + _ended(text), after)]
    target = os.path.join(root, str(moved))
    head = f"--- a/{name}\n+++ b/{shown_path(target, root)}\n"
    gone = unified(before or "", "", name, created=False, removed=True)
    return [
        FileChange(path, "removed", gone.text, None),
        FileChange(target, "created", head + _ended(text), after),
    ]


def _patched(before: str, hunks: str) -> str | None:
    """`before` with `hunks` made; None where they do not fit it."""
    old, new = _LINE.findall(before), list[str]()
    at = 0
    for line in _LINE.findall(hunks):
        if found := _HUNK.match(line):
            start = int(found[1]) - (found[2] != "0")
            if not at <= start <= len(old):
                return None
            new += old[at:start]
            at = start
        elif line.startswith("+"):
            new.append(line[1:])
        elif line.startswith((" ", "-")):
            if at >= len(old) or old[at].rstrip("\r\n") != line[1:].rstrip("\r\n"):
                return None
            if line.startswith(" "):
                new.append(old[at])
            at += 1
    return "".join([*new, *old[at:]])


def _read(path: str) -> str | None:
    """The text of a file; None where there is none that can be read."""
    try:
        if os.path.getsize(path) > _LARGEST:
            return None
        return Path(path).read_text("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return None


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _count(diff: str, sign: str) -> int:
    lines = diff.split("\n")
    return sum(line.startswith(sign) and not line.startswith(sign * 3) for line in lines)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
