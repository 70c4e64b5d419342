"""How much of a workspace is kept, and of which workspaces nothing is."""

from __future__ import annotations

import os
from dataclasses import dataclass

from grafftui.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept.

    Attributes:
        file: Bytes of the largest file.
        workspace: Bytes of all files of one workspace together.
        entries: Files and directories of one workspace.
        kept: Bytes on disk, of all workspaces together.
    """

    file: int = 32 << 20
    workspace: int = 2 << 30
    entries: int = 300_000
    kept: int = 4 << 30


class TooMuchError(CheckpointError):
    """The workspace is beyond the limits."""


def unsuitable(root: str) -> str:
    """Why no checkpoints are made of a folder (real path); "" if they are."""
    home = os.path.realpath(os.path.expanduser("~"))
    if root == "/":
        return "the folder is the whole disk"
    if root == home:
        return "the folder is your home directory"
    if home.startswith(root + "/"):
        return "your home directory is in the folder"
    return ""
