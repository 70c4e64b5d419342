"""What is kept of a folder that was trusted, and where it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TrustedFile:
    """One file as it was when it was trusted.

    Attributes:
        path: Relative to the folder, with "/".
        sha256: Of its bytes, in hex.
        size: Bytes.
        text: What it said, without secrets, so that a change can be shown; None for a file
            that is no text.
    """

    path: str
    sha256: str
    size: int
    text: str | None


@dataclass(frozen=True, slots=True)
class TrustRecord:
    """That a person trusted these files of a folder.

    Attributes:
        folder: Its real path.
        identity: `device:inode` of the directory: another one at the same path is not it.
        files: In order of path.
        at: Unix seconds, for display only.
    """

    folder: str
    identity: str
    files: tuple[TrustedFile, ...]
    at: float


class TrustRecords(Protocol):
    """Keeps trust records; the history does. Every method raises `StoreError`."""

    def find(self, folder: str) -> TrustRecord | None:
        """The record of the folder with this real path."""
        ...

    def keep(self, folder: str, identity: str, files: Sequence[TrustedFile]) -> None:
        """Write down that these files are trusted, in place of what was said of the folder."""
        ...

    def remove(self, folder: str) -> bool:
        """Forget a folder. Whether it was known."""
        ...

    def all(self) -> list[TrustRecord]:
        """Every record, in order of folder."""
        ...
