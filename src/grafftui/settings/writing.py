"""Writing the settings: one writer at a time, and always the old file or the new, never half."""

from __future__ import annotations

import fcntl
import json
import os
import time
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from grafftui.errors import SettingsError
from grafftui.settings.paths import private_directory
from grafftui.settings.reading import MAX_BYTES, read_toml

_LOCK_SECONDS: Final = 5.0
_LOCK_RETRY_SECONDS: Final = 0.02


def change_file(path: Path, changes: Mapping[str, Any]) -> None:
    """Merge `changes` into the TOML file at `path`, keeping comments; None removes a key.

    A symbolic link stays one: the file it leads to is replaced.

    Raises:
        SettingsError: The file is broken (it is left alone), locked, or cannot be written.
        StoreError: The directory cannot be made.
    """
    try:
        if not path.parent.is_dir():
            private_directory(path.parent)
        with _only_writer(path.parent / ".settings.lock"):
            target = Path(os.path.realpath(path))
            text, data = read_toml(target)
            _replace(target, _changed(target, text, data, changes).encode())
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be written ({error.strerror or error})",
            hint="the settings on disk are unchanged; check the disk's space and permissions",
        ) from error


def _changed(path: Path, text: str, data: dict[str, Any], changes: Mapping[str, Any]) -> str:
    """The file's new text; what it says is checked against what it should say."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    _merge(data, changes)
    try:
        document = tomlkit.parse(text)
        _merge(document, changes)
        new = tomlkit.dumps(document)
        faithful = _canonical(tomllib.loads(new)) == _canonical(data)
    except (TOMLKitError, ValueError):
        faithful = False
    if not faithful:
        raise SettingsError(
            f"{path}: its layout cannot be edited without loss", hint="edit it by hand"
        )
    if len(new.encode()) > MAX_BYTES:
        raise SettingsError(f"{path}: would grow beyond {MAX_BYTES:,} bytes")
    return new


def _merge(table: MutableMapping[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            table.pop(name, None)
        elif isinstance(value, Mapping):
            if not isinstance(table.get(name), MutableMapping):
                table[name] = {}
            _merge(table[name], value)
        else:
            table[name] = value


def _canonical(data: dict[str, Any]) -> str:
    """Equal for equal settings, also where they hold NaN, dates, or another order."""
    return json.dumps(data, sort_keys=True, default=str)


@contextmanager
def _only_writer(lock: Path) -> Iterator[None]:
    """Hold the lock file; it ends with the process, however that ends."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, 0o600)  # whatever the umask
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SettingsError(
                        f"{lock}: another process has been writing the settings for"
                        f" {_LOCK_SECONDS:g} seconds",
                        hint="try again when it has finished",
                    ) from None
                time.sleep(_LOCK_RETRY_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step. The caller is the only writer."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)  # left by a writer that was killed
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)  # whatever the umask
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
