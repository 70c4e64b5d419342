"""Bubblewrap: the command in namespaces of its own, with nothing but what it may see mounted.

The workspace and the other roots are the only places it can write in, besides a private /tmp.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from grafftui.sandboxes.masks import inside, inside_any
from grafftui.sandboxes.placeholders import FILES
from grafftui.sandboxes.protected import Protections
from grafftui.sandboxes.view import View

PLACES: Final = tuple(
    Path(directory, "bwrap")
    for directory in ("/usr/bin", "/usr/local/bin", "/bin", "/run/current-system/sw/bin")
)
"""Where it is looked for. Ubuntu's AppArmor lets only the first one make namespaces."""

NAMESPACES: Final = (
    *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--disable-userns", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
    *("--hostname", "sandbox"),
)
_TMP_BYTES: Final = str(4 << 30)
_SMALL_BYTES: Final = str(64 << 20)
_HIDDEN: Final = ("/run", "/var/tmp")  # sockets of everything that runs; what others left
_EMPTY: Final = (*_HIDDEN, "/tmp")
_RESOLVER: Final = "/etc/resolv.conf"


def find(places: Iterable[Path], workspace: str) -> tuple[str, str]:
    """The program to use, or "" and why there is none.

    It runs outside every sandbox, so nobody but root may be able to change it.
    """
    problem = ""
    for place in places:
        real = os.path.realpath(place)
        try:
            found = os.stat(real)
        except OSError:
            continue
        if inside(real, workspace):
            problem = problem or f"{place} lies in the workspace"
        elif found.st_uid != 0 or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            problem = problem or f"{place} can be changed by others than root"
        elif not stat.S_ISREG(found.st_mode) or not os.access(real, os.X_OK):
            problem = problem or f"{place} is not executable"
        else:
            return str(place), ""
    return "", problem or "bubblewrap is not installed"


def arguments(view: View, protections: Sequence[Protections]) -> list[str]:
    """Its arguments, up to but without `--` and the command, and without the seccomp program.

    What is mounted later lies over what was mounted before, so: everything read-only, what is
    hidden, what is writable, and what is hidden or read-only in that. /proc too is read-only: to
    root, whatever it has lost, /proc/sys is the kernel's own, core_pattern and all.
    """
    return [
        *NAMESPACES,
        *([] if view.network else ["--unshare-net"]),
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--remount-ro", "/proc"),
        *("--perms", "1777", "--size", _TMP_BYTES, "--tmpfs", "/tmp"),
        *_hidden(),
        *(resolver() if view.network else []),
        *masked(path for path in view.masked if not inside_any(path, (*view.roots, *_EMPTY))),
        *_bound(view),
        *_protected(protections),
        *masked(path for path in view.masked if inside_any(path, view.roots)),
        *_environment(view),
        *("--chdir", str(view.cwd)),
    ]


def _hidden() -> list[str]:
    return [
        word
        for path in _HIDDEN
        if os.path.isdir(path) and not os.path.islink(path)
        for word in ("--perms", "1777", "--size", _SMALL_BYTES, "--tmpfs", path)
    ]


def writable(view: View) -> list[str]:
    """Where a command may write: in the roots, and in what it has of its own."""
    own = [path for path in _EMPTY if os.path.isdir(path) and not os.path.islink(path)]
    return [*view.roots, *own, "/dev"]


def resolver() -> list[str]:
    """Who may use the network needs to know whom to ask; the file often lies in /run."""
    real = os.path.realpath(_RESOLVER)
    return ["--ro-bind-try", real, real] if inside_any(real, _HIDDEN) else []


def masked(paths: Iterable[str]) -> list[str]:
    """An empty directory or file over each that is there."""
    words: list[str] = []
    for path in paths:
        try:
            is_directory = stat.S_ISDIR(os.stat(path).st_mode)
        except OSError:
            continue
        if is_directory:
            words += ["--perms", "0500", "--tmpfs", path]
        else:
            words += ["--ro-bind", "/dev/null", path]
    return words


def _bound(view: View) -> list[str]:
    words = []
    if not inside_any(view.workspace, view.roots):
        words += ["--ro-bind", view.workspace, view.workspace]  # it may lie in /tmp
    for root in sorted(view.roots):  # what lies in another after it
        words += ["--bind", root, root]
    return words


def _protected(protections: Sequence[Protections]) -> list[str]:
    """Ancestors first: each hides what was mounted in it before.

    What is missing gets an empty file system of its own, which is mounted three times as fast as
    a directory is bound; what an owner forces into it is gone with the command. Where a file
    stands in, it is bound read-only.
    """
    ancestors = sorted({path for held in protections for path in held.ancestors})
    words = [word for path in ancestors for word in ("--bind", path, path)]
    for held in protections:
        words += [word for path in held.existing for word in ("--ro-bind", path, path)]
        words += [word for path in held.reopened for word in ("--bind", path, path)]
        words += [word for path in held.kept for word in ("--ro-bind", path, path)]
        words += [word for path in held.missing for word in _stood_in_for(path)]
    return words


def _stood_in_for(path: str) -> tuple[str, ...]:
    if os.path.basename(path) in FILES:
        return ("--ro-bind", path, path)
    return ("--perms", "0500", "--tmpfs", path)


def _environment(view: View) -> list[str]:
    """Passed as arguments: whatever bubblewrap has in its own is read from /proc/1/environ."""
    environment = {**view.environment, "TMPDIR": "/tmp"}
    return [word for item in environment.items() for word in ("--setenv", *item)]
