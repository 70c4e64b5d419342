"""Turns of the real codex program in our history: shown, asked about, stopped, gone on with."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codexinapp import PATCH, InApp, following, patch
from codexstage import run
from corestage import (
    LONG,
    SLEEPS,
    Scripted,
    Waiting,
    alive,
    answer_of,
    kept,
    kept_entries,
    kept_messages,
    of_type,
    played,
    results_of,
    sleeping,
    types,
    wait_until,
)
from fakes.steps import reasoning, text, until
from grafftui import AgentEvent, TurnFailedError
from grafftui.approvals import Decision
from grafftui.backends.codex import CodexClient

pytestmark = pytest.mark.needs("codex")

CHILD = Path(__file__).with_name("conversing_child.py")

Apps = Callable[..., InApp]


def outputs(body: dict[str, Any]) -> list[str]:
    """What the model has been told of its calls."""
    return [one["output"] for one in body["input"] if one["type"].endswith("_call_output")]


def said(body: dict[str, Any]) -> list[str]:
    """What the model has been told by the person."""
    return [
        part["text"]
        for one in body["input"]
        if one.get("role") == "user"
        for part in one["content"]
        if part["type"] == "input_text" and not part["text"].startswith("<")
    ]


def about(events: list[AgentEvent], call_id: str) -> list[str]:
    """The types of what is told of a call; progress comes when it comes."""
    calls = [e.data.get("tool_call") or e.data.get("result") or e.data for e in events]
    return [
        event.type
        for event, call in zip(events, calls, strict=True)
        if call.get("call_id") == call_id and event.type != "ToolProgress"
    ]


@pytest.mark.each_codex
def test_a_command_that_prints_much_is_told_to_be_over(apps: Apps) -> None:
    app = apps([[run("head -c 1040000 /dev/zero | tr '\\0' x", "c1")], [text("Done.")]])
    _, codex = app.open(Scripted("accept"))
    (result,) = results_of(list(codex.chat("go on")))
    assert "background" not in result and "xxxx" in result


@pytest.mark.each_codex
def test_a_turn_is_told_kept_asked_about_and_can_be_undone(apps: Apps) -> None:
    app = apps(
        [
            [reasoning("Thinking hard."), text("I look."), run("echo hi > made; cat made", "c1")],
            [patch(PATCH)],
            [text("All done, friend.")],
        ]
    )
    approver = Scripted("accept")
    graff, codex = app.open(approver)
    assert codex.problem() == ""
    events = list(codex.chat("go on"))
    names = types(events)
    assert names[:2] == ["ConversationStarted", "PromptSubmitted"]
    assert names[-2:] == ["TurnDiff", "TaskComplete"]
    assert names.count("UsageReported") == 3 and names.count("CheckpointTaken") == 1
    asked = ["ToolCallStart", "ApprovalRequested", "ApprovalResolved"]
    assert about(events, "c1") == [*asked, "ToolCallEnd"]
    assert about(events, "p1") == [*asked, "FileChanged", "ToolCallEnd"]
    ends = {d["result"]["call_id"]: d["result"]["output"] for d in of_type(events, "ToolCallEnd")}
    assert [ends[id]["values"][0]["text"] for id in ("c1", "p1")] == ["hi", "Done."]
    command, edit = approver.requests
    assert command.command == "echo hi > made; cat made" and command.executor == "codex"
    assert command.argv[1:] == ("-lc", command.command)
    assert "Codex proposes the rule" in command.because
    assert edit.edits[0].diff.endswith("+hello\n") and edit.subject == "note.txt"
    assert kept_entries(app.home) == [
        ("prompt", "done", "go on"),
        ("reasoning", "done", "Thinking hard."),
        ("answer", "done", "I look."),
        ("tool", "done", "hi"),
        ("tool", "done", "Done."),
        ("answer", "done", "All done, friend."),
    ]
    assert [(row.outcome, row.by) for row in graff.store.audit()] == [("done", "person")] * 2
    assert [m["text"] for m in kept_messages(app.home)] == ["go on", "I look.\n\nAll done, friend."]
    id = events[0].data["conversationId"]
    conversation = graff.store.conversation(id)
    assert conversation and (conversation.backend, conversation.model) == ("codex", "gpt-5.5")
    assert kept(app.home, "SELECT prompt_tokens FROM usage") == [(100,)] * 3
    codex.close()
    assert (app.stage.workspace / "note.txt").exists()
    graff.undo(graff.undo_plan(id))
    assert sorted(os.listdir(app.stage.workspace)) == []


@pytest.mark.parametrize("decision", ["accept", "acceptForSession", "decline", "cancel"])
def test_each_decision(apps: Apps, decision: Any) -> None:
    def model(body: dict[str, Any]) -> Any:
        return [run("touch made; rm made")] if len(outputs(body)) < 2 else [text("Done.")]

    app = apps(handler=model)
    approver = Scripted(Decision(decision, "not this way" if decision == "decline" else ""))
    _, codex = app.open(approver)
    events = list(codex.chat("go on"))
    decided = [data["decision"] for data in of_type(events, "ApprovalResolved")]
    asked = {"accept": 2, "acceptForSession": 1, "decline": 2, "cancel": 1}
    assert len(approver.requests) == asked[decision]
    last = app.stage.fake.requests[-1].body
    if decision == "cancel":
        assert decided == ["cancel"] and events[-1].type == "TurnInterrupted"
        assert outputs(last) == []
        return
    assert events[-1].type == "TaskComplete" and len(decided) == 2
    assert ["rejected by user" in one for one in outputs(last)] == [decision == "decline"] * 2
    assert any("not this way" in one for one in said(last)) == (decision == "decline")
    states = [state for kind, state, _ in kept_entries(app.home) if kind == "tool"]
    assert states == ["declined" if decision == "decline" else "done"] * 2


def test_a_patch_that_is_declined_is_not_made_nor_one_in_parts(apps: Apps) -> None:
    from grafftui.approvals import HunkChoice

    app = apps([[patch(PATCH)], [patch(PATCH, "p2")], [text("No.")]])
    path = str(app.stage.workspace / "note.txt")
    in_parts = Decision("accept", hunks=(HunkChoice(path, 0, False),))
    _, codex = app.open(Scripted("decline", in_parts))
    events = list(codex.chat("go on"))
    assert answer_of(events) == "No." and not Path(path).exists()
    assert "whole or not at all" in of_type(events, "Notice")[0]["text"]
    assert results_of(events) == ["Not done.", "Not done."]


PATCHES = """*** Begin Patch
*** Update File: changed.txt
@@
 two
