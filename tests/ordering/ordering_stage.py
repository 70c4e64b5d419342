"""Conversations as a turn of the core writes them, and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grafftui import events
from grafftui.entries import Entry
from grafftui.events import AgentEvent
from grafftui.history import Store, TurnRecorder
from grafftui.history.blobs import INLINE
from grafftui.history.compacting import CompactionPlan
from grafftui.history.context_rows import Fate, units
from grafftui.history.folding import EVENTS_OF_TURN, fold, stored_entry, stored_event, stored_object
from grafftui.settings.paths import Paths


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths.from_environment({"GRAFFTUI_HOME": str(home)})


@pytest.fixture
def store(paths: Paths) -> Iterator[Store]:
    with Store.open(paths) as store:
        yield store


def new_conversation(store: Store, workspace: str = "/w", title: str | None = None) -> str:
    return store.create_conversation(
        workspace=workspace,
        backend="graff",
        agent="forge",
        provider="openai_compatible",
        model="fake-model",
        title=title,
    )


def begun(store: Store, title: str, workspace: str = "/w") -> str:
    """A conversation in which something was said."""
    conversation_id = new_conversation(store, workspace, title)
    say(store, conversation_id, "hello", Answer("Hi."))
    return conversation_id


@dataclass(frozen=True)
class Answer:
    """What a model answers once.

    Attributes:
        retried: What a first attempt had said that failed.
        thought: Reasoning before the text.
        large: Whether its calls give so much that it is kept apart.
        calls: Ids of the calls it makes; one that begins with "no" is of a tool there is not.
        steered: What the person says while it is given.
        todos: What the first call sets.
    """

    text: str = ""
    retried: str = ""
    thought: str = ""
    calls: tuple[str, ...] = ()
    todos: tuple[str, ...] = ()
    large: bool = False
    steered: str = ""

    @property
    def output(self) -> str:
        """What its calls give; `large` is kept in a blob."""
        return "y" * (INLINE + 1) if self.large else "output"


@dataclass(frozen=True)
class Said:
    """A turn: a prompt, answers, and how it ends."""

    prompt: str
    answers: tuple[Answer, ...] = (Answer("fine"),)
    end: str = "done"
    notice: str = ""
    hanging: bool = field(default=False)


def say(store: Store, conversation_id: str, prompt: str, *answers: Answer) -> None:
    record(store, conversation_id, Said(prompt, answers))


def record(store: Store, conversation_id: str, said: Said) -> TurnRecorder:
    """Write a turn down as `core.Turn` does, in its order; `hanging` leaves it running."""
    recorder = store.begin_turn(conversation_id, said.prompt)
    if said.notice:
        recorder.record([events.notice("warning", said.notice)])
    for answer in said.answers:
        _record_answer(recorder, answer)
    if not said.hanging:
        if said.end == "done":
            recorder.record([events.task_complete()], durable=True)
        elif said.end == "interrupted":
            recorder.record([events.turn_interrupted()])
        else:
            recorder.record([events.turn_failed("it broke", "")])
        recorder.finish(said.end)  # type: ignore[arg-type]
    return recorder


def _record_answer(recorder: TurnRecorder, answer: Answer) -> None:
    if answer.retried:
        recorder.record([events.markdown(answer.retried)])
        recorder.record([events.retry_attempt("no", 1, 1, 2)])
    reasoning = []
    if answer.thought:
        recorder.record([events.reasoning(answer.thought)])
        reasoning = [{"text": answer.thought, "after_text": 0, "after_calls": 0}]
    said = None
    for word in answer.text.split(" ") if answer.text else ():
        recorder.record([events.markdown(word + " ")])
        if answer.steered and said is None:
            said = recorder.interject(answer.steered)
    text = f"{answer.text} " if answer.text else ""
    calls = [{"call_id": id, "name": _tool(id), "arguments": {}} for id in answer.calls]
    body = {"role": "assistant", "text": text, "tool_calls": calls, "reasoning": reasoning}
    recorder.add_message("assistant", body)
    recorder.record([AgentEvent("UsageReported", {"prompt_tokens": 1, "completion_tokens": 1})])
    if len(calls) > 1:
        recorder.record([events.tool_input(f"{len(calls)} calls", None, "info")])
    for at, id in enumerate(answer.calls):
        _record_call(recorder, id, answer, answer.todos if at == 0 else ())
    if said is not None:
        recorder.move_to_end(said[0])


def _record_call(recorder: TurnRecorder, id: str, answer: Answer, todos: tuple[str, ...]) -> None:
    known = _tool(id) == "shell"
    if known:
        recorder.record([events.tool_call_start("shell", id, {})])
        recorder.record([events.tool_input("Execute", "ls")])
        recorder.record([events.tool_progress(id, "out")])
    else:
        recorder.record([events.notice("warning", "a tool it does not have")])
    result = {"role": "tool", "call_id": id, "name": _tool(id), "text": answer.output}
    recorder.add_message("tool", {**result, "is_error": False})
    if known:
        report = [events.file_changed(id, "a", "modify", "diff", 1, 1)]
        if todos:
            report.append(events.todos_changed([_todo(words) for words in todos]))
        values = [{"text": answer.output}]
        report.append(events.tool_call_end("shell", id, is_error=False, values=values))
        recorder.record(report, durable=False)


def _tool(id: str) -> str:
    return "invented" if id.startswith("no") else "shell"


def _todo(words: str) -> dict[str, str]:
    return {"id": words, "content": words, "status": "pending"}


def compact(store: Store, conversation_id: str, keep: int = 2) -> bool:
    """Put a summary in the place of all but the last `keep` messages. False when there are none."""
    recorder = store.begin_turn(conversation_id, "")
    done = compact_in(store, recorder, keep)
    recorder.finish("done")
    return done


def compact_in(store: Store, recorder: TurnRecorder, keep: int = 2) -> bool:
    """The same, within a turn."""
    live = store.contexts.live(recorder.conversation_id)
    old = units(live)[: max(0, len(units(live)) - keep)]
    taken = [message for unit in old for message in unit if not message.pinned]
    if not taken:
        return False
    body = {"role": "user", "text": f"A summary of {len(taken)}."}
    fates: dict[int, Fate] = {message.id: "summarised" for message in taken}
    plan = CompactionPlan(fates, body, "person", "extractive", "", 9, 3, len(live), keep + 1)
    event = store.contexts.compact(recorder, plan)
    assert event.type == "Compacted"
    return True


# -- what is kept ----------------------------------------------------------------------------


def rows(store: Store, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return store._database.rows(sql, values)


def entries_of(store: Store, conversation_id: str) -> list[Entry]:
    """The rows of the entries, as they stand."""
    found = rows(
        store,
        "SELECT body, data FROM entries LEFT JOIN blobs ON sha256 = body"
        " WHERE entries.conversation_id = ? ORDER BY ordinal",
        conversation_id,
    )
    return [stored_entry(*row) for row in found]


def refolded(store: Store, conversation_id: str) -> list[Entry]:
    """The entries made again from the events, what is open at a turn's end closed."""
    made: list[Entry] = []
    for (turn,) in rows(
        store, "SELECT id FROM turns WHERE conversation_id = ? ORDER BY id", conversation_id
    ):
        found, folding = fold(map(stored_event, store._database.rows(EVENTS_OF_TURN, (turn,))))
        folding.abandon(0.0, "incomplete")
        made += found
    return made


