"""What a local sandbox sees of folders that hold programs and things of the person's."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from grafftui import Graff, Sandbox
from grafftui.sandboxes.lasting.local import LocalEngine, system
from grafftui.settings.paths import Paths

pytestmark = pytest.mark.needs("bubblewrap")


@pytest.fixture
def opt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for /opt."""
    folder = tmp_path / "opt"
    folder.mkdir()
    monkeypatch.setattr(system, "_ADDED", str(folder))
    return folder


@pytest.fixture
def usr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for /usr, besides that."""
    folder = tmp_path / "usr"
    folder.mkdir()
    monkeypatch.setattr(system, "_SYSTEM", (*system._SYSTEM, str(folder)))
    return folder


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paths]:
    """Directories of grafftui's; what is made is removed."""
    found = Paths(settings=tmp_path / "own", data=tmp_path / "own", runtime=tmp_path / "own")
    yield found
    engine = LocalEngine(found)
    for one in engine.list():
        engine.destroy(one["id"])


def made(paths: Paths, workspace: Path | None = None) -> Sandbox:
    from grafftui.sandboxes.lasting.engine import Wanted

    engine = LocalEngine(paths, workspace=str(workspace or ""))
    assert engine.problem() == ""
    return Sandbox(engine, engine.create(Wanted())["id"])


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("hush\n")
    return path


def sees(sandbox: Sandbox, path: Path) -> bool:
    return sandbox.exec(f"cat '{path}'")["result"] == "hush\n"


def test_a_home_among_programs(opt: Path, own: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    notes, beside = written(opt / "x/h/notes.txt"), written(opt / "x/other/notes.txt")
    program = written(opt / "program/bin/run")
    monkeypatch.setenv("HOME", str(notes.parent))
    sandbox = made(own)
    assert not sees(sandbox, notes) and not sees(sandbox, beside)
    assert sandbox.exec(f"ls {opt}")["result"].split() == (
        ["program"] if program.stat().st_uid == 0 else []
    )


def test_a_workspace_among_programs(opt: Path, own: Paths) -> None:
    notes, program = written(opt / "project/notes.txt"), written(opt / "program/run")
    sandbox = made(own, notes.parent)
    assert not sees(sandbox, notes)
    assert sees(sandbox, program) is (program.stat().st_uid == 0)
    elsewhere = Sandbox(LocalEngine(own), sandbox.id)
    assert not sees(elsewhere, notes)  # where it was made is known


def test_a_workspace_that_is_all_of_it(opt: Path, own: Paths) -> None:
    notes, program = written(opt / "notes.txt"), written(opt / "program/run")
    sandbox = made(own, opt)
    assert not sees(sandbox, notes) and not sees(sandbox, program)


def test_things_of_the_person_deep_in_the_system(
    usr: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, beside = written(usr / "src/app/sub/notes.txt"), written(usr / "src/app/notes.txt")
    home, program = written(usr / "local/me/notes.txt"), written(usr / "local/bin/run")
    data = written(usr / "lib/grafftui/settings/notes.txt")
    monkeypatch.setenv("HOME", str(home.parent))
    own = Paths(settings=data.parent, data=tmp_path / "own", runtime=tmp_path / "own")
    sandbox = made(own, notes.parent)
    for path in (notes, beside, home, data):
        assert not sees(sandbox, path), path
    assert sees(sandbox, program)
    sandbox.destroy()


def test_other_worktrees_of_the_repository(opt: Path, own: Paths) -> None:
    main, linked = opt / "main", opt / "linked"
    for words in (
        ("init", "-q", str(main)),
        *(("-C", str(main), *rest) for rest in (("commit", "-q", "--allow-empty", "-m", "x"),)),
        ("-C", str(main), "worktree", "add", "-q", str(linked)),
    ):
        identity = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *identity, *words], check=True)
    notes, others = written(main / "notes.txt"), written(linked / "notes.txt")
    for workspace in (main, linked):
        sandbox = made(own, workspace)
        assert not sees(sandbox, notes) and not sees(sandbox, others)


def test_where_the_person_works_is_told_to_the_engine(opt: Path) -> None:
    notes = written(opt / "project/notes.txt")
    graff = Graff(cwd=str(notes.parent))
    sandbox = graff.create_sandbox()
    try:
        assert not sees(sandbox, notes)
    finally:
        sandbox.destroy()
        graff.close()


def test_a_home_that_is_a_folder_of_the_system(own: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/usr/sbin")  # as that of `daemon` is
    assert made(own).exec("ls /usr/sbin | head -n 1")["result"] != ""
