"""How a folder stands: what of it may be used, and what has to be shown first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grafftui.trust.contents import Contents


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is not as it was trusted.

    Attributes:
        path: Relative to the folder.
        kind: What became of it.
        diff: Unified diff without secrets, made of text from the folder: show it audited.
    """

    path: str
    kind: Literal["added", "changed", "removed"]
    diff: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """The folder has no governed file, so there is nothing to trust: nothing would be loaded."""

    contents: Contents

    def usable(self, path: str) -> bytes | None:
        """None: nothing of the folder is."""
        return None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The folder has governed files and nobody has trusted any. None is used."""

    contents: Contents

    def usable(self, path: str) -> bytes | None:
        """None: nothing of the folder is."""
        return None


@dataclass(frozen=True, slots=True)
class Trusted:
    """Every governed file is as it was when it was trusted."""

    contents: Contents

    def usable(self, path: str) -> bytes | None:
        """The content of the file at `path`; None if there is none."""
        file = self.contents.file(path)
        return file.content if file else None


@dataclass(frozen=True, slots=True)
class Changed:
    """The folder was trusted, and is not as it was. Only what did not change is used.

    Attributes:
        changes: In order of path; empty if only the directory is another one.
        replaced: Whether another directory stands at its path; then nothing is used.
    """

    contents: Contents
    changes: tuple[Change, ...]
    replaced: bool

    def usable(self, path: str) -> bytes | None:
        """The content of the file at `path`, if it is as it was trusted."""
        if self.replaced or any(change.path == path for change in self.changes):
            return None
        file = self.contents.file(path)
        return file.content if file else None


State = Nothing | Unknown | Trusted | Changed
