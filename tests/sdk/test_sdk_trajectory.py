"""What a conversation's agents did, row by row, over both APIs."""

from __future__ import annotations

from typing import Any

import pytest

from corestage import MODEL
from fakes.steps import hang, status, text, tool
from grafftui import NotFoundError
from sdkstage import Sdk

READ = tool("read", {"file_path": "gone.txt"})


def kinds(rows: list[dict[str, Any]]) -> list[str]:
    return [row["payload"]["kind"] for row in rows]


def test_the_rows_of_two_turns(sdk: Sdk) -> None:
    fake = sdk.core.provider([READ], [text("There is none.")], [text("Yes.")])
    session = sdk.graff(fake).session()
    session.run("look")
    session.run("sure?", agent="sage")
    assert session.conversation_id is not None
    rows = session_rows(sdk, session.conversation_id)
    assert all(
        set(row) == {"conversation_id", "agent_id", "parent_agent_id", "seq", "ts_ms", "payload"}
        for row in rows
    )
    turn = ["agent_run", "model_turn", "tool_call", "tool_result", "model_turn", "agent_run_end"]
    assert kinds(rows) == [*turn, "agent_run", "model_turn", "agent_run_end"]
    assert [row["seq"] for row in rows] == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    assert {row["agent_id"] for row in rows[:6]} == {"forge"}
    assert {row["agent_id"] for row in rows[6:]} == {"sage"}
    assert [row["ts_ms"] for row in rows] == sorted(row["ts_ms"] for row in rows)
    begun, _, call, result, _, ended = (row["payload"] for row in rows[:6])
    assert (begun["resolved_model"], begun["parent_agent_id"]) == (MODEL, None)
    assert (call["tool_name"], call["arguments"]) == ("read", {"file_path": "gone.txt"})
    assert result["call_id"] == call["call_id"] and result["is_error"]
    assert "gone.txt" in result["output"]
    assert ended["wall_ms"] >= 0
    assert {name: ended[name] for name in list(ended) if name != "wall_ms"} == {
        "kind": "agent_run_end",
        "success": True,
        "turns": 2,
        "prompt_tokens": 200,
        "completion_tokens": ended["completion_tokens"],
        "tool_calls": 1,
        "tool_errors": 1,
    }


def session_rows(sdk: Sdk, conversation_id: str) -> list[dict[str, Any]]:
    """As another process reads them."""
    rows: list[dict[str, Any]] = sdk.graff(sdk.core.provider()).list_trajectory(conversation_id)
    return rows


def test_a_sub_agent_has_rows_of_its_own(sdk: Sdk) -> None:
    task = tool("task", {"tasks": ["look"], "agent_id": "sage"})
    fake = sdk.core.provider([task], [READ], [text("Seen.")], [text("Done.")])
    graff = sdk.graff(fake)
    result = graff.run("go")
    called = [event.data for event in result.events if event.type == "SubAgentStarted"]
    rows = graff.list_trajectory(result.conversation_id)
    assert kinds(rows) == ["agent_run", "model_turn", "model_turn", "agent_run_end"]
    rows = graff.list_trajectory(called[0]["conversation_id"])
    assert {(row["agent_id"], row["parent_agent_id"]) for row in rows} == {("sage", "forge")}
    assert rows[0]["payload"]["parent_agent_id"] == "forge"
    assert kinds(rows)[2:4] == ["tool_call", "tool_result"]


def test_turns_that_failed_or_were_stopped(sdk: Sdk) -> None:
    fake = sdk.core.provider([status(400, {"error": {"message": "bad"}})], [text("Half"), hang()])
    graff = sdk.graff(fake)
    failed = graff.run("go").conversation_id
    rows = graff.list_trajectory(failed)
    assert kinds(rows) == ["agent_run", "error", "agent_run_end"]
    assert "bad" in rows[1]["payload"]["message"] and not rows[-1]["payload"]["success"]
    assert "interrupt_reason" not in rows[-1]["payload"]
    stream = graff.chat("go")
    stopped = next(stream).data["conversationId"]
    assert kinds(graff.list_trajectory(stopped)) == ["agent_run"]
    while next(stream).type != "TaskMessage":
        pass
    stream.close()
    last = graff.list_trajectory(stopped)[-1]["payload"]
    assert (last["kind"], last["interrupt_reason"]) == ("agent_run_end", "Interrupted")


def test_a_limit_is_the_reason(sdk: Sdk) -> None:
    sdk.core.settings("max_requests_per_turn = 1\n")
    graff = sdk.graff(sdk.core.provider([READ]))
    rows = graff.list_trajectory(graff.run("go").conversation_id)
    assert rows[-1]["payload"]["interrupt_reason"] == "MaxRequestPerTurnLimitReached"


def test_what_no_model_did_has_no_rows(sdk: Sdk) -> None:
    graff = sdk.graff(sdk.core.provider())
    (first, *_) = list(graff.run_command("true"))
    assert graff.list_trajectory(first.data["conversationId"]) == []


def test_there_is_no_such_conversation(sdk: Sdk) -> None:
    graff = sdk.graff(sdk.core.provider())
    with pytest.raises(NotFoundError, match="not found"):
        graff.list_trajectory("11111111-1111-4111-8111-111111111111")
    with pytest.raises(ValueError, match="id must be a string"):
        graff.list_trajectory(7)
