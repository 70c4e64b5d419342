"""The command itself, without a screen: what it loads, what it refuses, how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import grafftui

ROOT = Path(__file__).parents[2]
GRAFFTUI = [sys.executable, "-m", "grafftui"]


def finish(*argv: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, whatever its exit code."""
    settings = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 20}
    return subprocess.run(argv, check=False, **(settings | options))  # type: ignore[call-overload]


def run(*args: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command; without PYTHONUNBUFFERED, so that its output is written at the end."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return finish(*GRAFFTUI, *args, **({"env": buffered} | options))


def modules_after(code: str) -> set[str]:
    """What is loaded in a fresh interpreter once `code` has run."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    done = finish(sys.executable, "-c", script)
    assert done.stderr == ""
    return set(done.stdout.split())


# What is loaded


def test_importing_the_package_loads_nothing_else() -> None:
    before = modules_after("")
    assert modules_after("import grafftui; grafftui.version()") - before <= {"grafftui"}


def test_version_loads_neither_argparse_nor_anything_of_ours() -> None:
    loaded = modules_after(
        "import sys, grafftui.__main__ as m; sys.stdout.flush(); assert m.main(['--version']) == 0"
    )
    assert not loaded & {"argparse", "signal", "typing", "textual", "grafftui.cli"}
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"grafftui {grafftui.version()}\n")


def test_help_loads_neither_textual_nor_the_core() -> None:
    loaded = modules_after(
        "import grafftui.__main__ as m, io, sys; out, sys.stdout = sys.stdout, io.StringIO()\n"
        "assert m.main(['--help']) == 0; sys.stdout = out"
    )
    assert "grafftui.cli.main" in loaded
    assert not loaded & {"textual", "rich", "pydantic", "httpx2", "keyring", "grafftui.core"}


def test_the_public_names_are_loaded_when_used() -> None:
    from grafftui.events import AgentEvent

    assert grafftui.AgentEvent is AgentEvent
    assert {"Graff", "GraffSession", "AgentEvent", "version"} <= set(dir(grafftui))
    with pytest.raises(AttributeError, match="no attribute 'Graf'"):
        grafftui.Graf  # noqa: B018


def test_the_version_is_the_project_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert grafftui.__version__ == project["version"]


# Where it looks for modules


@pytest.mark.parametrize("path", [None, "", ".", "/nowhere:"])
def test_nothing_in_the_current_folder_is_imported(tmp_path: Path, path: str | None) -> None:
    for name in ("json", "argparse", "signal", "textual/__init__", "sitecustomize", "__future__"):
        file = tmp_path / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r} + ' ')\n")
    env = {**os.environ, "PYTHONPATH": path or ""}
    if path is None:
        del env["PYTHONPATH"]
    code = "import json, textual, sys; sys.exit(0)"
    names = ["sitecustomize"] if path else []  # PYTHONPATH is read before us
    done = run("--help", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    ran = (tmp_path / "ran").read_text().split() if (tmp_path / "ran").exists() else []
    assert sorted(set(ran)) == names, code


def test_a_deleted_current_folder_is_one_clear_line(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd {gone} && rmdir {gone} && exec {sys.executable} -m grafftui"
    done = finish("sh", "-c", script)
    assert done.returncode == 2
    assert done.stderr == (
        "grafftui: the current folder no longer exists; go to another, or: grafftui --cwd FOLDER\n"
    )


# What it refuses


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--bogus"], "unrecognized arguments: --bogus"),
        (["--conv", "x"], "unrecognized arguments: --conv x"),
        (["frobnicate"], "no such command: frobnicate"),
        (["--model"], "argument --model: expected one argument"),
        (["--model", "--settings=x"], "argument --model: expected one argument"),
        (["--model", ""], "argument --model: must not be empty"),
        (["--conversation", "a\nb"], r"characters that do not print: 'a\nb'"),
        (["--conversation", "x", "--continue"], "not allowed with argument"),
        (["--cwd", "/no/such"], "argument --cwd: no such folder: /no/such"),
        (["--x\x1b]0;owned\x07"], r"unrecognized arguments: --x\x1b]0;owned\x07"),
        (["--demo=yes"], "argument --demo: ignored explicit argument 'yes'"),
        (["--help", "--bogus"], None),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_code_2(args: list[str], said: str | None) -> None:
    done = run(*args)
    if said is None:
        assert done.returncode == 0
        return
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_without_a_terminal_it_names_the_command_that_needs_none() -> None:
    done = run()
    assert done.returncode == 2
    assert "grafftui run PROMPT" in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_names_commands_and_options() -> None:
    shown = run("--help").stdout
    for name in ("run", "keys", "--demo", "--conversation", "--continue", "--cwd", "--agent"):
        assert name in shown


# Where its output goes


@pytest.mark.parametrize("args", ["--version", "--help"])
def test_a_reader_that_leaves_is_no_error(args: str) -> None:
    read, write = os.pipe()
    os.close(read)
    done = run(args, capture_output=False, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("args", ["--version", "--help"])
def test_a_full_disk_is_one_line(args: str) -> None:
    with open("/dev/full", "w") as full:
        done = run(args, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == "grafftui: cannot write the output: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("args", "code"), [("--version", 0), ("", 2), ("--bogus", 2)])
def test_closed_standard_files_do_no_harm(closed: str, args: str, code: int) -> None:
    script = f"{sys.executable} -m grafftui {args} {closed}"
    done = finish("sh", "-c", script)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_no_file_gets_the_number_of_a_closed_standard_file() -> None:
    code = (
        "import os, grafftui.__main__ as m; m.main(['--version']);"
        "n = os.open('/dev/null', 0); os._exit(n)"
    )
    script = f'{sys.executable} -c "{code}" <&- 2>&-'
    assert finish("sh", "-c", script).returncode > 2


def test_interrupted_is_130() -> None:
    code = (
        "import grafftui.cli.main as c, grafftui.__main__ as m\n"
        "def main(argv): raise KeyboardInterrupt\n"
        "c.main = main\n"
        "raise SystemExit(m.main(['x']))"
    )
    done = finish(sys.executable, "-c", code)
    assert (done.returncode, done.stderr) == (130, "")
