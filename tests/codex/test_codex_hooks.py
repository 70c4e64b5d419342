"""Hooks for what Codex asks about less often, on the real program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from codexstage import CodexStage
from fakes.steps import text, tool
from grafftui.backends.codex import ApprovalHooks, CodexClient

pytestmark = [pytest.mark.needs("codex"), pytest.mark.each_codex]

Stages = Callable[..., CodexStage]
Clients = Callable[..., CodexClient]


def test_permissions_are_granted(stages: Stages, clients: Clients) -> None:
    wanted = {"network": {"enabled": True}}
    call = tool("request_permissions", {"reason": "To look.", "permissions": wanted})
    stage = stages([[call], [text("Done.")], [call], [text("Done.")]])
    granted: dict[str, Any] = {}
    asked: list[dict[str, Any]] = []

    def person(params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params)
        return {"permissions": granted, "scope": "turn"}

    options = stage.options(enabled_features=("request_permissions_tool",))
    client = clients(options, hooks=ApprovalHooks(on_permissions_approval=person))
    where = {"cwd": str(stage.workspace), "approvalPolicy": "on-request"}
    for granted in ({}, wanted):
        client.responses_create(prompt="go", thread_params=where)
        assert ('"enabled":true' in stage.outputs()[0]) == bool(granted)
    assert asked[0]["reason"] == "To look."
    assert asked[0]["permissions"]["network"] == wanted["network"]


def test_questions_of_a_plan_are_answered(stages: Stages, clients: Clients) -> None:
    options = [{"label": word, "description": word} for word in ("red", "blue")]
    question = {"id": "q1", "header": "Colour", "question": "Which?", "options": options}
    stage = stages([[tool("request_user_input", {"questions": [question]})], [text("Done.")]])

    def person(params: dict[str, Any]) -> dict[str, Any]:
        (one,) = params["questions"]
        assert [option["label"] for option in one["options"]] == ["red", "blue"]
        return {"answers": {one["id"]: {"answers": ["blue"]}}}

    client = clients(stage.options(), hooks=ApprovalHooks(on_tool_request_user_input=person))
    planning = {"mode": "plan", "settings": {"model": "gpt-5.5"}}
    client.responses_create(
        prompt="go",
        thread_params={"cwd": str(stage.workspace)},
        turn_params={"collaborationMode": planning},
    )
    assert '"answers":["blue"]' in stage.outputs()[0]
