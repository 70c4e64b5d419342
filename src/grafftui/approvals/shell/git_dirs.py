"""Where a repository keeps what is its own, and the small files it is told by."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 256_000

_HEAD: Final = re.compile(r"ref:[ \t]*refs/|[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository.

    Attributes:
        top: The top of its working tree.
        git_dir: What belongs to this working tree.
        shared: What belongs to all its working trees.
    """

    top: Path
    git_dir: Path
    shared: Path


def repository_at(top: Path) -> Repository:
    """The repository whose working tree is at `top`.

    Raises:
        OSError, ValueError: It cannot be read, or git would take it for none and go on looking.
    """
    git_dir = top / ".git"
    if not git_dir.is_dir():
        pointer = short_text(git_dir)
        if not pointer.startswith("gitdir: "):
            raise ValueError(f"{git_dir} points nowhere")
        git_dir = top / _pointed_to(pointer.removeprefix("gitdir: "))
    shared = git_dir
    if os.path.lexists(git_dir / "commondir"):
        shared = git_dir / _pointed_to(short_text(git_dir / "commondir"))
    complete = (shared / "objects").is_dir() and (shared / "refs").is_dir()
    if not complete or not _HEAD.match(short_text(git_dir / "HEAD")):
        raise ValueError(f"{git_dir} is no repository")
    return Repository(top, git_dir, shared)


def _pointed_to(text: str) -> str:
    path = as_path(text.rstrip("\r\n"))
    if not path:
        raise ValueError("a file that points nowhere")
    return path


def as_path(text: str) -> str:
    """The path that stands in what `short_text` read.

    Raises:
        ValueError: It is not plainly one.
    """
    if any(letter < " " for letter in text):
        raise ValueError(f"{text!r} is not plainly a path")
    return os.fsdecode(text.encode("latin-1"))


def short_text(path: Path) -> str:
    """The text of a file, each byte a letter.

    Raises:
        OSError: It cannot be read.
        ValueError: It is too long, or no file.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError(f"{path} is no file")
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"{path} is too long")
    return data.decode("latin-1")
