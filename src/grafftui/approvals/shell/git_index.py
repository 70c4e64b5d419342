"""Which other repositories a repository's index holds: its submodules.

Git runs `git status` in each of them when it is asked for its own status or difference. The
format is that of gitformat-index(5), versions 2 to 4.
"""

from __future__ import annotations

import os
import struct
from functools import lru_cache
from pathlib import Path
from typing import Final

MAX_INDEX_BYTES: Final = 100_000_000

_SUBMODULE: Final = 0o160000
_MODES: Final = frozenset((0o100644, 0o100755, 0o100664, 0o120000, 0o040000, _SUBMODULE))
_SUBMODULE_BYTES: Final = _SUBMODULE.to_bytes(4, "big")
_LEAVES_OUT_DIRECTORIES: Final = b"sdir\0\0\0\0"
_MORE_FLAGS: Final = 0x4000


def submodules(git_dir: Path, hash_bytes: int) -> list[str]:
    """The paths of the submodules in the index in `git_dir`, from the top of the working tree.

    Args:
        git_dir: The repository's own directory; an index may be shared out over several files.
        hash_bytes: Length of the names of its objects.

    Raises:
        OSError, ValueError: It cannot be read for certain.
    """
    found: list[str] = []
    for path in (git_dir / "index", *sorted(git_dir.glob("sharedindex.*"))):
        if os.path.lexists(path):
            status = path.stat()
            if not os.path.isfile(path) or status.st_size > MAX_INDEX_BYTES:
                raise ValueError(f"{path} is no index, or too long")
            state = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
            found += _in_file(path, state, hash_bytes)
    return found


@lru_cache(maxsize=64)
def _in_file(path: Path, _state: tuple[int, ...], hash_bytes: int) -> tuple[str, ...]:
    data = path.read_bytes()
    if _LEAVES_OUT_DIRECTORIES in data:
        raise ValueError(f"{path} leaves out what is in some directories")
    if _SUBMODULE_BYTES not in data:  # every entry has its mode in full
        return ()
    try:
        return tuple(_read(data, hash_bytes))
    except (struct.error, IndexError) as error:
        raise ValueError(f"{path} is cut off") from error


def _read(data: bytes, hash_bytes: int) -> list[str]:
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("no index of a known version")
    found: list[str] = []
    name = b""
    at = 12
    for _ in range(count):
        (mode,) = struct.unpack_from(">I", data, at + 24)
        (flags,) = struct.unpack_from(">H", data, at + 40 + hash_bytes)
        if mode not in _MODES:
            raise ValueError("an entry of an unknown kind")
        start = at + 42 + hash_bytes + (2 if flags & _MORE_FLAGS else 0)
        kept = b""
        if version == 4:
            dropped, start = _number(data, start)
            kept = name[: max(0, len(name) - dropped)]
        end = data.index(b"\0", start)
        name = kept + data[start:end]
        at = end + 1 if version == 4 else at + (end - at + 8) // 8 * 8
        if mode == _SUBMODULE:
            if not name:
                raise ValueError("an entry whose name stands elsewhere")
            found.append(os.fsdecode(name))
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    """The number of variable length at `at`, and where it ends."""
    byte = data[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, at + 1
