"""T48, T50: homes that are none and keys that cannot be, each in one clear line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corestage import Core, turns_asked


def one_line(core: Core, **environ: str) -> str:
    """What a run says that cannot begin."""
    fake = core.provider()
    command = core.command(fake)
    command.environ |= environ
    done = command.run("run", "hi")
    assert done.returncode == 1
    assert done.stdout == ""
    assert turns_asked(fake) == []
    (line,) = done.stderr.splitlines()
    assert line.startswith("grafftui: ")
    return line


def test_a_home_that_is_no_absolute_path(core: Core) -> None:
    assert "GRAFFTUI_HOME" in one_line(core, GRAFFTUI_HOME="here")
    assert not (core.workspace / "here").exists()


def test_no_home_at_all(core: Core) -> None:
    assert "HOME" in one_line(core, GRAFFTUI_HOME="", HOME="relative")


def test_an_xdg_directory_that_is_none(core: Core) -> None:
    assert "XDG_DATA_HOME" in one_line(core, GRAFFTUI_HOME="", XDG_DATA_HOME="~/data")


def test_a_home_that_is_a_file(core: Core, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in one_line(core, GRAFFTUI_HOME=str(tmp_path / "file"))


def test_a_home_that_is_a_link(core: Core, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    home = tmp_path / "home"
    home.mkdir()
    (home / "data").symlink_to(tmp_path / "real")
    assert "is a link" in one_line(core, GRAFFTUI_HOME=str(home))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("sk-with space", "holds a space"),
        ("sk-with\nbreak", "holds a line break"),
        ('"sk-quoted"', "holds a quotation mark"),
        ("sk-ключ", "holds a character that is not ASCII"),
        ("k" * 10_000, "has 10,000 characters"),
    ],
)
def test_a_key_that_cannot_be_one(core: Core, key: str, words: str) -> None:
    said = one_line(core, OPENAI_API_KEY=key)
    assert "OPENAI_API_KEY" in said
    assert words in said
    assert key not in said


def test_a_key_with_space_around_it(core: Core) -> None:
    fake = core.provider([{"text": "Fine."}], key="sk-0123456789abcdef")
    command = core.command(fake)
    command.environ["OPENAI_API_KEY"] = " sk-0123456789abcdef\n"
    assert command.run("run", "hi").stdout == "Fine.\n"


def test_a_folder_that_is_gone(core: Core, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = core.command(core.provider())
    process = command.start("run", "hi", preexec_fn=lambda: (os.chdir(gone), gone.rmdir()))
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert said.startswith(b"grafftui: the workspace cannot be told: ")
    assert said.count(b"\n") == 1


def test_any_umask(core: Core) -> None:
    command = core.command(core.provider([{"text": "Fine."}]))
    process = command.start("run", "hi", preexec_fn=lambda: os.umask(0))
    process.communicate(timeout=30)
    assert process.returncode == 0
    for path in [core.home, *core.home.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
