"""The files of a folder that say something about grafftui, read once and whole.

What was read is what is hashed, shown, trusted and used: nothing opens such a file a second
time, so nothing can change in between.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from grafftui.text.redact import redact


@dataclass(frozen=True, slots=True)
class GovernedFile:
    """A file that grafftui would load from the folder.

    Attributes:
        path: Relative to the folder, with "/".
        content: Its bytes.
    """

    path: str
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """Hash of its bytes, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def text(self) -> str | None:
        """What it says, without secrets; None when it is no text."""
        if b"\0" in self.content:
            return None
        try:
            return redact(self.content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Refused:
    """A file, or all of a directory, that is never loaded, and why in a few words."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in a folder that could be trusted, as it was when it was read.

    Attributes:
        folder: Its real path.
        identity: `device:inode` of the directory.
        files: In order of path.
        refused: What looks like a governed file and is none, in order of path.
    """

    folder: str
    identity: str
    files: tuple[GovernedFile, ...]
    refused: tuple[Refused, ...]

    def file(self, path: str) -> GovernedFile | None:
        """The file at `path`, or None."""
        return next((file for file in self.files if file.path == path), None)
