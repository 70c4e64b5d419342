"""T56: whatever the settings file is, there are settings, and one line says what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grafftui.settings import (
    FirstFrame,
    Settings,
    load_first_frame,
    load_settings,
)
from grafftui.settings.paths import Paths
from grafftui.settings.reading import MAX_BYTES

GOOD = """\
provider = "openai_compatible"
model = "qwen3:32b"
agent = "muse"
theme = "nord"
reduced_motion = true
max_tokens = 4096
temperature = 1
reasoning_effort = "low"
max_requests_per_turn = 7
max_tool_failure_per_turn = 2
tool_timeout = 12.5
retry_attempts = 1

[keymap]
"new-conversation" = "ctrl+n,f2"

[key_command]
anthropic = ["pass", "show", "anthropic"]

[url_parameters.openai_compatible]
OPENAI_URL = "http://127.0.0.1:8080/v1"

[context_window]
"gpt-4.1" = 1_000_000
"""


def test_no_file_is_no_problem(paths: Paths) -> None:
    assert load_settings(paths) == (Settings(), [])
    assert load_first_frame(paths) == FirstFrame()
    assert list(paths.settings.iterdir()) == []


def test_everything_can_be_set(paths: Paths, file: Path) -> None:
    file.write_text(GOOD)
    settings, problems = load_settings(paths)
    assert problems == []
    assert settings.provider == "openai_compatible"
    assert settings.model == "qwen3:32b"
    assert settings.agent == "muse"
    assert settings.temperature == 1.0
    assert settings.reasoning_effort == "low"
    assert settings.tool_timeout == 12.5
    assert (settings.max_tokens, settings.retry_attempts) == (4096, 1)
    assert (settings.max_requests_per_turn, settings.max_tool_failure_per_turn) == (7, 2)
    assert settings.key_command == {"anthropic": ["pass", "show", "anthropic"]}
    assert settings.url_parameters["openai_compatible"]["OPENAI_URL"].endswith(":8080/v1")
    assert settings.context_window == {"gpt-4.1": 1_000_000}
    set_keys = {line.split()[0] for line in GOOD.splitlines() if " = " in line and line[0] != '"'}
    assert set_keys <= set(Settings.model_fields) | {"anthropic", "OPENAI_URL"}


def test_the_first_frame_has_its_three(paths: Paths, file: Path) -> None:
    file.write_text(GOOD)
    expected = FirstFrame("nord", True, {"new-conversation": "ctrl+n,f2"})
    assert load_first_frame(paths) == expected


def test_the_defaults_are_the_documented_ones() -> None:
    settings = Settings()
    assert settings.max_requests_per_turn == 100
    assert settings.max_tool_failure_per_turn == 3
    assert settings.tool_timeout == 300
    assert settings.retry_attempts == 5


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"theme = ", "line 1: is not valid TOML (Invalid value)"),
        (b'theme = "a"\n\nmodel = nonsense\n', "line 3, column 9: is not valid TOML"),
        (b'theme = "a"\ntheme = "b"\n', "line 2, column"),
        (b'theme = "a"\nmodel = [1,\n', "line 2: is not valid TOML"),
        (b'theme = "nord"\nmodel = "\xff\xfe"\n', "line 2: is not UTF-8"),
        ('theme = "nord"\n'.encode("utf-16"), "line 1: is not UTF-8"),
        (b"\x00\x01\x02", "line 1, column 1: is not valid TOML"),
        (b"a = " + b"[" * 20_000, "is nested too deeply"),
        (b"max_tokens = " + b"9" * 5_000, "is not valid TOML"),
        (b"#" * (10 * 1024 * 1024), "10,485,760 bytes"),
        (b"{" * 1000, "is not valid TOML"),
        (b'{"theme": "nord"}', "is not valid TOML"),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else "",
)
def test_a_broken_file_gives_defaults_and_one_line(
    paths: Paths, file: Path, content: bytes, words: str
) -> None:
    file.write_bytes(content)
    settings, problems = load_settings(paths)
    assert settings == Settings()
    (problem,) = problems
    assert str(problem).startswith(f"{file}: ")
    assert words in str(problem)
    assert str(problem).endswith("; defaults are used")
    assert "\n" not in str(problem)
    assert load_first_frame(paths) == FirstFrame()
    assert file.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# nothing\n", b"\xef\xbb\xbf", b"\r\n"])
def test_an_empty_file_is_no_problem(paths: Paths, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert load_settings(paths) == (Settings(), [])


def test_a_byte_order_mark_and_dos_lines_are_read_through(paths: Paths, file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbftheme = "nord"\r\nmodel = "m"\r\n')
    settings, problems = load_settings(paths)
    assert (settings.theme, settings.model, problems) == ("nord", "m", [])
    assert load_first_frame(paths).theme == "nord"


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("theme = 3", "theme"),
        ("theme = ''", "theme"),
        ("reduced_motion = 1", "reduced_motion"),
        ("reduced_motion = 'true'", "reduced_motion"),
        ("max_tokens = '10'", "max_tokens"),
        ("max_tokens = 1.0", "max_tokens"),
        ("max_tokens = true", "max_tokens"),
        ("max_tokens = 0", "max_tokens"),
        ("max_tokens = 99999999999999999999", "max_tokens"),
        ("temperature = nan", "temperature"),
        ("temperature = inf", "temperature"),
        ("temperature = -inf", "temperature"),
        ("temperature = 2.1", "temperature"),
        ("temperature = 1979-05-27", "temperature"),
        ("tool_timeout = nan", "tool_timeout"),
        ("tool_timeout = 0", "tool_timeout"),
        ("retry_attempts = []", "retry_attempts"),
        ("reasoning_effort = 'lots'", "reasoning_effort"),
        ("keymap = 3", "keymap"),
        ("keymap.quit = 3", "keymap.quit"),
        ("keymap.quit = ['q']", "keymap.quit"),
        ("key_command.openai = 'pass show x'", "key_command.openai"),
        ("key_command.openai = []", "key_command.openai"),
        ("key_command.openai = ['pass', 3]", "key_command.openai.1"),
        ('key_command.openai = ["pass\\u0000"]', "key_command.openai.0"),
        ("url_parameters.x = 'http://h'", "url_parameters.x"),
        ("url_parameters.x.URL = 1", "url_parameters.x.URL"),
        ("context_window.'gpt-4.1' = -1", "context_window.'gpt-4.1'"),
        ("[[model]]", "model"),
    ],
)
def test_a_wrong_value_is_named_and_only_that_is_lost(
    paths: Paths, file: Path, line: str, where: str
) -> None:
    file.write_text(f"agent = 'sage'\n{line}\n")
    settings, problems = load_settings(paths)
    (problem,) = problems
    assert problem.where == where
    assert "must" in problem.message or "default" in problem.message
    left = settings.model_dump(exclude_defaults=True)
    left = {name: value for name, value in left.items() if value not in ({}, {"x": {}})}
    assert left == {"agent": "sage"}


def test_good_entries_of_a_table_survive_a_bad_one(paths: Paths, file: Path) -> None:
    file.write_text("[keymap]\nquit = 3\nhelp = 'f1'\nsend = ''\n")
    settings, problems = load_settings(paths)
    assert settings.keymap == {"help": "f1"}
    assert {problem.where for problem in problems} == {"keymap.quit", "keymap.send"}
    assert load_first_frame(paths).keymap == {"help": "f1"}


def test_an_unknown_key_is_named_with_the_nearest(paths: Paths, file: Path) -> None:
    file.write_text("themes = 'nord'\nzzz = 1\nmodel = 'm'\n[limits]\nx = 1\n")
    settings, problems = load_settings(paths)
    assert settings == Settings(model="m")
    lines = sorted(str(problem) for problem in problems)
    assert lines == [
        f"{file}: limits: is not a setting",
        f"{file}: themes: is not a setting; did you mean theme?",
        f"{file}: zzz: is not a setting",
    ]


def test_a_problem_stays_one_line_and_keeps_values_to_itself(paths: Paths, file: Path) -> None:
    file.write_text('"a\\nb\\u001b[31m" = 1\nopenai_api_key = "sk-secret"\ntheme = ["sk-secret"]\n')
    _, problems = load_settings(paths)
    assert len(problems) == 3
    for problem in problems:
        assert str(problem).isprintable()
        assert "sk-secret" not in str(problem)


def test_many_problems_are_counted_quickly(paths: Paths, file: Path) -> None:
    file.write_text("".join(f"k{number} = 1\n" for number in range(15_000)))
    began = time.process_time()
    _, problems = load_settings(paths)
    assert time.process_time() - began < 5
    assert len(problems) == 21
    assert problems[-1].message == "14980 more problems like these"


@pytest.mark.parametrize("kind", ["fifo", "directory", "device", "socket", "unreadable", "loop"])
def test_something_else_in_the_file_s_place(
    paths: Paths, file: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never opened where opening waits; a second thread is not needed to prove it."""
    match kind:
        case "fifo":
            os.mkfifo(file)
        case "directory":
            file.mkdir()
        case "device":
            file.symlink_to("/dev/zero")
        case "socket":
            import socket

            with socket.socket(socket.AF_UNIX) as server:
                monkeypatch.chdir(file.parent)
                server.bind(file.name)
        case "unreadable":
            if os.geteuid() == 0:
                file.symlink_to("/proc/self/mem")
            else:
                file.write_text("theme = 'a'")
                file.chmod(0)
        case "loop":
            file.symlink_to(file.name)
    settings, problems = load_settings(paths)
    assert settings == Settings()
    (problem,) = problems
    assert "cannot be read" in problem.message
    assert load_first_frame(paths) == FirstFrame()


