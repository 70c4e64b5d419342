"""T57: a change of settings is whole or not there, and keeps what the person wrote."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

import pytest

from grafftui.errors import SettingsError, UsageError
from grafftui.settings import load_settings, save_settings, writing
from grafftui.settings.paths import Paths

MINE = """\
# my settings
theme = "nord"   # like the rest

mystery = 1      # from a newer version

[keymap]
quit = "ctrl+q"  # muscle memory
"""


def test_a_change_keeps_comments_and_what_is_unknown(paths: Paths, file: Path) -> None:
    file.write_text(MINE)
    save_settings(paths, {"theme": "gruvbox", "model": "m", "keymap": {"help": "f1"}})
    text = file.read_text()
    assert text.startswith("# my settings\n")
    assert 'theme = "gruvbox"   # like the rest' in text
    assert "mystery = 1      # from a newer version" in text
    assert 'quit = "ctrl+q"  # muscle memory' in text
    settings, _ = load_settings(paths)
    assert (settings.theme, settings.model) == ("gruvbox", "m")
    assert settings.keymap == {"quit": "ctrl+q", "help": "f1"}


def test_none_removes(paths: Paths, file: Path) -> None:
    file.write_text(MINE)
    save_settings(paths, {"theme": None, "keymap": {"quit": None}, "model": None})
    assert tomllib.loads(file.read_text()) == {"mystery": 1, "keymap": {}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[keymap]\nquit = 'q'\n",
        "keymap.quit = 'q'\n",
        "keymap = { quit = 'q' }\n",
        "[url_parameters.a]\nX = '1'\n\n[url_parameters.b]\nY = '2'\n\n[keymap]\nquit = 'q'\n",
        "keymap = 3\n",
        "temperature = nan\nmystery = 1979-05-27\n",
        "\ufefftheme = 'a'\r\nmodel = 'b'\r\n",
        "theme = 'no newline at the end'",
        "[[unknown]]\na = 1\n[[unknown]]\na = 2\n",
    ],
)
def test_any_layout_can_be_changed(paths: Paths, file: Path, text: str) -> None:
    file.write_text(text, newline="")
    before = tomllib.loads(text.removeprefix("\ufeff"))
    save_settings(
        paths,
        {
            "retry_attempts": 2,
            "keymap": {"help": "f1"},
            "url_parameters": {"b": {"Z": "3"}, "open-ai.x": {"URL": "http://h"}},
            "key_command": {"openai": ["pass", "show"]},
        },
    )
    after = tomllib.loads(file.read_text())
    assert after["retry_attempts"] == 2
    assert after["keymap"]["help"] == "f1"
    assert after["url_parameters"]["b"]["Z"] == "3"
    assert after["url_parameters"]["open-ai.x"] == {"URL": "http://h"}
    assert after["key_command"] == {"openai": ["pass", "show"]}
    for name in before.keys() - {"keymap", "url_parameters", "temperature"}:
        assert after[name] == before[name]
    if "url_parameters" in before:
        assert after["url_parameters"]["a"] == {"X": "1"}
        assert after["url_parameters"]["b"]["Y"] == "2"


def test_a_layout_that_would_lose_something_is_left_alone(paths: Paths, file: Path) -> None:
    """A table in two places: tomlkit drops what is added to it."""
    text = "[url_parameters.a]\nX = '1'\n\n[keymap]\nquit = 'q'\n\n[url_parameters.b]\nY = '2'\n"
    file.write_text(text)
    save_settings(paths, {"url_parameters": {"b": {"Z": "3"}}, "theme": "nord"})
    assert tomllib.loads(file.read_text())["url_parameters"]["b"] == {"Y": "2", "Z": "3"}
    file.write_text(text)
    with pytest.raises(SettingsError, match="cannot be edited without loss"):
        save_settings(paths, {"url_parameters": {"c": {"Z": "3"}}})
    assert file.read_text() == text


def test_the_first_save_makes_a_private_file(
    paths: Paths, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths.settings.rmdir()
    old = os.umask(0o777)
    try:
        save_settings(paths, {"theme": "nord"})
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in file.parent.iterdir())
    assert load_settings(paths)[0].theme == "nord"


def test_a_lax_file_becomes_private(paths: Paths, file: Path) -> None:
    file.write_text(MINE)
    file.chmod(0o666)
    old = os.umask(0)
    try:
        save_settings(paths, {"theme": "nord"})
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_stays_a_link(paths: Paths, file: Path, tmp_path: Path) -> None:
    dotfile = tmp_path / "dotfile.toml"
    dotfile.write_text(MINE)
    file.symlink_to(dotfile)
    save_settings(paths, {"theme": "gruvbox"})
    assert file.is_symlink()
    assert 'theme = "gruvbox"' in dotfile.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["dotfile.toml"]


@pytest.mark.parametrize(
    "content", [b"theme = ", b"\xff\xfe", b"#" * 300_000, b"theme = 'a'\ntheme = 'b'"]
)
def test_a_broken_file_is_never_overwritten(paths: Paths, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        save_settings(paths, {"theme": "nord"})
    assert str(file) in str(caught.value)
    assert caught.value.hint
    assert file.read_bytes() == content


def test_a_pipe_in_its_place_is_left_alone(paths: Paths, file: Path) -> None:
    os.mkfifo(file)
    with pytest.raises(SettingsError, match="not a regular file"):
        save_settings(paths, {"theme": "nord"})
    assert stat.S_ISFIFO(file.stat().st_mode)


@pytest.mark.parametrize(
    "changes",
    [
        {"theme": 3},
        {"thme": "nord"},
        {"temperature": float("nan")},
        {"max_tokens": "1"},
        {"keymap": {"quit": 1}},
        {"key_command": {"openai": "pass"}},
        {"theme": "nord", "retry_attempts": 0},
    ],
)
def test_a_change_that_cannot_be_meant_writes_nothing(
    paths: Paths, file: Path, changes: dict[str, object]
) -> None:
    file.write_text(MINE)
    with pytest.raises(UsageError) as caught:
        save_settings(paths, changes)
    assert next(name for name in reversed(changes)) in str(caught.value)
    assert file.read_text() == MINE


def test_a_file_that_would_grow_too_large_to_read_is_not_written(paths: Paths, file: Path) -> None:
    file.write_text("#" + "x" * (writing.MAX_BYTES - 10))
    with pytest.raises(SettingsError, match="would grow beyond"):
        save_settings(paths, {"theme": "nord"})
    assert file.stat().st_size < writing.MAX_BYTES


def test_url_parameters_are_kept_and_merged(paths: Paths, file: Path) -> None:
    file.write_text("[url_parameters.azure]\nA = '1'\n")
    settings, _ = load_settings(paths)
    changed = settings.with_url_parameters("azure", {"B": "2"}, paths)
    assert changed.url_parameters == {"azure": {"A": "1", "B": "2"}}
    assert load_settings(paths)[0] == changed
    with pytest.raises(UsageError):
        settings.with_url_parameters("azure", {"B": ""}, paths)
