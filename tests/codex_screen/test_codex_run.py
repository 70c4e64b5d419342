"""`grafftui run --backend codex`: a turn of the real program without the screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from codexstage import CodexStage, run
from corestage import Command
from fakes.steps import text

pytestmark = pytest.mark.needs("codex")

Stages = Callable[..., CodexStage]
Here = Callable[[CodexStage], None]


@pytest.fixture
def command(on_path: Here, home: Path) -> Callable[[CodexStage], Command]:
    """`grafftui` as a process, in the workspace of a stage."""

    def made(stage: CodexStage) -> Command:
        on_path(stage)
        return Command(home, stage.workspace)

    return made


def test_it_answers_goes_on_and_stays_with_whom_it_is(
    stages: Stages, command: Callable[[CodexStage], Command]
) -> None:
    stage = stages([[run("touch made")], [text("It is made.")], [text("Again.")]])
    grafftui = command(stage)
    chosen = ("--backend", "codex", "--model", "gpt-5.5", "--effort", "low")
    first = grafftui.run("run", *chosen, "--approve", "all", "--json", "make it")
    events = [json.loads(line) for line in first.stdout.splitlines()]
    assert (first.returncode, events[-1]["type"]) == (0, "TaskComplete"), first.stderr
    assert (stage.workspace / "made").exists()
    assert stage.fake.requests[0].body["reasoning"]["effort"] == "low"
    again = grafftui.run("run", "--continue", "once more")
    assert (again.returncode, again.stdout) == (0, "Again.\n"), again.stderr
    other = grafftui.run("run", "--continue", "--backend", "graff", "and more")
    assert other.returncode == 2 and "is one with codex" in other.stderr


def test_what_is_amiss_is_said_in_a_line(
    stages: Stages, command: Callable[[CodexStage], Command]
) -> None:
    grafftui = command(stages())
    for arguments, said in (
        (("--effort", "low"), "reasoning_effort"),
        (("--backend", "claude"), "invalid choice"),
        (("--backend", "codex", "--agent", "forge"), "--agent is not for --backend codex"),
    ):
        done = grafftui.run("run", *arguments, "hello")
        assert done.returncode == 2 and said in done.stderr
        assert len(done.stderr.splitlines()) == 1