def test_a_link_to_a_file_is_followed(paths: Paths, file: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfile").write_text("theme = 'nord'")
    file.symlink_to(tmp_path / "dotfile")
    assert load_settings(paths)[0].theme == "nord"


def test_a_project_s_files_say_nothing(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("settings.toml", ".grafftui.toml", "config/settings.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("theme = 'nord'\n[url_parameters.x]\nURL = 'http://evil'\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings(paths) == (Settings(), [])


def test_the_limit_is_on_what_is_read_not_on_what_is_said(paths: Paths, file: Path) -> None:
    text = "theme = 'nord'\n#"
    file.write_text(text + "x" * (MAX_BYTES - len(text)))
    assert load_settings(paths)[0].theme == "nord"
    file.write_text(text + "x" * (MAX_BYTES - len(text) + 1))
    assert load_settings(paths)[0].theme is None


def test_the_first_frame_loads_neither_pydantic_nor_tomlkit() -> None:
    code = (
        "import sys\n"
        "from grafftui.settings import load_first_frame\n"
        "from grafftui.settings.paths import Paths\n"
        "load_first_frame(Paths.from_environment())\n"
        "print(sorted({'pydantic', 'tomlkit', 'keyring', 'platformdirs'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_offers_only_what_it_names() -> None:
    import grafftui.settings

    with pytest.raises(AttributeError, match="nothing_here"):
        grafftui.settings.nothing_here  # noqa: B018
    for name in grafftui.settings.__all__:
        assert getattr(grafftui.settings, name) is not None
