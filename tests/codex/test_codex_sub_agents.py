"""Sub-agents of the real codex program: asked about by name, stopped with their caller."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from codexinapp import PATCH, InApp, following, patch
from codexstage import run
from corestage import SLEEPS, Scripted, alive, answer_of, of_type, results_of, sleeping, wait_until
from fakes.steps import text

pytestmark = pytest.mark.needs("codex")

Apps = Callable[..., InApp]


def call(name: str, call_id: str, **arguments: Any) -> dict[str, Any]:
    """The step in which a model calls a tool for sub-agents, which it has found before."""
    item = {"type": "function_call", "id": f"f{call_id}", "call_id": call_id, "name": name}
    item |= {"namespace": "multi_agent_v1", "arguments": json.dumps(arguments)}
    return {"event": {"type": "response.output_item.done", "output_index": 0, "item": item}}


def find_tools() -> dict[str, Any]:
    """The step in which it looks for them."""
    item = {"type": "tool_search_call", "id": "ts", "call_id": "ts1", "execution": "client"}
    item |= {"status": "completed", "arguments": {"query": "spawn agent", "limit": 10}}
    return {"event": {"type": "response.output_item.done", "output_index": 0, "item": item}}


def caller_of(child: Callable[[list[Any]], list[dict[str, Any]]]) -> Callable[[Any], Any]:
    """A model that has a sub-agent work, which does as `child` says of the outputs it has."""

    def model(body: dict[str, Any]) -> list[dict[str, Any]]:
        said = json.dumps(body["input"])
        outputs = [one for one in body["input"] if one["type"].endswith("_output")]
        if "TASK" in said and "go on" not in said:
            return child(outputs)
        if not outputs:
            return [find_tools()]
        if len(outputs) == 1:
            return [call("spawn_agent", "c1", message="TASK: do it")]
        if len(outputs) == 2:
            ids = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", str(outputs[1]["output"]))
            return [call("wait_agent", "c2", targets=ids, timeout_ms=20_000)]
        return [text("All done.")]

    return model


def app_with(apps: Apps, child: Callable[[list[Any]], list[dict[str, Any]]]) -> InApp:
    app = apps(handler=caller_of(child))
    app.stage.write_config("[features]\nmulti_agent = true\n")
    return app


def test_what_a_sub_agent_does_is_asked_about(apps: Apps) -> None:
    steps = [[run("echo child > made")], [patch(PATCH)], [text("Child done.")]]
    app = app_with(apps, lambda outputs: steps[len(outputs)])
    approver = Scripted("accept")
    graff, codex = app.open(approver)
    events = following(codex.chat("go on")).end(30)
    assert answer_of(events) == "All done."
    command, edit = approver.requests
    assert command.command == "echo child > made" and edit.subject == "note.txt"
    assert command.agent and command.agent == edit.agent
    assert (app.stage.workspace / "note.txt").read_text() == "hello\n"
    assert "completed: Child done." in results_of(events)
    names = [data["tool_call"]["name"] for data in of_type(events, "ToolCallStart")]
    assert names == ["task", "task"]
    codex.close()
    assert codex.import_threads() == 0 and len(graff.store.conversations()) == 1


def test_a_sub_agent_is_stopped_with_its_caller(apps: Apps) -> None:
    app = app_with(apps, lambda outputs: [run(SLEEPS)])
    _, codex = app.open()
    turn = following(codex.chat("go on"))
    left = sleeping(app.stage.workspace / "ready")
    turn.until(lambda event: (event.data.get("tool_call") or {}).get("call_id") == "c2")
    assert codex.interrupt(turn.conversation_id)
    assert turn.end()[-1].type == "TurnInterrupted"
    wait_until(lambda: not alive(left))
