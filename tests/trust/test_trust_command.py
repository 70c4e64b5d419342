"""`grafftui trust`: shows before it asks, asks only on a terminal, and says so in its exit code."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from corestage import Command, Core
from ptyharness import start


@pytest.fixture
def command(core: Core) -> Command:
    (core.workspace / "AGENTS.md").write_text("Be brief.\n")
    return Command(core.home, core.workspace)


def state(command: Command) -> str:
    return str(json.loads(command.run("trust", "--json").stdout)["state"])


def test_yes_and_revoke(command: Command) -> None:
    assert state(command) == "unknown"
    done = command.run("trust", "--yes")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"{command.workspace} would have grafftui load:",
        "  AGENTS.md  10 bytes",
        "Trusted.",
    ]
    assert state(command) == "trusted"
    assert command.run("trust").returncode == 0
    assert command.run("trust", "--list").stdout == f"{command.workspace}  (1 file)\n"
    (row,) = command.run("trust", "--list", "--json").stdout.splitlines()
    assert json.loads(row)["folder"] == str(command.workspace)
    assert command.run("trust", "--revoke").returncode == 0
    assert state(command) == "unknown"
    done = command.run("trust", "--revoke")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_without_a_terminal_it_names_the_flag(command: Command) -> None:
    """R-34."""
    done = command.run("trust")
    assert done.returncode == 2
    assert f"grafftui trust --yes {command.workspace}" in done.stderr
    assert state(command) == "unknown"


def test_json_asks_nothing(command: Command) -> None:
    done = command.run("trust", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["files"][0]["path"] == "AGENTS.md"
    done = command.run("trust", "--json", "--yes")
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "trusted")


def test_nothing_to_trust(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = command.run("trust", str(tmp_path / "empty"))
    assert done.returncode == 0
    assert "nothing to trust" in done.stdout


def test_a_change_is_shown_and_cannot_touch_the_terminal(command: Command) -> None:
    command.run("trust", "--yes")
    hostile = "\x1b]0;title\x07\x9b2J\u202e [/red]\r"
    (command.workspace / "AGENTS.md").write_text(f"Be brief.\n{hostile}\n")
    (command.workspace / ".forge/agents").mkdir(parents=True)
    (command.workspace / ".forge/agents/\x1b[2J").write_text("x")
    done = command.run("trust")
    assert done.returncode == 2
    assert "+␛]0;title␇\\x9b2J\\u{202e} [/red]␍" in done.stdout
    assert "added .forge/agents/␛[2J" in done.stdout
    assert not any(character < " " and character != "\n" for character in done.stdout)
    assert not any("\x7f" <= character <= "\x9f" for character in done.stdout)


def test_what_is_refused_is_named(command: Command) -> None:
    (command.workspace / ".mcp.json").symlink_to("/etc/passwd")
    done = command.run("trust", "--yes")
    assert "never loaded: .mcp.json is a link out of the folder" in done.stdout


@pytest.mark.parametrize(("answer", "after"), [("y", "trusted"), ("n", "unknown"), ("", "unknown")])
def test_on_a_terminal_it_asks(command: Command, answer: str, after: str) -> None:
    argv = [sys.executable, "-m", "grafftui", "trust", str(command.workspace)]
    with start(argv, env={"GRAFFTUI_HOME": str(command.home)}) as term:
        term.wait_for("AGENTS.md  10 bytes")
        term.wait_for("[y/N]")
        term.send(f"{answer}\r")
        assert term.wait_exit() == (0 if after == "trusted" else 1)
    assert state(command) == after


@pytest.mark.parametrize(
    "arguments",
    [("nowhere",), ("--yes", "--revoke"), ("--list", "."), ("--what",)],
    ids=" ".join,
)
def test_what_cannot_be_meant(command: Command, arguments: tuple[str, ...]) -> None:
    done = command.run("trust", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
