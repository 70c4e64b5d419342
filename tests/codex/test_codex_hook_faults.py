"""A hook that gives no answer: what it was asked about is declined, and the turn raises."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codexstage import CodexStage, run
from fakes.steps import text
from grafftui.backends.codex import (
    Codex,
    CodexAnswerError,
    CodexOptions,
    create_async_client,
    create_client,
)
from grafftui.backends.codex.exec.app_server import ApprovalDecisions, AppServerClient
from grafftui.backends.codex.hooks import COMMAND, FILE_CHANGE, ApprovalHooks

FAKE = Path(__file__).with_name("turn_fake.py")


class Asking:
    """An app-server that asks this in a turn, and ends it as done whatever the answer is."""

    def __init__(self, folder: Path, method: str) -> None:
        self._script = folder / "script.json"
        self._script.write_text(json.dumps([{"ask": method, "params": {"itemId": "c"}}]))
        self.program = folder / "codex"
        self.program.write_text(f"#!/bin/sh\nexec {sys.executable} -S -E {FAKE} {self._script}\n")
        self.program.chmod(0o755)

    def answers(self) -> list[dict[str, Any]]:
        """What it was answered."""
        lines = Path(f"{self._script}.answers").read_text().splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    """About a command."""
    return Asking(tmp_path, COMMAND)


def broken(params: dict[str, Any]) -> dict[str, Any]:
    raise RuntimeError("out of order")


async def awaited(params: dict[str, Any]) -> dict[str, Any]:
    return {"decision": "yes"}


WRONG: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda params: {"decision": "yes"}, "there is no decision 'yes'"),
    (lambda params: "accept", "is no table: 'accept'"),
    (lambda params: None, "is no table: None"),
    (lambda params: {"decision": "accept", "more": {1}}, "cannot be sent"),
    (broken, "raised RuntimeError: out of order"),
    (awaited, "there is no decision 'yes'"),
]


@pytest.mark.parametrize(("hook", "words"), WRONG)
def test_the_turn_raises(asking: Asking, hook: Any, words: str) -> None:
    with (
        create_client(codex_bin=asking.program, on_command_approval=hook) as client,
        pytest.raises(CodexAnswerError, match=words) as told,
    ):
        client.responses_create(prompt="go")
    assert "declined" in told.value.hint
    (answer,) = asking.answers()
    assert answer["error"]["code"] == -32603 and "result" not in answer


@pytest.mark.parametrize("hook", [awaited, broken])
async def test_the_turn_raises_awaited(asking: Asking, hook: Any) -> None:
    async with create_async_client(codex_bin=asking.program, on_command_approval=hook) as client:
        with pytest.raises(CodexAnswerError):
            await client.responses_create(prompt="go")
    assert "error" in asking.answers()[0]


class Policy:
    """An engine that knows one of its three questions, and answers it with words."""

    def on_file_change_approval(self, params: Any, context: Any) -> Any:
        return "accept"


@pytest.mark.parametrize(
    ("method", "words"), [(FILE_CHANGE, "is no table"), (COMMAND, "raised AttributeError")]
)
def test_a_policy_engine_is_held_to_account_too(tmp_path: Path, method: str, words: str) -> None:
    asking = Asking(tmp_path, method)
    policy: Any = Policy()
    with (
        create_client(codex_bin=asking.program, policy_engine=policy) as client,
        pytest.raises(CodexAnswerError, match=words),
    ):
        list(client.responses_stream_text(prompt="go"))
    assert "error" in asking.answers()[0]


def test_it_raises_at_the_end_of_its_own_turn(asking: Asking) -> None:
    hooks = ApprovalHooks(on_command_approval=broken)
    with Codex(CodexOptions(codex_bin=asking.program), hooks=hooks) as codex:
        turn, seen = codex.thread_start().turn("go"), list[str]()
        with pytest.raises(CodexAnswerError, match="out of order"):
            for one in turn.stream():
                seen.append(one.method)
        assert seen == ["turn/completed"]
        assert turn.over and turn.result().status == "completed"


async def test_fixed_answers_that_mean_nothing_raise_too(asking: Asking) -> None:
    async with AppServerClient(CodexOptions(codex_bin=asking.program)) as client:
        await client.thread_start()
        decisions = ApprovalDecisions(command_execution="yes")
        session = await client.turn_session("thread-1", "go", approvals=decisions)
        with pytest.raises(CodexAnswerError, match="no decision 'yes'"):
            await session.wait()


def test_a_no_is_no_fault(asking: Asking) -> None:
    def no(params: dict[str, Any]) -> dict[str, Any]:
        return {"decision": "decline"}

    with create_client(codex_bin=asking.program, on_command_approval=no) as client:
        client.responses_create(prompt="go")
    assert asking.answers()[0]["result"] == {"decision": "decline"}


@pytest.mark.needs("codex")
@pytest.mark.each_codex
def test_the_real_program_declines(stages: Callable[..., CodexStage]) -> None:
    stage = stages([[run("touch made")], [text("Done.")]])
    where = {"cwd": str(stage.workspace), "approvalPolicy": "untrusted"}
    options = {"codex_bin": stage.program, "env": stage.environment}
    with (
        create_client(on_command_approval=lambda params: {"decision": "yes"}, **options) as client,
        pytest.raises(CodexAnswerError, match="no decision"),
    ):
        client.responses_create(prompt="go", thread_params=where)
    assert not (stage.workspace / "made").exists()
    assert len(stage.fake.requests) == 2
