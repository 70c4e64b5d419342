"""Nothing is lost: on disk before it is sent, and all of it there when it is opened again."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from corestage import (
    Core,
    Following,
    Scripted,
    answer_of,
    calls_and_results,
    each_wire,
    files_holding,
    kept,
    kept_entries,
    kept_events,
    kept_messages,
    of_type,
    played,
    results_of,
    turns_asked,
    types,
)
from fakes.steps import reasoning, text, tool, until
from grafftui import AgentEvent
from grafftui.approvals import Decision
from grafftui.errors import StoreError, TurnFailedError
from grafftui.history import ConversationBusyError


@each_wire
def test_what_is_sent_is_on_disk_before(core: Core, wire: str) -> None:
    """At each request the history is read by another connection, while the server answers."""
    seen: list[list[tuple[str, str]]] = []

    def answer(body: dict[str, Any]) -> list[dict[str, Any]]:
        seen.append([(m["role"], m["text"]) for m in kept_messages(core.home)])
        if len(seen) == 1:
            assert kept(core.home, "SELECT state, prompt FROM turns") == [("running", "go")]
            return [text("Now."), tool("shell", {"command": "echo ran"}, "c1")]
        return [text("Done.")]

    fake = core.provider(handler=answer)
    events = [*core.graff(fake, wire, approver=Scripted("accept")).chat("go")]
    assert answer_of(events) == "Now.Done."
    assert seen[0] == [("user", "go")]
    result = results_of(events)[0]
    assert "ran" in result
    assert seen[1] == [("user", "go"), ("assistant", "Now."), ("tool", result)]
    assert [m["text"] for m in kept_messages(core.home)][-1] == "Done."


def test_what_is_about_to_run_is_on_disk_before(core: Core) -> None:
    """The command itself looks into the history."""
    history = core.home / "data" / "history.db"
    look = (
        f'python3 -c \'import sqlite3; c = sqlite3.connect("{history}"); '
        'print(c.execute("SELECT decision, state FROM approvals, tool_runs").fetchall())\''
    )
    fake = core.provider([tool("shell", {"command": look})], [text("Done.")])
    events = [*core.graff(fake, mode="full", approver=Scripted("accept")).chat("go")]
    assert "[('accept', 'started')]" in results_of(events)[0]
    assert kept(core.home, "SELECT state FROM tool_runs") == [("finished",)]


def test_what_was_decided_is_kept(core: Core) -> None:
    fake = core.provider([tool("shell", {"command": "true"})], [text("Done.")])
    approver = Scripted(Decision("decline", "not on a Friday"))
    assert [*core.graff(fake, approver=approver).chat("go")]
    ((decision, reason, by, digest),) = kept(
        core.home, "SELECT decision, reason, by, digest FROM approvals"
    )
    assert (decision, reason, by) == ("decline", "not on a Friday", "person")
    assert digest == approver.requests[0].digest()
    assert kept(core.home, "SELECT count(*) FROM tool_runs") == [(0,)]


def test_events_and_entries_are_what_was_shown(core: Core) -> None:
    (core.workspace / "a").write_text("A\n")
    fake = core.provider(
        [reasoning("Hm."), text("Let me look."), tool("read", {"file_path": "a"}, "c")],
        [text("It says A.")],
    )
    events = [*core.graff(fake).chat("what does it say?")]
    of_kind = [kind for kind in types(events) if kind not in ("ConversationStarted",)]
    assert set(types(kept_events(core.home))) == set(of_kind)
    assert answer_of(kept_events(core.home)) == answer_of(events)
    assert kept_entries(core.home) == [
        ("prompt", "done", "what does it say?"),
        ("reasoning", "done", "Hm."),
        ("answer", "done", "Let me look."),
        ("tool", "done", results_of(events)[0]),
        ("answer", "done", "It says A."),
    ]


def test_usage_is_kept(core: Core) -> None:
    assert [*core.graff(core.provider([text("Yes.")])).chat("hi")]
    assert kept(core.home, "SELECT prompt_tokens, completion_tokens, cached_tokens FROM usage") == [
        (100, 20, 40)
    ]


@each_wire
def test_a_new_process_goes_on_with_everything(core: Core, wire: str) -> None:
    (core.workspace / "a").write_text("A\n")
    fake = core.provider(
        [reasoning("Hm."), text("Look:"), tool("read", {"file_path": "a"}, "c1")],
        [text("A.")],
        [tool("todo_write", {"todos": [{"content": "rest", "status": "pending"}]}, "c2")],
        [text("Noted.")],
        [text("As I said.")],  # having been reminded that it is open
        [text("Going on.")],
    )
    graff = core.graff(fake, wire)
    session = graff.session()
    assert [*session.send("read it")]
    assert [*session.send("note it")]
    before = graff.last_conversation()
    graff.close()
    again = core.graff(fake, wire)
    assert again.last_conversation() == before
    assert before is not None
    assert before["metrics"]["todos"][0]["content"] == "rest"
    assert answer_of(again.chat("go on", conversation_id=session.conversation_id)) == "Going on."
    sent, all_sent = turns_asked(fake)[-2], turns_asked(fake)[-1]
    name = "input" if wire == "responses" else "messages"
    plain = [strip_marks(m) for m in sent[name]]
    assert [strip_marks(m) for m in all_sent[name]][: len(plain)] == plain
    assert calls_and_results(all_sent) == (["c1", "c2"], ["c1", "c2"])


def strip_marks(value: Any) -> Any:
    """Without the marks that say what is cached: they move on."""
    if isinstance(value, dict):
        return {k: strip_marks(v) for k, v in value.items() if k != "cache_control"}
    return [strip_marks(item) for item in value] if isinstance(value, list) else value


@each_wire
def test_another_model_goes_on_with_it(core: Core, wire: str) -> None:
    others = {"chat": "anthropic", "responses": "chat", "anthropic": "responses"}
    first = core.provider([reasoning("Hm."), tool("todo_read", {}, "c1")], [text("One.")])
    second = core.provider([text("Two.")])
    graff = core.graff(first, wire)
    begun = played(graff.chat("first"))
    graff.close()
    assert answer_of(core.graff(second, others[wire]).chat("x")) == "Two."
    third = core.provider([text("Three.")])
    from corestage import WIRES

    graff = core.graff(third, others[wire])
    events = graff.chat("third", conversation_id=begun, provider=WIRES[others[wire]][0], model="m2")
    assert answer_of(events) == "Three."
    assert calls_and_results(turns_asked(third)[0]) == (["c1"], ["c1"])


# -- the person's own commands ---------------------------------------------------------------


def test_a_command_of_ones_own_is_told_to_the_model(core: Core) -> None:
    fake = core.provider([text("I see.")])
    graff = core.graff(fake)
    events = [*graff.run_command("echo mine; exit 3")]
    assert types(events) == [
        "ConversationStarted",
        "PromptSubmitted",
        "ToolCallStart",
        "ToolInput",
        "CheckpointTaken",
        "ToolProgress",
        "ToolCallEnd",
        "TaskComplete",
    ]
    assert fake.requests == []
    begun = events[0].data["conversationId"]
    assert kept(core.home, "SELECT title, provider, model FROM conversations") == [
        ("!echo mine; exit 3", "", "")
    ]
    assert answer_of(graff.chat("what was that?", conversation_id=begun)) == "I see."
    assert "I ran this command myself" in str(turns_asked(fake)[0])
    assert "mine" in str(turns_asked(fake)[0])
    assert kept(core.home, "SELECT provider, model FROM conversations") == [
        ("openai_compatible", "fake-model")
    ]


def test_a_command_of_ones_own_that_cannot_be_run(core: Core) -> None:
    graff = core.graff(core.provider())
    events = [*graff.run_command("# nothing")]
    assert events[-1].type == "TaskComplete"
    assert "nothing but white space or comments" in results_of(events)[0]
    with pytest.raises(ValueError, match="invalid options — command is empty"):
        next(graff.run_command(" "))


# -- one conversation, several who want it ---------------------------------------------------


def test_many_conversations_at_the_same_time(core: Core) -> None:
    everybody = threading.Barrier(8)

    def answer(body: dict[str, Any]) -> list[dict[str, Any]]:
        prompt = body["messages"][1]["content"]
        if len(body["messages"]) == 2:
            everybody.wait(20)  # until all of them are being answered
            return [text(f"I am {prompt}. "), tool("shell", {"command": f"echo ran {prompt}"})]
        return [text(f"Bye {prompt}.")]

    graff = core.graff(core.provider(handler=answer), approver=Scripted("accept"))
    follows = {f"number {n}": Following(graff.chat(f"number {n}")) for n in range(8)}
    for prompt, following in follows.items():
        events = following.end(30)
        assert answer_of(events) == f"I am {prompt}. Bye {prompt}."
        assert f"ran {prompt}\n" in results_of(events)[0]
        assert events[-1].type == "TaskComplete"
    assert len({following.conversation_id for following in follows.values()}) == 8
    assert kept(core.home, "SELECT DISTINCT state FROM turns") == [("done",)]
    for row in graff.list_conversations():
        assert {row["title"]} == {
            m["text"]["content"]
            for m in row["context"]["messages"]
            if "text" in m and m["text"]["role"] == "User"
        }


def test_a_conversation_that_is_busy(core: Core) -> None:
    fake = core.provider([text("Hello"), {"hang": True}], [text("x")])
    graff = core.graff(fake)
    events = Following(graff.chat("hi"))
    events.text("Hello")
    with pytest.raises(ConversationBusyError, match="a turn of this conversation is running"):
        next(graff.chat("me too", conversation_id=events.conversation_id))
    with pytest.raises(ConversationBusyError):
        graff.delete_conversation(events.conversation_id)
    core.stop(events)
    assert len(turns_asked(fake)) == 1
    assert answer_of(graff.chat("now?", conversation_id=events.conversation_id)) == "x"


def test_a_conversation_that_was_taken_over(core: Core, tmp_path: Path) -> None:
    gate = tmp_path / "taken"
    fake = core.provider([text("Hello"), until(gate), text(" again")], [text("Mine now.")])
    graff = core.graff(fake)
    events = Following(graff.chat("hi"))
    events.text("Hello")
    other = core.graff(fake)
    other.store.take_over(events.conversation_id)
    taken = [*other.chat("mine", conversation_id=events.conversation_id)]
    assert answer_of(taken) == "Mine now."
    gate.touch()
    with pytest.raises(TurnFailedError, match="taken over"):
        events.end()
    assert events.events[-1].type == "TurnFailed"
    assert kept(core.home, "SELECT state FROM turns ORDER BY id") == [("lost",), ("done",)]


def test_a_history_that_cannot_be_written_sends_nothing(core: Core) -> None:
    fake = core.provider([text("Hello")])
    graff = core.graff(fake)
    database = core.home / "data" / "history.db"
    database.rename(database.with_name("elsewhere.db"))
    with pytest.raises(StoreError, match="was removed or replaced"):
        next(graff.chat("hi"))
    database.with_name("elsewhere.db").rename(database)
    assert fake.requests == []


def test_no_file_is_for_others(core: Core) -> None:
    (core.workspace / "a").write_text("A\n")
    fake = core.provider(
        [tool("read", {"file_path": "a"})],
        [tool("patch", {"file_path": "a", "old_string": "A", "new_string": "B"})],
        [tool("shell", {"command": "seq 100000"})],
        [text("Done.")],
    )
    assert [*core.graff(fake, approver=Scripted("accept")).chat("go")][-1] == AgentEvent(
        "TaskComplete"
    )
    found = [core.home, *core.home.rglob("*")]
    assert len(found) > 5
    for path in found:
        assert path.stat().st_mode & 0o077 == 0, path
    assert files_holding(core.home, "99999")
    assert of_type(kept_events(core.home), "FileChanged")
