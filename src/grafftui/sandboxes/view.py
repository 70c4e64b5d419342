"""What a command is to see and change of the file system, whichever engine holds it to that."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grafftui.approvals import Confinement
from grafftui.sandboxes.masks import homes, inside, inside_any


@dataclass(frozen=True, slots=True)
class View:
    """One command's.

    Attributes:
        cwd: Where it starts.
        environment: All of its environment.
        network: Whether it reaches the network.
        roots: Real paths of the directories it may write in; the workspace is one unless the
            mode is read-only.
        workspace: Real path of the workspace.
        masked: Real paths that it must not see, none inside another; they need not exist.
    """

    cwd: Path
    environment: Mapping[str, str]
    network: bool
    roots: tuple[str, ...]
    workspace: str
    masked: tuple[str, ...]


def roots_of(confinement: Confinement, workspace: str) -> tuple[str, ...]:
    """The directories that a command held so may write in, the workspace first."""
    own = (workspace,) if confinement.mode == "workspace-write" else ()
    return tuple(dict.fromkeys((*own, *map(os.path.realpath, confinement.writable))))


def unfit(root: str, own: Sequence[str]) -> str:
    """Why `root` cannot be made writable for a command that is meant to be held; "" if it can.

    Args:
        root: Real path.
        own: Real paths of grafftui's own directories.
    """
    if not os.path.isdir(root):
        return f"there is no directory {root}"
    if root == "/" or any(inside(home, root) for home in homes()):
        return f"{root} is or holds the home directory: writing there changes what you run"
    if inside_any(root, own):
        return f"{root} belongs to grafftui"
    return ""
