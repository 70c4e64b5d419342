"""Where a command would run, and which of the files it names it may read unasked."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from grafftui.approvals.governed import governed
from grafftui.approvals.shell.file_patterns import meant_names
from grafftui.approvals.shell.ignore_files import (
    NAMES,
    is_found,
    names_found_above,
    names_found_at,
)

MAX_ENTRIES = 100_000
"""So many directory entries are looked at before a tree counts as too large to tell."""

MAX_SECONDS = 1.0

_SECRET_NAME = re.compile(
    r"\.env(?!\.(example|sample|template|dist)$)(\..*)?|\.envrc|\.netrc|_netrc|\.pgpass|\.npmrc|"
    r"\.pypirc|\.git-credentials|\.htpasswd|id_(rsa|dsa|ecdsa|ed25519)(_sk)?|.*\.(pem|p12|pfx|jks|"
    r"keystore|kdbx)|credentials(\.json)?|\.vault[-_]pass.*|secrets?\.(ya?ml|json|toml)|"
    r"service[-_]account.*\.json",
    re.IGNORECASE,
)
_SECRET_DIRECTORY = re.compile(
    r"\.(ssh|aws|gnupg|kube|docker|azure|password-store)|gh|gcloud|keyrings", re.IGNORECASE
)

_USUAL_SECRETS = (".env", ".netrc", ".git-credentials", "id_rsa")
"""They may be in the history of a repository where they are not in its files."""


def looks_secret(path: str) -> bool:
    """Whether a file of that name usually holds keys or passwords: `.env`, `id_rsa`, …"""
    *directories, name = path.rstrip("/").split("/")
    if _SECRET_NAME.fullmatch(name):
        return True
    inside = _SECRET_DIRECTORY.fullmatch
    return bool(inside(name) and name.startswith(".")) or any(
        inside(directory) and directory.startswith(".") for directory in directories
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command would run.

    Attributes:
        cwd: Real path of its working directory.
        workspace: Real path of the workspace.
        home: Real path of the home directory; "" for none.
        path_dirs: The directories of the PATH it gets, in their order.
        is_readable: Whether a real path may be read unasked; by default the workspace's are.
        is_off_limits: Whether a path may not be read, as named or as resolved.
        is_forbidden: Whether a rule is why; others usually hold keys or passwords.
    """

    cwd: str
    workspace: str
    home: str = ""
    path_dirs: tuple[str, ...] = ("/usr/local/bin", "/usr/bin", "/bin")
    is_readable: Callable[[str], bool] | None = None
    is_off_limits: Callable[[str], bool] = field(default=looks_secret)
    is_forbidden: Callable[[str], bool] = field(default=lambda path: False)

    def absolute(self, name: str) -> str:
        """The path `name` means here, links not followed."""
        return os.path.normpath(os.path.join(self.cwd, name))

    def in_workspace(self, path: str) -> bool:
        """Whether the real `path` is the workspace or in it."""
        return is_within(path, self.workspace)

    def objection_to_read(self, name: str) -> str:
        """Why the file or directory `name` may not be read unasked; "" if it may."""
        if name in ("/dev/null", "-"):
            return ""
        real = os.path.realpath(os.path.join(self.cwd, name))
        if self.is_off_limits(self.absolute(name)) or self.is_off_limits(real):
            return f"reads {real}, which is off limits"
        readable = self.is_readable or self.in_workspace
        if not readable(real):
            return f"reads {real}, outside the workspace"
        return ""

    def objection_to_make(self, name: str) -> str:
        """Why the file or directory `name` may not be made or changed; "" if it may."""
        named, real = self.absolute(name), os.path.realpath(os.path.join(self.cwd, name))
        if self.is_off_limits(named) or self.is_off_limits(real):
            return f"changes {real}, which is off limits"
        if not self.in_workspace(real) or not name:
            return f"changes {real}, outside the workspace"
        if governed(named) or governed(real):
            return f"may change {real}, which decides what programs do"
        return ""

    def objection_to_run(self, name: str) -> str:
        """Why code in the file or directory `name` may not be run; "" if it may."""
        real = os.path.realpath(os.path.join(self.cwd, name))
        if not self.in_workspace(real):
            return f"runs {real}, outside the workspace"
        return self.objection_to_read(name)

    def objection_below(self, name: str, *, hidden: bool, follows: bool) -> str:
        """Why the directory `name` may not be read with all that is in it; "" if it may.

        Args:
            name: As the command names it.
            hidden: Whether names that begin with a dot are read too; if not, those are that an
                ignore file brings back.
            follows: Whether links are followed.
        """
        top = os.path.realpath(os.path.join(self.cwd, name))
        found = {"*"} if hidden else names_found_at(top) | names_found_above(top)
        off_limits = []
        for entry in entries_below(top):
            if entry is None:
                return f"reads too many files below {top} to look through"
            if not hidden and entry.name in NAMES:
                found |= names_found_at(os.path.dirname(entry.path))
            if follows and entry.is_symlink() and (why := self._objection_to_link(entry, top)):
                return why
            if self.is_off_limits(entry.path) and not is_empty_directory(entry.path):
                off_limits.append(entry.path)
        for path in off_limits:
            if is_found(path, os.path.dirname(path) if follows else top, found):
                return f"reads {path}, which is off limits"
        return ""

    def _objection_to_link(self, link: os.DirEntry[str], top: str) -> str:
        real = os.path.realpath(link.path)
        if os.path.isdir(real) and not is_within(real, top):
            return f"follows {link.path} to {real}, which is not looked through"
        return self.objection_to_read(link.path)

    def objection_to_pattern(self, pattern: str) -> str:
        """Why the files that `pattern` matches, hidden ones too, may not be read; "" if they may.

        Only the last part of the pattern is looked at, so directories in it never narrow it.
        """
        meant = meant_names(pattern)
        for name in _USUAL_SECRETS:
            if meant(name) and self.is_off_limits(self.absolute(name)):
                return f"may read {name}, which is off limits"
        for entry in entries_below(self.workspace):
            if entry is None:
                return f"reads too many files below {self.workspace} to look through"
            if (
                meant(entry.name)
                and self.is_off_limits(entry.path)
                and not is_empty_directory(entry.path)
            ):
                return f"reads {entry.path}, which is off limits"
        return ""


def is_within(path: str, directory: str) -> bool:
    """Whether `path` is `directory` or below it; both are taken as they are written."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def is_empty_directory(path: str) -> bool:
    """Whether it is one, and no link. While another command runs, its sandbox has such stand in
    for governed files that there are not."""
    try:
        return not os.path.islink(path) and not os.listdir(path)
    except OSError:
        return False


def entries_below(top: str) -> Iterator[os.DirEntry[str] | None]:
    """Everything below the directory `top`, links not followed; None, last, if it is too much.

    A directory that cannot be read, or is none, has nothing below it. The insides of `.git`
    are left out.
    """
    deadline = time.monotonic() + MAX_SECONDS
    seen = 0
    waiting = [top]
    while waiting:
        try:
            listing = os.scandir(waiting.pop())
        except OSError:
            continue
        with listing:
            for entry in listing:
                seen += 1
                if seen > MAX_ENTRIES or time.monotonic() > deadline:
                    yield None
                    return
                yield entry
                if entry.name != ".git" and entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
