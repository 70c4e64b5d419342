"""Where grafftui keeps things, and that nobody else can look into them.

Everything is under `GRAFFTUI_HOME` if that is set, else in the platform's directories
(XDG on Linux, `~/Library` on macOS). Directories are 0700 and files 0600, whatever the umask.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grafftui.errors import SettingsError, StoreError

_HINT = "set GRAFFTUI_HOME to the absolute path of a directory of your own"


@dataclass(frozen=True, slots=True)
class Paths:
    """The directories of one person's grafftui. Made by `from_environment`; nothing is created.

    Attributes:
        data: What grafftui writes by itself: history, logs, reports, backups.
        settings: What the person writes: settings, key maps, agents.
        runtime: What may be gone after a restart: sockets, temporary files.
    """

    data: Path
    settings: Path
    runtime: Path

    @property
    def database(self) -> Path:
        """The history. Never open it, or the files beside it, except through `history`."""
        return self.data / "history.db"

    @property
    def backups(self) -> Path:
        """Copies of the history, made before each migration."""
        return self.data / "backups"

    @property
    def outputs(self) -> Path:
        """What tools read without asking though it is outside of the workspace: long outputs of
        commands, pictures from the clipboard."""
        return self.data / "output"

    @property
    def logs(self) -> Path:
        """Log files."""
        return self.data / "logs"

    @property
    def reports(self) -> Path:
        """Crash reports."""
        return self.data / "reports"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Paths:
        """The paths that `environ` asks for.

        Raises:
            SettingsError: `GRAFFTUI_HOME`, `HOME` or an XDG variable holds no absolute path,
                or there is no home directory at all.
        """
        home = environ.get("GRAFFTUI_HOME")
        if home:
            root = Path(_absolute("GRAFFTUI_HOME", home))
            return cls(root / "data", root / "config", root / "runtime")
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
            if environ.get(name):
                _absolute(name, environ[name])
        if environ.get("HOME") is not None:
            _absolute("HOME", environ["HOME"])
        elif not os.path.isabs(os.path.expanduser("~")):
            raise SettingsError("there is no home directory: HOME is not set", hint=_HINT)
        return cls._of_platform(environ)

    @classmethod
    def _of_platform(cls, environ: Mapping[str, str]) -> Paths:
        from platformdirs import PlatformDirs  # not needed under GRAFFTUI_HOME

        dirs = PlatformDirs("grafftui", appauthor=False)
        data = Path(dirs.user_data_dir)
        volatile = environ.get("XDG_RUNTIME_DIR")  # never a fixed name in a shared /tmp
        runtime = Path(volatile) / "grafftui" if volatile else data / "runtime"
        return cls(data, Path(dirs.user_config_dir), runtime)

    def prepare(self) -> list[str]:
        """Create `data` and tighten what is laxer than it should be; say what was tightened.

        Raises:
            StoreError: The directory cannot be used: a file, a link, someone else's.
        """
        notices = private_directory(self.data)
        for name in _names(self.data):
            notices += private_file(self.data / name)
        return notices

    def owns(self, path: str | os.PathLike[str]) -> bool:
        """Whether `path` leads, by whatever links, to something of grafftui's own.

        Tools that run inside this process must leave such files alone: to open and close one
        file of the history drops SQLite's locks on it, and loses what others then write.
        """
        try:
            real = os.path.realpath(path)
        except ValueError:  # a NUL: nothing has such a name
            return False
        for directory in (self.data, self.settings, self.runtime):
            root = os.path.realpath(directory)
            if real == root or real.startswith(root + os.sep):
                return True
        return self._is_hard_link(real)

    def _is_hard_link(self, real: str) -> bool:
        try:
            found = os.stat(real)
        except OSError:
            return False
        if found.st_nlink < 2 or not stat.S_ISREG(found.st_mode):
            return False
        for suffix in ("", "-wal", "-shm"):
            try:
                own = os.stat(f"{self.database}{suffix}")
            except OSError:
                continue
            if (own.st_dev, own.st_ino) == (found.st_dev, found.st_ino):
                return True
        return False


def private_directory(path: Path) -> list[str]:
    """Make `path` a directory that only its owner can enter; say so when it was not.

    Missing parents are created alike. A link is refused: whoever planted it would choose
    where the history goes.

    Raises:
        StoreError: It is no directory, is a link, is someone else's, or cannot be created.
    """
    try:
        _create(path)
        found = os.lstat(path)
    except OSError as error:
        raise _unusable(path, error) from error
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(f"{path} is a link", hint="name the real directory in GRAFFTUI_HOME")
    if not stat.S_ISDIR(found.st_mode):
        raise StoreError(f"{path} is not a directory", hint=f"move it away, or {_HINT}")
    _require_owner(path, found)
    return _tighten(path, found, 0o700)


def private_file(path: Path) -> list[str]:
    """Make an existing file readable by its owner only; say so when it was not.

    Directories and links are left alone. Does not open the file.

    Raises:
        StoreError: It is someone else's, or its mode cannot be changed.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unusable(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        return []
    _require_owner(path, found)
    return _tighten(path, found, 0o600)


def _create(path: Path) -> None:
    if os.path.lexists(path):
        return
    if path.parent != path:
        _create(path.parent)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return
    os.chmod(path, 0o700)  # the umask may have taken even the owner's bits


def _require_owner(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise StoreError(f"{path} belongs to another user (uid {found.st_uid})", hint=_HINT)


def _tighten(path: Path, found: os.stat_result, most: int) -> list[str]:
    present = stat.S_IMODE(found.st_mode)
    if not present & ~most:
        return []
    try:
        os.chmod(path, present & most)
    except OSError as error:
        raise _unusable(path, error) from error
    return [f"{path} was open to others (mode {present:04o}); it is {present & most:04o} now"]


def _names(directory: Path) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError as error:
        raise _unusable(directory, error) from error


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"cannot use {path}: {error.strerror or error}", hint=_HINT)


def _absolute(name: str, value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise SettingsError(f"{name} holds control characters: {value!r}", hint=_HINT)
    if not os.path.isabs(value):
        raise SettingsError(f"{name} is not an absolute path: {value!r}", hint=_HINT)
    return value
