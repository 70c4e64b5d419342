"""Where things are kept, for every odd environment (T43, T48)."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from grafftui.errors import GrafftuiError, SettingsError, StoreError
from grafftui.history import Store
from grafftui.settings.paths import Paths, private_directory

ROOT = os.geteuid() == 0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_grafftui_home_holds_everything(tmp_path: Path) -> None:
    paths = Paths.from_environment({"GRAFFTUI_HOME": str(tmp_path)})
    for path in (paths.data, paths.settings, paths.runtime, paths.database, paths.backups):
        assert path.is_relative_to(tmp_path)


def test_xdg_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAFFTUI_HOME")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    paths = Paths.from_environment()
    if sys.platform == "linux":
        assert paths.data == tmp_path / "XDG_DATA_HOME" / "grafftui"
        assert paths.settings == tmp_path / "XDG_CONFIG_HOME" / "grafftui"
        assert paths.runtime == tmp_path / "XDG_RUNTIME_DIR" / "grafftui"


@pytest.mark.parametrize("value", ["relative", "~/x", "/a\nb", "/a\x1b[2J", "."])
@pytest.mark.parametrize(
    "name", ["GRAFFTUI_HOME", "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"]
)
def test_a_path_that_cannot_be_meant_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as raised:
        Paths.from_environment({name: value})
    assert "\n" not in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert raised.value.hint


def test_an_empty_home_is_refused() -> None:
    with pytest.raises(SettingsError, match="HOME"):
        Paths.from_environment({"HOME": ""})


def run(script: str, *, umask: int = 0o022, **environ: str) -> str:
    environ = {"PATH": os.environ["PATH"], **environ}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environ,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


OPEN = """
import os
from grafftui.errors import GrafftuiError
from grafftui.history import Store
from grafftui.settings.paths import Paths
{before}
try:
    with Store.open(Paths.from_environment()) as store:
        print("opened", len(store.notices), store.paths.data)
except GrafftuiError as error:
    print(type(error).__name__, "|", error, "|", error.hint)
"""


def test_home_unset_is_looked_up() -> None:
    said = run(
        "from grafftui.settings.paths import Paths; print(Paths.from_environment().settings)"
    )
    assert os.path.isabs(said.strip())


@pytest.mark.skipif(not ROOT, reason="needs root, to become a user that does not exist")
def test_a_user_without_passwd_entry_and_home_is_told_what_to_set() -> None:
    script = OPEN.replace("{before}", "os.setuid(54321)")
    said = run(script)
    assert said.startswith("SettingsError") and "GRAFFTUI_HOME" in said
    assert said.count("\n") == 1


def opened(umask: int, home: Path) -> str:
    return run(OPEN.replace("{before}", ""), umask=umask, GRAFFTUI_HOME=str(home))


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_files_are_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "home"
    for _ in range(2):
        assert opened(umask, home).startswith("opened 0 ")
    assert mode(home) == mode(home / "data") == 0o700
    names = [path for path in (home / "data").iterdir() if path.is_file()]
    assert names
    assert {mode(path) for path in names} == {0o600}


def test_the_files_of_an_open_store_are_private(store: Store) -> None:
    store.create_conversation(workspace="", backend="", agent="", provider="", model="")
    names = {path.name: mode(path) for path in store.paths.data.iterdir()}
    assert {"history.db", "history.db-wal", "history.db-shm"} <= set(names)
    assert set(names.values()) == {0o600}


def test_laxer_modes_are_tightened_and_reported(paths: Paths) -> None:
    Store.open(paths).close()
    paths.data.chmod(0o777)
    paths.database.chmod(0o644)
    with Store.open(paths) as store:
        assert [notice for notice in store.notices if "0777" in notice]
        assert [notice for notice in store.notices if "0644" in notice]
    assert mode(paths.data) == 0o700
    assert mode(paths.database) == 0o600
    with Store.open(paths) as store:
        assert store.notices == []


def refused(paths: Paths, words: str) -> None:
    with pytest.raises(StoreError, match=words) as raised:
        Store.open(paths)
    assert "\n" not in str(raised.value)
    assert raised.value.hint


def test_a_file_in_place_of_the_directory(paths: Paths) -> None:
    paths.data.parent.mkdir()
    paths.data.write_text("")
    refused(paths, "not a directory")


def test_a_link_in_place_of_the_directory(paths: Paths, tmp_path: Path) -> None:
    paths.data.parent.mkdir()
    paths.data.symlink_to(tmp_path)
    refused(paths, "is a link")
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_place_of_the_database(paths: Paths, tmp_path: Path) -> None:
    Store.open(paths).close()
    paths.database.unlink()
    paths.database.symlink_to(tmp_path / "elsewhere")
    refused(paths, "not a plain file")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("suffix", [".open", ".lock"])
def test_a_link_in_place_of_a_lock(paths: Paths, tmp_path: Path, suffix: str) -> None:
    private_directory(paths.data)
    Path(f"{paths.database}{suffix}").symlink_to(tmp_path / "victim")
    refused(paths, "cannot use")
    assert not (tmp_path / "victim").exists()


@pytest.mark.skipif(not ROOT, reason="needs root, to give files away")
def test_a_directory_or_file_of_someone_else(paths: Paths) -> None:
    Store.open(paths).close()
    os.chown(paths.database, 12345, 12345)
    refused(paths, "another user")
    os.chown(paths.data, 12345, 12345)
    refused(paths, "another user")


@pytest.mark.skipif(not ROOT, reason="needs root, to run as somebody else")
def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    """Root writes anywhere, so a plain user tries."""
    home = Path(f"/tmp/grafftui-readonly-{os.getpid()}")
    script = OPEN.replace("{before}", "os.setuid(54321)")
    (home / "data").mkdir(parents=True)
    try:
        os.chown(home / "data", 54321, 54321)
        (home / "data").chmod(0o500)
        said = run(script, GRAFFTUI_HOME=str(home))
    finally:
        (home / "data").rmdir()
        home.rmdir()
    assert said.startswith("StoreError") and said.count("\n") == 1, said


def test_a_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GrafftuiError):
        Store.open(Paths.from_environment({"GRAFFTUI_HOME": str(tmp_path / "file" / "x")}))


def test_owns_its_own_files_by_any_name(store: Store, tmp_path: Path) -> None:
    paths = store.paths
    (tmp_path / "link").symlink_to(paths.data)
    (tmp_path / "file-link").symlink_to(paths.database)
    os.link(paths.database, tmp_path / "hard")
    os.link(f"{paths.database}-shm", tmp_path / "hard-shm")
    for path in (
        paths.data,
        paths.database,
        f"{paths.database}-shm",
        paths.data / "new" / "file",
        paths.settings / "settings.toml",
        tmp_path / "link" / "history.db",
        tmp_path / "file-link",
        tmp_path / "hard",
        tmp_path / "hard-shm",
        paths.data / ".." / "data" / "history.db",
    ):
        assert paths.owns(path), path


def test_owns_nothing_else(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    os.link(tmp_path / "a", tmp_path / "b")
    sibling = store.paths.data.with_name("data-of-mine")
    for path in (tmp_path, tmp_path / "a", tmp_path / "b", sibling, "/", "missing", "nul\0byte"):
        assert not store.paths.owns(path), path
