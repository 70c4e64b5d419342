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


PATIENCE = 180
"""Seconds a command may take: codex is three hundred megabytes."""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(on_path: Here, home: Path) -> Callable[[CodexStage], Run]:
    """`grafftui` as a process, in the workspace of a stage: its exit code and what it says."""

    def made(stage: CodexStage) -> Run:
        on_path(stage)

        def ended(*arguments: str) -> tuple[int, str, str]:
            with Command(home, stage.workspace).start(*arguments) as process:
                out, err = process.communicate(timeout=PATIENCE)
            return process.returncode, out.decode(), err.decode()

        return ended

    return made


def test_it_answers_goes_on_and_stays_with_whom_it_is(
    stages: Stages, command: Callable[[CodexStage], Run]
) -> None:
    stage = stages([[run("touch made")], [text("It is made.")], [text("Again.")]])
    grafftui = command(stage)
    chosen = ("--backend", "codex", "--model", "gpt-5.5", "--effort", "low")
    code, out, err = grafftui("run", *chosen, "--approve", "all", "--json", "make it")
    events = [json.loads(line) for line in out.splitlines()]
    assert (code, events[-1]["type"]) == (0, "TaskComplete"), err
    assert (stage.workspace / "made").exists()
    assert stage.fake.requests[0].body["reasoning"]["effort"] == "low"
    assert grafftui("run", "--continue", "once more")[:2] == (0, "Again.\n")
    code, _, err = grafftui("run", "--continue", "--backend", "graff", "and more")
    assert code == 2 and "is one with codex" in err
    code, out, err = grafftui("run", *chosen[:4], "--effort", "bogus", "no")
    assert (code, out) == (2, "") and "cannot be told the effort 'bogus'" in err
    assert len(stage.fake.requests) == 3


def test_what_is_amiss_is_said_in_a_line(
    stages: Stages, command: Callable[[CodexStage], Run]
) -> None:
    grafftui = command(stages())
    for arguments, said in (
        (("--effort", "low"), "reasoning_effort"),
        (("--backend", "claude"), "invalid choice"),
        (("--backend", "codex", "--agent", "forge"), "--agent is not for --backend codex"),
    ):
        code, _, err = grafftui("run", *arguments, "hello")
        assert code == 2 and said in err
        assert len(err.splitlines()) == 1
