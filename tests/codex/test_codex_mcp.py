"""A tool of an MCP server: Codex asks about it with an elicitation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codexstage import CodexStage
from fakes.steps import text
from grafftui.backends.codex import ApprovalHooks, CodexClient

Stages = Callable[..., CodexStage]
SERVER = Path(__file__).parents[1] / "mcp_servers" / "raw_server.py"


@pytest.mark.needs("codex")
@pytest.mark.each_codex
@pytest.mark.parametrize("action", ["accept", "decline"])
def test_a_tool_is_asked_about(stages: Stages, action: str) -> None:
    call = {"type": "function_call", "id": "f", "call_id": "c1", "arguments": '{"a": 20, "b": 22}'}
    call |= {"namespace": "mcp__raw", "name": "add"}
    done = {"type": "response.output_item.done", "output_index": 0, "item": call}
    stage = stages([[{"event": done}], [text("Done.")]])
    stage.write_config(
        f'[mcp_servers.raw]\ncommand = "{sys.executable}"\nargs = ["-S", "-E", "{SERVER}"]\n'
    )
    asked: list[dict[str, Any]] = []

    def person(params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params)
        return {"action": action, "content": {}}

    hooks = ApprovalHooks(on_mcp_elicitation=person)
    with CodexClient(stage.options(), hooks=hooks) as client:
        where = {"cwd": str(stage.workspace), "approvalPolicy": "on-request"}
        answer = client.responses_create(prompt="go", thread_params=where)
        added = client.mcp_server_tool_call(answer.thread_id, "raw", "add", {"a": 1, "b": 2})
        assert added["content"][0]["text"] == "3"
    assert asked[0]["_meta"]["codex_approval_kind"] == "mcp_tool_call"
    assert ("42" in stage.outputs()[0]) == (action == "accept")
