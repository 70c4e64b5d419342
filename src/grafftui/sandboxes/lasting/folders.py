"""What is in a folder of a sandbox, asked of the programs in it. None of it is to be trusted."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final

from grafftui.errors import SandboxError, SandboxPathError
from grafftui.sandboxes.lasting.execution import Execution

MOST_ENTRIES: Final = 20_000
_MOST_CHARACTERS: Final = 4 << 20
_MISSING: Final = 44
_OTHER: Final = 45
_KINDS: Final = {"d": "folder", "f": "file", "l": "link"}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a folder.

    Attributes:
        name: Its name; never holds "/".
        kind: "folder", "file", "link" or "other".
        size: Bytes; None where that is not known.
        changed_at: Seconds since 1970; None where that is not known.
    """

    name: str
    kind: str
    size: int | None = None
    changed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """What is in one.

    Attributes:
        path: Absolute.
        entries: Folders first, then by name.
        cut: Whether there are more.
    """

    path: str
    entries: tuple[Entry, ...]
    cut: bool = False


def listing(path: str) -> str:
    """The shell command that tells what is in a folder; of links, whether they lead to folders.

    Where `find` knows no `-printf` (busybox), names only.
    """
    return (
        f"cd -- {shlex.quote(path)} 2> /dev/null || {{ [ -e {shlex.quote(path)} ] && exit 45;"
        " exit 44; }; "
        r"find . ! -name . -prune -printf '%y %s %T@ %f\0' 2> /dev/null || ls -1Ap"
    )


def beginning(path: str, most: int) -> str:
    """The shell command that prints the first `most` bytes of a file."""
    where = shlex.quote(path)
    return f"[ -e {where} ] || exit 44; [ -f {where} ] || exit 45; head -c {most} -- {where}"


def folder(path: str, execution: Execution) -> Folder:
    """What `listing` told.

    Raises:
        SandboxPathError: There is no such folder.
        SandboxError: It is none, or cannot be read.
    """
    pieces, length = [], 0
    with execution:
        for piece in execution:
            pieces.append(piece)
            length += len(piece)
            if length > _MOST_CHARACTERS:
                break
        else:
            _raise_for(path, execution)
    text = "".join(pieces)
    told = text.split("\0") if "\0" in text else text.split("\n")
    cut = length > _MOST_CHARACTERS or len(told) > MOST_ENTRIES + 1
    read = _detailed if "\0" in text else _named
    found = [entry for line in told[:MOST_ENTRIES] if (entry := read(line)) is not None]
    found.sort(key=lambda one: (one.kind != "folder", one.name.casefold(), one.name))
    return Folder(path, tuple(found), cut)


def text(path: str, execution: Execution) -> str:
    """What `beginning` printed. Raises as `folder` does."""
    with execution:
        said = str(execution.result()["result"])
        _raise_for(path, execution)
    return said


def _raise_for(path: str, execution: Execution) -> None:
    code = execution.result()["exitCode"]
    if code == _MISSING:
        raise SandboxPathError(f"there is no {path} in the sandbox")
    if code == _OTHER:
        raise SandboxError(f"{path} in the sandbox is no such thing")
    if code:
        raise SandboxError(f"{path} in the sandbox cannot be read")


def _detailed(line: str) -> Entry | None:
    kind, _, rest = line.partition(" ")
    size, _, rest = rest.partition(" ")
    changed, _, name = rest.partition(" ")
    if not name or "/" in name or not size.isdecimal():
        return None
    try:
        at = float(changed)
    except ValueError:
        at = None
    return Entry(name, _KINDS.get(kind, "other"), int(size), at)


def _named(line: str) -> Entry | None:
    name = line.removesuffix("/")
    if not name or "/" in name:
        return None
    return Entry(name, "folder" if line.endswith("/") else "file")
