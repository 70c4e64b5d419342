"""What a local sandbox sees of this machine: programs of the system, nothing of the person's.

What is the person's (home, workspace, worktrees, grafftui's own) may lie in a folder that programs
lie in, /opt/project or /usr/src/app. It is not mounted then, nor what lies around it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from grafftui.sandboxes import bubblewrap
from grafftui.sandboxes.masks import homes, inside, inside_any, masked_paths, outermost
from grafftui.sandboxes.protected import linked_git_directories

_SYSTEM: Final = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc"),
    *("/nix/store", "/gnu/store", "/run/current-system"),
)
_ADDED: Final = "/opt"
"""Here everybody puts things: of what is in it only root's is seen."""

_STANDARD: Final = frozenset(
    (
        *("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec"),
        *("share", "include", "src", "games", "etc", "man", "local"),
    )
)
"""Folders of the system's in /usr and /usr/local, as the Filesystem Hierarchy Standard has them."""

_SECRETS: Final = tuple(
    f"/etc/{name}"
    for name in (
        *("shadow", "shadow-", "gshadow", "gshadow-", "sudoers", "sudoers.d", "ssh", "krb5.keytab"),
        *("ssl/private", "NetworkManager", "wireguard", "openvpn", "docker", "kubernetes"),
    )
)
_MOST_BYTES: Final = 4_096


def mounted(of_the_person: Sequence[str]) -> list[str]:
    """Arguments of bubblewrap: the system's folders read-only.

    Args:
        of_the_person: Real paths of what is not to be seen in them.
    """
    words: list[str] = []
    for path in (*_SYSTEM, *_roots_own(of_the_person)):
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            words += ["--ro-bind", path, path]
    return words


def masked(of_the_person: Sequence[str]) -> list[str]:
    """Arguments of bubblewrap, to come after `mounted`: what is hidden in those folders."""
    around = [hidden for path in of_the_person if (hidden := _around(path))]
    secrets = (path for path in _SECRETS if not inside_any(path, around))
    return bubblewrap.masked((*outermost(around), *secrets))


def of_the_person(own: Iterable[Path], workspaces: Iterable[str]) -> tuple[str, ...]:
    """Real paths of all that is no sandbox's business, none inside another.

    Args:
        own: Directories of grafftui's own.
        workspaces: Where the person works; other worktrees of the same repositories are found.
    """
    wanted = [os.path.realpath(path) for path in workspaces if path]
    wanted += [found for path in wanted for found in _of_repository(path)]
    hidden = (*homes(), *masked_paths(own), *wanted)
    return outermost(path for path in hidden if path != "/")


def is_systems(path: str) -> bool:
    """Whether a real path is a folder of the system itself, as the home of `daemon` is: seen."""
    return inside_any(path, _SYSTEM) and not _around(path)


def _roots_own(of_the_person: Sequence[str]) -> Iterator[str]:
    with suppress(OSError), os.scandir(_ADDED) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            holds = any(_overlap(entry.path, path) for path in of_the_person)
            if not holds and entry.stat(follow_symlinks=False).st_uid == 0:
                yield entry.path


def _overlap(one: str, other: str) -> bool:
    return inside(one, other) or inside(other, one)


def _around(path: str) -> str:
    """The outermost folder around `path` that the system has no part in; "" if it lies in none
    of the system's, or is one of them."""
    for system in (folder for folder in _SYSTEM if inside(path, folder)):
        found = Path(system)
        for part in Path(path).relative_to(system).parts:
            found /= part
            if part not in _STANDARD:
                return str(found)
    return ""


def _of_repository(workspace: str) -> Iterator[str]:
    """Git directories and other worktrees of the repository whose worktree `workspace` is."""
    linked = linked_git_directories(workspace)
    yield from linked
    common = linked[-1] if linked else f"{workspace}/.git"
    with suppress(OSError):
        for name in os.listdir(f"{common}/worktrees"):
            with (
                suppress(OSError, ValueError),
                open(f"{common}/worktrees/{name}/gitdir", encoding="utf-8") as file,
            ):
                place = os.path.join(common, "worktrees", name, file.read(_MOST_BYTES).strip())
                yield os.path.dirname(os.path.realpath(place))
    if linked and os.path.basename(common) == ".git":
        yield os.path.dirname(common)