-three
+THREE
 four
*** Update File: moved.txt
*** Move to: there/new.txt
@@
-old
+new
*** Delete File: gone.txt
*** End Patch
"""


def test_what_a_patch_would_leave_is_what_it_leaves(apps: Apps) -> None:
    app = apps([[patch(PATCHES)], [text("Done.")]])
    root = app.stage.workspace
    (root / "changed.txt").write_text("one\ntwo\nthree\nfour\n")
    (root / "moved.txt").write_text("old\n")
    (root / "gone.txt").write_text("gone\n")
    before = {path.name: sha256(path) for path in root.iterdir()}
    approver = Scripted("accept")
    _, codex = app.open(approver)
    events = list(codex.chat("go on"))
    edits = {Path(edit.path).name: edit for edit in approver.requests[0].edits}
    assert {name: edit.before_sha256 for name, edit in edits.items() if name != "new.txt"} == before
    assert edits["new.txt"].before_sha256 is None
    assert edits["changed.txt"].after_sha256 == sha256(root / "changed.txt")
    assert edits["new.txt"].after_sha256 == sha256(root / "there" / "new.txt")
    assert edits["gone.txt"].after_sha256 is None and edits["moved.txt"].after_sha256 is None
    assert not (root / "gone.txt").exists() and not (root / "moved.txt").exists()
    changes = {data["path"]: data for data in of_type(events, "FileChanged")}
    assert {path: data["change"] for path, data in changes.items()} == {
        "changed.txt": "modified",
        "moved.txt": "removed",
        "there/new.txt": "created",
        "gone.txt": "removed",
    }
    assert "-three\n+THREE\n" in changes["changed.txt"]["diff"]
    assert "-gone\n" in changes["gone.txt"]["diff"]
    assert changes["moved.txt"]["lines_removed"] == 1


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_nobody_there_means_no(apps: Apps) -> None:
    from grafftui.approvals import decline_everything

    app = apps([[run("touch made")], [text("I could not.")]])
    _, codex = app.open(decline_everything)
    assert answer_of(codex.chat("go on")) == "I could not."
    assert not (app.stage.workspace / "made").exists()
    assert "rejected by user" in app.stage.outputs()[0]


def test_our_modes_hold(apps: Apps) -> None:
    app = apps(
        [
            [run("touch planned")],
            [run("ls -a")],
            [text("No.")],
            [patch(PATCH)],
            [run("touch asked")],
            [text("Half.")],
            [run("touch full")],
            [text("Yes.")],
            [run("echo held > held; echo > /etc/grafftui-not-held")],
            [text("Held.")],
        ]
    )
    approver = Scripted("decline")
    _, codex = app.open(approver)
    planned = list(codex.chat("plan", mode="plan"))
    id = planned[0].data["conversationId"]
    decided = [(d["decision"], d["by"]) for d in of_type(planned, "ApprovalResolved")]
    assert decided[0] == ("decline", "policy") and ("decline", "policy") not in decided[1:]
    assert ".." in results_of(planned)[1]
    list(codex.chat("edit", conversation_id=id, mode="edits"))
    assert [request.command for request in approver.requests] == ["touch asked"]
    list(codex.chat("all", conversation_id=id, mode="full"))
    codex_held = list(codex.chat("held", conversation_id=id, mode="sandboxed"))
    assert len(approver.requests) == 1
    assert "CheckpointTaken" in types(codex_held)
    assert sorted(os.listdir(app.stage.workspace)) == ["full", "held", "note.txt"]
    assert not Path("/etc/grafftui-not-held").exists()


def test_an_interrupt_stops_the_command_that_would_live_on(apps: Apps) -> None:
    app = apps([[text("Now."), run(SLEEPS)], [text("Here again.")]])
    _, codex = app.open()
    turn = following(codex.chat("go on"))
    left = sleeping(app.stage.workspace / "ready")
    assert len(left) >= 2
    assert codex.interrupt(turn.conversation_id)
    assert turn.end()[-1].type == "TurnInterrupted"
    wait_until(lambda: not alive(left))
    assert not codex.interrupt(turn.conversation_id)
    assert [state for kind, state, _ in kept_entries(app.home) if kind == "tool"] == ["incomplete"]
    again = list(codex.chat("and now", conversation_id=turn.conversation_id))
    assert answer_of(again) == "Here again."
    assert said(app.stage.fake.requests[-1].body) == ["go on", "and now"]
    assert LONG in str(app.stage.fake.requests[-1].body["input"])


def test_an_interrupt_while_somebody_is_asked(apps: Apps) -> None:
    app = apps([[run("touch made")], [text("Never.")]])
    approver = Waiting()
    graff, codex = app.open(approver)
    turn = following(codex.chat("go on"))
    assert approver.asked.wait(20)
    assert graff.interrupt(turn.conversation_id)
    assert turn.end()[-1].type == "TurnInterrupted"
    assert not (app.stage.workspace / "made").exists()
    assert len(app.stage.fake.requests) == 1


def test_what_is_said_meanwhile_is_heard(apps: Apps, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    app = apps([[text("One."), until(gate), text(" Two.")], [text("Three.")]])
    _, codex = app.open()
    turn = following(codex.chat("go on"))
    turn.text("One.")
    assert codex.steer(turn.conversation_id, "and hurry")
    gate.touch()
    events = turn.end()
    assert answer_of(events).endswith("Three.")
    assert [data["text"] for data in of_type(events, "PromptSubmitted")] == ["go on", "and hurry"]
    assert said(app.stage.fake.requests[-1].body) == ["go on", "and hurry"]
    assert not codex.steer(turn.conversation_id, "too late")


def test_a_killed_server_loses_nothing_and_is_started_again(apps: Apps, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    app = apps([[text("Before")], [text("Half"), until(gate)], [text("After")]])
    _, codex = app.open()
    id = played(codex.chat("one"))
    turn = following(codex.chat("two", conversation_id=id))
    turn.text("Half")
    pid = codex._server.client().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(TurnFailedError) as failed:
        turn.end()
    assert turn.events[-1].type == "TurnFailed" and "started again" in failed.value.hint
    assert ("answer", "incomplete", "Half") in kept_entries(app.home)
    gate.touch()
    assert answer_of(codex.chat("three", conversation_id=id)) == "After"
    heard = said(app.stage.fake.requests[-1].body)
    assert heard[0] == "one" and heard[-1] == "three"
    threads = kept(app.home, "SELECT count(DISTINCT thread_id) FROM backend_threads")
    assert threads == [(1,)]


def test_grafftui_is_killed_and_nothing_that_was_shown_is_lost(apps: Apps, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    app = apps([[text("Shown."), until(gate)], [text("Again.")]])
    child = subprocess.Popen(
        [sys.executable, CHILD, app.stage.program, app.stage.workspace],
        env={**os.environ, **app.stage.environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        for line in child.stdout:
            if "Shown." in line:
                break
        child.kill()
        child.wait()
    gate.touch()
    graff, codex = app.open()
    assert kept_entries(app.home)[:2] == [
        ("prompt", "done", "go on"),
        ("answer", "incomplete", "Shown."),
    ]
    (row,) = graff.store.conversations()
    assert row.state == "lost"
    assert codex.import_threads() == 0  # the turn is ours, as far as it went
    assert answer_of(codex.chat("and now", conversation_id=row.id)) == "Again."
    assert said(app.stage.fake.requests[-1].body) == ["go on", "and now"]


def test_a_budget_holds_for_codex_too(apps: Apps) -> None:
    app = apps([[text("One.")], [text("Never.")]])
    graff, codex = app.open()
    id = played(codex.chat("first"))
    graff.set_budget(id, "conversation", "tokens", 100)
    with pytest.raises(TurnFailedError, match="budget"):
        list(codex.chat("second", conversation_id=id))
    assert len(app.stage.fake.requests) == 1


def test_a_thread_that_is_gone_is_begun_anew_with_what_is_known(apps: Apps) -> None:
    app = apps([[text("One.")], [text("Two.")]])
    graff, codex = app.open()
    id = played(codex.chat("first"))
    thread = graff.store.backend_threads.of(id, "codex").thread_id
    codex.close()
    with CodexClient(app.stage.options()) as other:
        other.thread_delete(thread)
    with pytest.raises(TurnFailedError) as failed:
        list(codex.chat("second", conversation_id=id))
    assert "a new thread" in failed.value.hint
    assert answer_of(codex.chat("third", conversation_id=id)) == "Two."
    note, prompt = said(app.stage.fake.requests[-1].body)
    assert "first" in note and "One." in note and prompt == "third"


def test_two_at_once(apps: Apps, tmp_path: Path) -> None:
    gates = {name: tmp_path / name for name in ("left", "right")}

    def model(body: dict[str, Any]) -> Any:
        name = said(body)[-1]
        return [text(f"I am {name}"), until(gates[name]), text("now.")]

    app = apps(handler=model)
    _, codex = app.open()
    turns = {name: following(codex.chat(name)) for name in gates}
    for name, turn in turns.items():
        turn.text(f"I am {name}")
    for gate in gates.values():
        gate.touch()
    assert {answer_of(turn.end()) for turn in turns.values()} == {
        "I am left\n\nnow.",
        "I am right\n\nnow.",
    }
    assert kept(app.home, "SELECT count(DISTINCT thread_id) FROM backend_threads") == [(2,)]


def test_a_failed_turn_says_what_to_do(apps: Apps) -> None:
    from fakes.steps import status

    app = apps([[status(401, {"error": {"message": "no key"}})]])
    _, codex = app.open()
    with pytest.raises(TurnFailedError) as failed:
        list(codex.chat("go on"))
    assert "sign in" in failed.value.hint
    kinds = [(kind, state) for kind, state, _ in kept_entries(app.home)]
    assert kinds[0] == ("prompt", "done") and kinds[-1][0] == "notice"


def test_without_the_program_it_says_so(apps: Apps, tmp_path: Path) -> None:
    from grafftui.backends.codex import CodexOptions
    from grafftui.backends.codex.conversing import CodexBackend

    app = apps()
    graff, _ = app.open()
    codex = CodexBackend(graff, CodexOptions(codex_bin=tmp_path / "none"))
    assert "is no program" in codex.problem()
    with pytest.raises(TurnFailedError, match="is no program"):
        list(codex.chat("go on"))
    assert ("prompt", "done", "go on") in kept_entries(app.home)
    codex.close()


def test_closing_stops_what_runs(apps: Apps) -> None:
    app = apps([[run(SLEEPS)]])
    _, codex = app.open()
    turn = following(codex.chat("go on"))
    left = sleeping(app.stage.workspace / "ready")
    closing = threading.Thread(target=codex.close)
    closing.start()
    assert turn.end()[-1].type == "TurnInterrupted"
    closing.join(20)
    wait_until(lambda: not alive(left))
    assert sorted(os.listdir(app.stage.workspace)) == ["ready"]


def test_an_approver_that_breaks_ends_the_turn_and_allows_nothing(apps: Apps) -> None:
    class Broken(Scripted):
        def decide(self, *_: Any, **__: Any) -> Decision:
            return "accept"  # type: ignore[return-value]

    app = apps([[run("touch made")], [text("Never.")]])
    _, codex = app.open(Broken("accept"))
    with pytest.raises(TurnFailedError, match="no Decision"):
        list(codex.chat("go on"))
    assert not (app.stage.workspace / "made").exists()
    assert len(app.stage.fake.requests) == 1


def test_why_it_cannot_be_started_is_told(apps: Apps, monkeypatch: pytest.MonkeyPatch) -> None:
    app = apps([[text("Never.")]])
    app.stage.environment["CODEX_HOME"] = "/no/such/home"
    _, codex = app.open(Scripted("accept"))
    with pytest.raises(TurnFailedError, match='CODEX_HOME points to "/no/such/home"') as raised:
        list(codex.chat("go on"))
    assert "restart()" not in str(raised.value.hint)
