"""What became of the workspace a local sandbox was made with, file by file, to be brought.

The files of the sandbox are not trusted: none is reached through a link.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from grafftui.errors import SandboxError
from grafftui.new_file import new_file
from grafftui.sandboxes.lasting.engine import Altered
from grafftui.sandboxes.lasting.local.seeding import Kind, listed, plain_file, same

_BROUGHT: Final = "brought.json"
_MOST_NOTED: Final = 64 << 20


def altered(folder: Path) -> list[Altered]:
    """What is not as it was in the sandbox kept in `folder`, or as it was brought last.

    Raises:
        SandboxError: It is too much to compare.
    """
    before, after = folder / "base", folder / "root" / "workspace"
    old, new = listed(before), listed(after)
    brought = _brought(folder)
    found = []
    for path in sorted({*old, *new, *brought}):
        is_as_it_was = old.get(path) == new.get(path) and (
            path not in old or same(before, after, path)
        )
        if not is_as_it_was or path in brought:
            known = frozenset((_hash(before, path), *brought.get(path, ())))
            found.append(_altered(path, old.get(path), new.get(path), known))
    return found


def altered_content(folder: Path, path: str, most: int) -> bytes:
    """What a file of the sandbox holds.

    Raises:
        SandboxError: More than `most` bytes, or it is no file any more.
    """
    try:
        with plain_file(folder / "root" / "workspace", path) as file:
            content = file.read(most + 1)
    except OSError as error:
        raise SandboxError(f"it cannot be read: {error.strerror or error}") from error
    if len(content) > most:
        raise SandboxError(f"it is larger than {most:,} bytes")
    return content


def note_brought(folder: Path, hashes: Mapping[str, str | None]) -> None:
    """Keep what the workspace holds from now on, beside what was brought before: that may be
    there again, once something is undone."""
    noted = _brought(folder)
    for path, known in hashes.items():
        noted[path] = list(dict.fromkeys((*noted.get(path, ()), known)))
    with new_file(folder / _BROUGHT, force=True) as file:
        file.write(json.dumps(noted).encode())


def _altered(
    path: str, old: Kind | None, new: Kind | None, known: frozenset[str | None]
) -> Altered:
    return Altered(
        path,
        gone=new is None,
        known=known,
        executable=new is not None and _is_executable(new),
        was_executable=None if old is None else _is_executable(old),
        problem=_problem(old, "was") or _problem(new, "is"),
    )


def _problem(kind: Kind | None, verb: str) -> str:
    if kind is None or stat.S_ISREG(kind[0]):
        return ""
    what = "a symbolic link" if stat.S_ISLNK(kind[0]) else "no plain file"
    return f"it {verb} {what}"


def _is_executable(kind: Kind) -> bool:
    return bool(kind[0] & stat.S_IXUSR)


def _hash(root: Path, path: str) -> str | None:
    """None where there is no plain file."""
    try:
        with plain_file(root, path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _brought(folder: Path) -> dict[str, list[str | None]]:
    """What was noted; nothing where that cannot be read: then a file may look changed here."""
    try:
        with open(folder / _BROUGHT, "rb") as file:
            found = json.loads(file.read(_MOST_NOTED))
    except (OSError, ValueError):
        return {}
    return dict(found) if isinstance(found, dict) else {}
