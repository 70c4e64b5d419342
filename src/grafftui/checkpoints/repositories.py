"""What a folder's git says about itself, read without running git and without touching it."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

_MOST: Final = 1 << 20
"""Bytes of a file of git's that is read as text."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A working tree and where git keeps its own of it.

    Attributes:
        top: Directory of the working tree, absolute.
        own: Git's directory of this working tree.
        common: Git's directory that all working trees of the repository share.
    """

    top: str
    own: str
    common: str

    @property
    def index(self) -> str:
        """The file that lists what is tracked."""
        return os.path.join(self.own, "index")

    @property
    def exclude(self) -> str:
        """The file of ignore rules that is not part of the working tree."""
        return os.path.join(self.common, "info", "exclude")

    def mark(self) -> str:
        """Another one whenever it is on another branch or commit."""
        head = text_of(os.path.join(self.own, "HEAD"))
        tip = ""
        if head.startswith("ref: "):
            name = head[5:].strip()
            tip = text_of(os.path.join(self.common, name))
            if not tip:
                packed = text_of(os.path.join(self.common, "packed-refs"))
                tip = next((one for one in packed.splitlines() if one.endswith(f" {name}")), "")
        return hashlib.sha256(f"{head}\n{tip}".encode(errors="surrogateescape")).hexdigest()[:16]


def repository_at(top: str) -> Repository | None:
    """The repository whose working tree begins at `top`, if one does."""
    own = os.path.join(top, ".git")
    with suppress(OSError, ValueError):
        if stat.S_ISREG(os.lstat(own).st_mode):  # a submodule, or another working tree
            says = text_of(own)
            if not says.startswith("gitdir: "):
                return None
            own = os.path.join(top, says[8:].rstrip("\n"))
        common = text_of(os.path.join(own, "commondir")).strip()
        shared = os.path.join(own, common) if common else own
        if text_of(os.path.join(own, "HEAD")):
            return Repository(top, own, shared)
    return None


def repository_around(directory: str) -> Repository | None:
    """The repository that `directory` (real) lies in, if it lies in one."""
    while True:
        found = repository_at(directory)
        if found is not None:
            return found
        parent = os.path.dirname(directory)
        if parent == directory:
            return None
        directory = parent


def text_of(path: str) -> str:
    """The text of a small regular file, or "" if there is none."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError):
        return ""
    with open(opened, "rb") as file, suppress(OSError):
        if stat.S_ISREG(os.fstat(opened).st_mode):
            return os.fsdecode(file.read(_MOST))
    return ""
