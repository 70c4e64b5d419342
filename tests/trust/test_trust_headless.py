"""R-34: with nobody to ask, a folder that is not trusted ends the run, and the flag is named."""

from __future__ import annotations

import subprocess

import pytest

from corestage import MODEL, Command, Core, turns_asked
from fakes.server import FakeProvider
from fakes.steps import text


@pytest.fixture
def fake(core: Core) -> FakeProvider:
    return core.provider([text("Hello.")])


@pytest.fixture
def command(core: Core, fake: FakeProvider) -> Command:
    return core.command(fake)


def run(command: Command, *arguments: str) -> subprocess.CompletedProcess[str]:
    model = ("--provider", "openai_compatible", "--model", MODEL)
    return command.run("run", *model, *arguments, "hello")


@pytest.mark.parametrize("approve", ["none", "all"])
def test_an_unknown_folder_ends_the_run(command: Command, fake: FakeProvider, approve: str) -> None:
    (command.workspace / "AGENTS.md").write_text("x")
    done = run(command, "--approve", approve)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "is not trusted" in done.stderr
    assert f"grafftui trust {command.workspace}" in done.stderr
    assert "--untrusted" in done.stderr
    assert turns_asked(fake) == []


def test_the_flag_goes_on(command: Command) -> None:
    (command.workspace / "AGENTS.md").write_text("x")
    done = run(command, "--untrusted")
    assert (done.returncode, done.stdout) == (0, "Hello.\n")


def test_a_trusted_folder_runs_until_it_changes(command: Command) -> None:
    (command.workspace / "AGENTS.md").write_text("x")
    assert command.run("trust", "--yes").returncode == 0
    assert run(command).stdout == "Hello.\n"
    (command.workspace / ".mcp.json").write_text("{}")
    done = run(command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "has changed since it was trusted" in done.stderr


def test_a_folder_with_nothing_to_trust_runs(command: Command) -> None:
    (command.workspace / "README.md").write_text("x")
    (command.workspace / ".env").write_text("OPENAI_URL=http://127.0.0.1:9\n")
    assert run(command).stdout == "Hello.\n"
