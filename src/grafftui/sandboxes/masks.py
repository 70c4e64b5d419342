"""What no confined command sees: other programs' secrets, and all that is grafftui's own."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

_IN_HOME: Final = (
    # keys and tokens
    *(".ssh", ".aws", ".gnupg", ".netrc", ".docker", ".kube", ".azure", ".pypirc"),
    *(".config/gh", ".config/gcloud", ".git-credentials", ".config/git/credentials"),
    *(".password-store", ".local/share/keyrings", ".local/share/kwalletd", ".config/op"),
    *("Library/Keychains",),
    # browsers, mail
    *(".mozilla", ".thunderbird", ".config/google-chrome", ".config/chromium"),
    *(".config/BraveSoftware", ".config/microsoft-edge", ".config/vivaldi", ".config/opera"),
    *("snap/firefox", "snap/chromium", ".var/app"),
    *("Library/Application Support/Google/Chrome", "Library/Application Support/Firefox"),
    *("Library/Cookies", "Library/Safari"),
)


def masked_paths(more: Iterable[Path]) -> tuple[str, ...]:
    """Real paths of all that is hidden, whether it is there or not, none inside another.

    Args:
        more: What is hidden besides: grafftui's own directories, what the person names.
    """
    wanted = [Path(home) / name for home in homes() for name in _IN_HOME]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime) and len(Path(runtime).parts) > 2:
        wanted.append(Path(runtime))  # sockets of keyrings, agents and desktops
    return outermost(os.path.realpath(path) for path in (*wanted, *more))


def homes() -> tuple[str, ...]:
    """Real paths of the person's home: what HOME says and what the user database says."""
    found = [os.environ.get("HOME", "")]
    with suppress(KeyError):  # a user id without a name
        found.append(pwd.getpwuid(os.geteuid()).pw_dir)
    real = (os.path.realpath(home) for home in found if os.path.isabs(home))
    return tuple(dict.fromkeys(home for home in real if home != "/"))


def outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """`paths` without those that lie inside another, sorted."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(inside(path, other) for other in kept):
            kept.append(path)
    return tuple(kept)


def inside(path: str, directory: str) -> bool:
    """Whether the absolute `path` is `directory` or lies in it."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def inside_any(path: str, directories: Sequence[str]) -> bool:
    """Whether `path` lies in one of `directories`."""
    return any(inside(path, directory) for directory in directories)