def messages_of(store: Store, conversation_id: str) -> list[dict[str, Any]]:
    """Every message, live or not, as it stands."""
    found = rows(
        store,
        "SELECT body, data FROM messages LEFT JOIN blobs ON sha256 = body"
        " WHERE messages.conversation_id = ? ORDER BY messages.id",
        conversation_id,
    )
    return [stored_object(*row) for row in found]


def everything_of(store: Store, conversation_id: str) -> str:
    """All rows of a conversation, as one text, but for how far it is indexed."""
    kept = []
    entry = "id, ordinal, turn_id, kind, state, chars, lines, body"
    for table, where in (
        ("conversations", "id = :id"),
        ("turns", "conversation_id = :id"),
        ("events", "turn_id IN (SELECT id FROM turns WHERE conversation_id = :id)"),
        ("entries", "conversation_id = :id"),
        ("messages", "conversation_id = :id"),
        ("blobs", "conversation_id = :id"),
        ("compactions", "conversation_id = :id"),
        ("drafts", "conversation_id = :id"),
    ):
        columns = entry if table == "entries" else "*"
        sql = f"SELECT {columns} FROM {table} WHERE {where} ORDER BY rowid"
        kept.append(store._database.rows(sql, {"id": conversation_id}))
    return json.dumps(kept, default=repr)
