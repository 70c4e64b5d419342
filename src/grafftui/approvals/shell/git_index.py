"""What a repository's index holds: the files it tracks, and other repositories, its submodules.

Git runs `git status` in each of those when it is asked for its own status or difference. The
format is that of gitformat-index(5), versions 2 to 4.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

MAX_INDEX_BYTES: Final = 100_000_000

_SUBMODULE: Final = 0o160000
_MODES: Final = frozenset((0o100644, 0o100755, 0o100664, 0o120000, 0o040000, _SUBMODULE))
_SUBMODULE_BYTES: Final = _SUBMODULE.to_bytes(4, "big")
_LEAVES_OUT_DIRECTORIES: Final = b"sdir\0\0\0\0"
_MORE_FLAGS: Final = 0x4000
_STAGE: Final = 0x3000


@dataclass(frozen=True, slots=True)
class Tracked:
    """A file in the index.

    Attributes:
        name: Its path from the top of the working tree.
        state: When it changed and was written last, in nanoseconds, and its size in bytes, as git
            saw them when it last read it; None if git would read it once more.
    """

    name: str
    state: tuple[int, int, int] | None


def submodules(git_dir: Path, hash_bytes: int) -> list[str]:
    """The paths of the submodules in the index in `git_dir`, from the top of the working tree.

    Args:
        git_dir: The repository's own directory; an index may be shared out over several files.
        hash_bytes: Length of the names of its objects.

    Raises:
        OSError, ValueError: It cannot be read for certain.
    """
    found: list[str] = []
    for path, state in _files(git_dir):
        found += _submodules_in(path, state, hash_bytes)
    return found


def tracked(git_dir: Path, hash_bytes: int) -> list[Tracked]:
    """The files in the index in `git_dir`; arguments and errors as of `submodules`."""
    found: list[Tracked] = []
    for path, state in _files(git_dir):
        found += _tracked_in(path, state, hash_bytes)
    return found


def _files(git_dir: Path) -> Iterator[tuple[Path, tuple[int, ...]]]:
    """The files of the index in `git_dir`, each with what changes when it does."""
    for path in (git_dir / "index", *sorted(git_dir.glob("sharedindex.*"))):
        if os.path.lexists(path):
            status = path.stat()
            if not os.path.isfile(path) or status.st_size > MAX_INDEX_BYTES:
                raise ValueError(f"{path} is no index, or too long")
            yield path, (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


@lru_cache(maxsize=64)
def _submodules_in(path: Path, _state: tuple[int, ...], hash_bytes: int) -> tuple[str, ...]:
    data = _data(path)
    if _SUBMODULE_BYTES not in data:  # every entry has its mode in full
        return ()
    found: list[str] = []
    for mode, name, _ in _entries(path, data, hash_bytes):
        if mode == _SUBMODULE:
            if not name:
                raise ValueError("an entry whose name stands elsewhere")
            found.append(os.fsdecode(name))
    return tuple(found)


@lru_cache(maxsize=8)
def _tracked_in(path: Path, state: tuple[int, ...], hash_bytes: int) -> tuple[Tracked, ...]:
    found: list[Tracked] = []
    for mode, name, fields in _entries(path, _data(path), hash_bytes):
        if mode != _SUBMODULE and name:
            found.append(Tracked(os.fsdecode(name), _state_of(fields, state[0], path)))
    return tuple(found)


def _state_of(fields: bytes, written_ns: int, path: Path) -> tuple[int, int, int] | None:
    """The state that the fields of an entry tell of, in an index written at `written_ns`."""
    ctime, ctime_ns, mtime, mtime_ns = struct.unpack_from(">4I", fields)
    size, flags = *struct.unpack_from(">I", fields, 36), int.from_bytes(fields[-2:], "big")
    changed, wrote = ctime * 10**9 + ctime_ns, mtime * 10**9 + mtime_ns
    is_certain = path.name == "index" and not flags & (_MORE_FLAGS | _STAGE)
    return (changed, wrote, size) if is_certain and wrote < written_ns else None


def _data(path: Path) -> bytes:
    data = path.read_bytes()
    if _LEAVES_OUT_DIRECTORIES in data:
        raise ValueError(f"{path} leaves out what is in some directories")
    return data


def _entries(path: Path, data: bytes, hash_bytes: int) -> Iterator[tuple[int, bytes, bytes]]:
    """The mode and the name of each entry, and what stands before its name."""
    try:
        yield from _read(data, hash_bytes)
    except (struct.error, IndexError) as error:
        raise ValueError(f"{path} is cut off") from error


def _read(data: bytes, hash_bytes: int) -> Iterator[tuple[int, bytes, bytes]]:
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("no index of a known version")
    name = b""
    at = 12
    for _ in range(count):
        (mode,) = struct.unpack_from(">I", data, at + 24)
        (flags,) = struct.unpack_from(">H", data, at + 40 + hash_bytes)
        if mode not in _MODES:
            raise ValueError("an entry of an unknown kind")
        fields = data[at : at + 42 + hash_bytes]
        start = at + 42 + hash_bytes + (2 if flags & _MORE_FLAGS else 0)
        kept = b""
        if version == 4:
            dropped, start = _number(data, start)
            kept = name[: max(0, len(name) - dropped)]
        end = data.index(b"\0", start)
        name = kept + data[start:end]
        at = end + 1 if version == 4 else at + (end - at + 8) // 8 * 8
        yield mode, name, fields


def _number(data: bytes, at: int) -> tuple[int, int]:
    """The number of variable length at `at`, and where it ends."""
    byte = data[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, at + 1
