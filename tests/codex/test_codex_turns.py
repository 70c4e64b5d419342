"""Turns of the real codex program, against a scripted provider."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from codexstage import CodexStage, SharedCodex, run
from fakes.steps import reasoning, text, tool, until
from grafftui.approvals import RuleBasedPolicyEngine
from grafftui.backends.codex import (
    ApprovalHooks,
    CodexClient,
    CodexConnectionError,
    CodexTurnError,
)
from grafftui.backends.codex.record import TurnRecord

pytestmark = [pytest.mark.needs("codex"), pytest.mark.each_codex]

Stages = Callable[..., CodexStage]
Clients = Callable[..., CodexClient]

ASKING = {"approvalPolicy": "untrusted", "sandbox": "workspace-write"}
FULL = {"approvalPolicy": "never", "sandbox": "danger-full-access"}


def ask(client: CodexClient, stage: CodexStage, **params: Any) -> Any:
    """A turn, followed to its end."""
    where = {"cwd": str(stage.workspace), **params}
    return client.responses_create(prompt="go on", thread_params=where, include_events=True)


def test_an_answer_is_streamed(shared_codex: SharedCodex) -> None:
    stage, client = shared_codex.play([[reasoning("Thinking hard."), text("Hello there, friend.")]])
    answer = ask(client, stage)
    assert answer.text == "Hello there, friend."
    deltas = [event.text_delta for event in answer.events if event.text_delta]
    assert deltas == ["Hello", " there,", " friend."]
    kinds = [event.type for event in answer.events]
    assert "item/reasoning/summaryTextDelta" in kinds and kinds[-1] == "turn/completed"
    assert {event.thread_id for event in answer.events} == {answer.session_id}
    assert client.version is not None and client.version >= (0, 100, 0)


def test_a_thread_that_is_open_here_is_not_opened_again(stages: Stages, clients: Clients) -> None:
    """One in which nothing was said yet cannot be."""
    stage = stages([[text("One.")]])
    client = clients(stage.options())
    thread = client.thread_start(cwd=str(stage.workspace))["thread"]["id"]
    assert client.responses_create(prompt="a", session_id=thread).text == "One."
    client.close()
    assert not client.has_open(thread)


def test_without_hooks_nothing_is_run(shared_codex: SharedCodex) -> None:
    stage, client = shared_codex.play([[run("touch made")], [text("I could not.")]])
    assert ask(client, stage, **ASKING).text == "I could not."
    assert "rejected by user" in stage.outputs()[0]
    assert not (stage.workspace / "made").exists()


def test_each_decision_about_a_command(shared_codex: SharedCodex) -> None:
    asked: list[str] = []
    decision = ""

    def person(params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params["command"])
        return {"decision": decision}

    def model(body: dict[str, Any]) -> Any:
        outputs = [one for one in body["input"] if one["type"] == "function_call_output"]
        return [run(f"touch {decision}")] if len(outputs) < 2 else [text("Done.")]

    stage, client = shared_codex.play(
        handler=model, hooks=ApprovalHooks(on_command_approval=person)
    )
    full = {"approvalPolicy": "untrusted", "sandbox": "danger-full-access"}
    times = {"accept": 2, "acceptForSession": 1, "decline": 2}
    for decision, count in times.items():
        ask(client, stage, **full)
        assert [f"touch {decision}" in one for one in asked] == [True] * count
        assert (stage.workspace / decision).exists() == decision.startswith("accept")
        asked.clear()
    decision = "cancel"
    with pytest.raises(CodexTurnError, match="interrupted"):
        ask(client, stage, **full)
    assert len(asked) == 1 and not (stage.workspace / decision).exists()


def test_rules_are_about_the_script_not_its_shell(shared_codex: SharedCodex) -> None:
    rule = {"name": "touch", "when": {"command_regex": r"^touch\b"}, "decision": "accept"}
    engine = RuleBasedPolicyEngine({"command_rules": [rule], "defaults": {"command": "decline"}})
    stage, client = shared_codex.play(
        [[run("touch one")], [text("Done.")], [run("rm -rf x; touch two")], [text("Done.")]],
        hooks=ApprovalHooks(policy_engine=engine),
    )
    for _ in range(2):
        ask(client, stage, approvalPolicy="untrusted", sandbox="danger-full-access")
    assert [(stage.workspace / name).exists() for name in ("one", "two")] == [True, False]


PATCH = "*** Begin Patch\n*** Add File: note.txt\n+hello\n*** End Patch\n"


def test_a_patch_is_asked_about_and_its_diff_was_seen_before(shared_codex: SharedCodex) -> None:
    patch = {"type": "custom_tool_call", "call_id": "p1", "name": "apply_patch", "input": PATCH}
    done = {"type": "response.output_item.done", "output_index": 0, "item": {"id": "c", **patch}}
    asked = []

    def person(params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params["itemId"])
        return {"decision": "accept"}

    stage, client = shared_codex.play(
        [[{"event": done}], [text("Patched.")]], hooks=ApprovalHooks(on_file_change_approval=person)
    )
    answer = ask(client, stage, approvalPolicy="untrusted", sandbox="danger-full-access")
    assert (stage.workspace / "note.txt").read_text() == "hello\n"
    started = [e.item for e in answer.events if e.type == "item/started" and e.item_id in asked]
    assert started[0]["changes"][0]["diff"] == "hello\n"


@pytest.mark.needs("bubblewrap")
def test_a_command_in_its_sandbox(shared_codex: SharedCodex) -> None:
    stage, client = shared_codex.play(
        [[run("echo in > in; echo out > ../out; true")], [text("Done.")]]
    )
    ask(client, stage, approvalPolicy="never", sandbox="workspace-write")
    assert "Read-only file system" in stage.outputs()[0]
    assert (stage.workspace / "in").exists() and not (stage.workspace.parent / "out").exists()


def test_a_failed_turn_says_why(shared_codex: SharedCodex) -> None:
    full = {"type": "context_length_exceeded", "message": "too much of it"}
    stage, client = shared_codex.play([[{"error": full}, {"end": True}]])
    with pytest.raises(CodexTurnError) as caught:
        ask(client, stage)
    assert caught.value.info == "contextWindowExceeded"


def test_interrupting_and_what_it_leaves(shared_codex: SharedCodex) -> None:
    stage, client = shared_codex.play([[run("touch started; sleep 300")], [text("Never.")]])
    thread = client.thread_start(
        cwd=str(stage.workspace), approval_policy="never", sandbox="danger-full-access"
    )["thread"]["id"]
    feed = client.follow(thread)
    turn = client.turn_start(thread, "go")["turn"]
    record = TurnRecord(thread, turn)
    for notification in feed:
        record.take(notification)
        if notification.item.get("type") == "commandExecution":
            client.turn_interrupt(thread, turn["id"])
        if record.over:
            break
    assert record.result().status == "interrupted"
    (terminal,) = client.background_terminals_list(thread)["data"]
    assert "sleep 300" in terminal["command"]
    client.background_terminals_clean(thread)
    deadline = time.monotonic() + 10
    while client.background_terminals_list(thread)["data"]:
        assert time.monotonic() < deadline


def test_a_command_that_lives_on_ends_with_the_client(stages: Stages) -> None:
    stage = stages([[run("sleep 987.5")], [text("Never.")]])
    with CodexClient(stage.options()) as client:
        thread = client.thread_start(
            cwd=str(stage.workspace), approval_policy="never", sandbox="danger-full-access"
        )["thread"]["id"]
        feed = client.follow(thread)
        client.turn_start(thread, "go")
        for notification in feed:
            if notification.item.get("type") == "commandExecution":
                break
        assert _sleeping("987.5")
    assert not _sleeping("987.5")


def _sleeping(seconds: str) -> bool:
    return any(
        "sleep" in (p.info["cmdline"] or []) and seconds in p.info["cmdline"]
        for p in psutil.process_iter(["cmdline"])
    )


def test_steering(shared_codex: SharedCodex, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    stage, client = shared_codex.play([[text("One."), until(gate)], [text("Two.")]])
    thread = client.thread_start(cwd=str(stage.workspace))["thread"]["id"]
    feed = client.follow(thread)
    turn = client.turn_start(thread, "go")["turn"]
    record = TurnRecord(thread, turn)
    for notification in feed:
        record.take(notification)
        if notification.method == "item/agentMessage/delta" and not gate.exists():
            assert client.turn_steer(thread, turn["id"], "more")["turnId"] == turn["id"]
            gate.touch()
        if record.over:
            break
    assert record.result().text == "Two."
    assert "more" in str(stage.fake.requests[-1].body["input"][-1])


def test_a_fork_and_two_turns_at_once(shared_codex: SharedCodex, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    waiting = {"left": [text("Left."), until(gate)], "right": [text("Right.")]}

    def answers(body: dict[str, Any]) -> Any:
        last = str(body["input"][-1])
        return next((turn for word, turn in waiting.items() if word in last), [text("First.")])

    stage, client = shared_codex.play(handler=answers)
    first = client.responses_create(prompt="begin", thread_params={"cwd": str(stage.workspace)})
    fork = client.thread_fork(first.thread_id)["thread"]
    assert fork["forkedFromId"] == first.thread_id
    left = client.responses_events(prompt="left", session_id=first.thread_id)
    seen = [next(left)]
    while not seen[-1].text_delta:
        seen.append(next(left))
    assert client.responses_create(prompt="right", session_id=fork["id"]).text == "Right."
    gate.touch()
    seen += left
    assert "".join(event.text_delta for event in seen) == "Left."
    assert {event.thread_id for event in seen} == {first.thread_id}


def test_killed_in_the_middle_of_a_turn(stages: Stages, clients: Clients) -> None:
    hanging = [text("Half an"), {"hang": True}]
    stage = stages([[text("First.")], hanging, [text("Again.")]])
    client = clients(stage.options())
    first = client.responses_create(prompt="a", thread_params={"cwd": str(stage.workspace)})
    with pytest.raises(CodexConnectionError, match="signal 9"):
        for event in client.responses_events(prompt="b", session_id=first.thread_id):
            if event.text_delta:
                assert client.pid is not None
                os.kill(client.pid, signal.SIGKILL)
    client.restart()
    turns = client.thread_turns_list(first.thread_id)["data"]
    assert [turn["status"] for turn in turns] == ["interrupted", "completed"]
    assert client.responses_create(prompt="c", session_id=first.thread_id).text == "Again."


def test_compaction_is_a_turn(shared_codex: SharedCodex) -> None:
    stage, client = shared_codex.play([[text("First.")], [text("A summary.")]])
    first = client.responses_create(prompt="a", thread_params={"cwd": str(stage.workspace)})
    feed = client.follow(first.thread_id)
    client.thread_compact_start(first.thread_id)
    items = []
    for notification in feed:
        items.append(notification.item.get("type"))
        if notification.method == "turn/completed":
            break
    assert "contextCompaction" in items


def test_six_hundred_requests_at_once(shared_codex: SharedCodex) -> None:
    client = shared_codex.client
    futures = [client.submit("model/list", {"limit": 1}) for _ in range(600)]
    assert all(len(future.result(30)["data"]) == 1 for future in futures)


def test_a_megabyte_in_one_line(shared_codex: SharedCodex) -> None:
    stage, client = shared_codex.play(
        [[run("head -c 1040000 /dev/zero | tr '\\0' x")], [text("Done.")]]
    )
    feed = client.follow()
    ask(client, stage, **FULL)
    for notification in feed:  # with the oldest it may come after the turn
        if notification.method == "item/completed" and (
            printed := notification.item.get("aggregatedOutput")
        ):
            break
    client.forget(feed)
    assert len(printed) == 1_040_000


def test_nothing_is_dropped_by_a_slow_reader(shared_codex: SharedCodex) -> None:
    words = " ".join(f"w{n}" for n in range(1_000))
    stage, client = shared_codex.play([[text(words)]])
    pieces = []
    where = {"cwd": str(stage.workspace)}
    for piece in client.responses_stream_text(prompt="go", thread_params=where):
        pieces.append(piece)
        time.sleep(0.001)  # slower than they come; nothing is waited for
    assert "".join(pieces) == words


def test_a_tool_of_the_clients(shared_codex: SharedCodex) -> None:

    def lookup(params: dict[str, Any]) -> dict[str, Any]:
        words = f"{params['arguments']['word']} is a satellite"
        return {"success": True, "contentItems": [{"type": "inputText", "text": words}]}

    stage, client = shared_codex.play(
        [[tool("lookup", {"word": "moon"})], [text("Done.")]],
        hooks=ApprovalHooks(on_tool_call=lookup),
    )
    schema = {"type": "object", "properties": {"word": {"type": "string"}}}
    tools = [{"name": "lookup", "description": "Looks up.", "inputSchema": schema}]
    ask(client, stage, dynamicTools=tools)
    assert "moon is a satellite" in stage.outputs()[0]
