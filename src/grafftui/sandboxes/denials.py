"""Tells from what a command printed at its end what the sandbox kept it from, and what would do."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from grafftui.approvals import Confinement, Denial
from grafftui.sandboxes.masks import inside, inside_any
from grafftui.sandboxes.protected import own_worktree, protections
from grafftui.sandboxes.view import roots_of, unfit

_MOST_BYTES: Final = 64 << 10
_LONGEST_LINE: Final = 2_000
_FOREIGN_CODE: Final = (159, -31)  # ended by SIGSYS, as bubblewrap tells it and as it is

_TRUE_ELSEWHERE: Final = ("no such file or directory", "is a directory", "file exists")
"""Said by the sandbox only of what is hidden, or stood in for."""

_NOT_FILES: Final = ("/proc", "/sys", "/dev")

_NO_NETWORK: Final = re.compile(
    r"(?:could not|cannot|failed to|unable to) resolve|failure (?:in name resolution|resolving)"
    r"|name or service not known|network is unreachable|\b(?:EAI_AGAIN|ENOTFOUND|ENETUNREACH)\b"
    r"|(?:socket|connect|dial|network|/dev/(?:tcp|udp)/).{0,80}operation not permitted"
    r"|operation not permitted.{0,60}socket",
    re.IGNORECASE,
)
_HOST: Final = re.compile(
    r"(?:hostname|host|address|resolve|resolving|lookup|EAI_AGAIN|ENOTFOUND):? ['‘]?"
    r"([\w-]{1,63}(?:\.[\w-]{1,63}){1,20})",
    re.IGNORECASE,
)
_PYTHON_SOCKET: Final = re.compile(
    r"socket\.__init__\([^\n]{0,200}\n[\s~^]{0,200}PermissionError: \[Errno 1\]"
)
"""Python says over two lines what it was kept from."""
_REFUSED: Final = re.compile(
    r"read-only file system|\bEROFS\b|permission denied|\bEACCES\b|operation not permitted"
    r"|device or resource busy|\bEPERM\b|\bEBUSY\b|no such file or directory"
    r"|is a directory|file exists",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"['\"‘“`]([^'\"’”`]{1,1024})['\"’”`]")
_BEFORE_COLON: Final = re.compile(r"([^\s:'\"]{1,1024}):\s+[^:]*$")
_ABSOLUTE: Final = re.compile(r"(?:^|[\s:=(])((?:/|~/|\.\.?/)[^\s:'\",;)]{1,1024})")


@dataclass(frozen=True, slots=True)
class Denials:
    """What can be said about commands in one workspace.

    Attributes:
        workspace: Its real path.
        masked: Real paths that no command sees.
        own: Real paths of grafftui's own directories.
    """

    workspace: str
    masked: Sequence[str]
    own: Sequence[str]

    def told(self, output: bytes, code: int | None, held: Confinement) -> Denial | None:
        """What a command that ended with `code` was kept from; None when nothing says so.

        The first line that says so counts: what follows is mostly a consequence.
        """
        if code in _FOREIGN_CODE:
            return Denial("it made a system call of another architecture", None)
        text = output[-_MOST_BYTES:].decode("utf-8", "replace")
        if _PYTHON_SOCKET.search(text):
            return _network("", held)
        for line in text.splitlines():
            denial = self._of_line(line[:_LONGEST_LINE], held)
            if denial is not None:
                return denial
        return None

    def _of_line(self, line: str, held: Confinement) -> Denial | None:
        if line.startswith("bwrap: "):
            words = f"the sandbox could not be set up: {line.removeprefix('bwrap: ')}"
            return Denial(words, None)
        if _NO_NETWORK.search(line):
            host = _HOST.search(line)
            return _network(host[1] if host else "", held)
        if found := _REFUSED.search(line):
            refused = found[0].lower()
            for name in _paths(line):
                denial = self._of_path(self._absolute(name), refused, held)
                if denial is not None:
                    return denial
            if refused in ("read-only file system", "erofs") and held.mode == "read-only":
                return _read_only(held)
        return None

    def _absolute(self, name: str) -> str:
        """Relative names are taken to be in the workspace, where most commands start."""
        return os.path.normpath(os.path.join(self.workspace, os.path.expanduser(name)))

    def _of_path(self, path: str, refused: str, held: Confinement) -> Denial | None:
        real = os.path.realpath(path)
        roots = roots_of(held, self.workspace)
        if inside_any(real, self.masked):
            there = os.path.lexists(real)
            return Denial(f"secrets are hidden: {path}", None) if there else None
        for root in roots:
            if inside(real, root):
                return self._in_root(real, root, refused, held)
        if refused in _TRUE_ELSEWHERE:
            return None
        if inside_any(real, _NOT_FILES) or not _could_be_written(real):
            return None  # by nobody; the sandbox has no part in it
        if inside(real, self.workspace):
            return _read_only(held)
        directory = self._to_be_written(real)
        words = f"read-only outside the workspace: {path}"
        if unfit(directory, self.own) or inside_any(directory, self.masked):
            return Denial(words, None)
        return Denial(words, replace(held, writable=(*held.writable, directory)))

    def _in_root(self, real: str, root: str, refused: str, held: Confinement) -> Denial | None:
        """Whether `real` is protected there; if it is not, the sandbox has no part in it."""
        if held.engine != "bubblewrap":
            return None
        try:
            protected = protections(root, self.workspace)
        except OSError:
            return None
        what = real.removeprefix(f"{root}/")
        existing = () if refused in _TRUE_ELSEWHERE else protected.existing
        if inside_any(real, (*existing, *protected.missing)):
            return Denial(f"protected: {what} decides what programs do", None)
        if real in protected.ancestors and refused not in _TRUE_ELSEWHERE:
            return Denial(f"protected: {what} holds what decides what programs do", None)
        return None

    def _to_be_written(self, real: str) -> str:
        """The directory that has to be writable: of the workspace's repository all at once."""
        linked = own_worktree(self.workspace)
        if linked is not None and inside(real, linked[1]):
            return linked[1]
        return os.path.realpath(_existing_directory(real))


def _network(host: str, held: Confinement) -> Denial | None:
    if held.network:
        return None
    words = f"network is off: {host}" if host else "network is off"
    return Denial(words, replace(held, network=True))


def _read_only(held: Confinement) -> Denial:
    return Denial("the workspace is read-only", replace(held, mode="workspace-write"))


def _paths(line: str) -> list[str]:
    """What may be a path in an error message, the likeliest first."""
    found = _QUOTED.findall(line)
    if not found and (before := _BEFORE_COLON.search(line)):
        found = [before[1]]
    if not found or not any(map(_looks_like_a_path, found)):
        found += reversed(_ABSOLUTE.findall(line))
    return [path for path in dict.fromkeys(found) if "\0" not in path and path.strip()]


def _looks_like_a_path(word: str) -> bool:
    return "/" in word or "." in word


def _could_be_written(path: str) -> bool:
    """By a command that nothing holds."""
    there = path if os.path.lexists(path) else _existing_directory(path)
    return os.access(there, os.W_OK)


def _existing_directory(path: str) -> str:
    directory = os.path.dirname(path)
    while not os.path.isdir(directory):
        directory = os.path.dirname(directory)
    return directory
