"""Conversations as turns write them, and their exports."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grafftui import events
from grafftui.entries import Entry
from grafftui.events import AgentEvent
from grafftui.exports.exporting import FORMATS, passage
from grafftui.exports.importing import Imported, import_conversation
from grafftui.history import Store
from grafftui.history.reader import Reader
from grafftui.settings.paths import Paths
from grafftui.ui.picture_app import draw_picture

DIFF = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-old\n--- y\n+new\n+++ z\n"
REQUEST = {"kind": "command", "tool": "shell", "subject": "ls", "command": "ls"}


def store_at(folder: Path) -> Store:
    return Store.open(Paths.from_environment({"GRAFFTUI_HOME": str(folder)}))


def new_conversation(store: Store, title: str | None = "Logout", workspace: str = "/w") -> str:
    return store.create_conversation(
        workspace=workspace, backend="graff", agent="forge", provider="p", model="m", title=title
    )


def call(call_id: str) -> dict[str, Any]:
    return {"call_id": call_id, "name": "shell", "arguments": {"command": "ls"}, "signature": None}


def full_turn(store: Store, conversation_id: str, prompt: str, said: str, output: str) -> None:
    """A turn with all that turns have: thoughts, a call that was asked for, a diff, costs."""
    recorder = store.begin_turn(conversation_id, prompt)
    recorder.record([events.reasoning("Hm."), events.markdown(said)])
    reasoning = {"text": "Hm.", "signature": "s", "data": None, "id": None, "format": None}
    thought = {**reasoning, "after_text": 0, "after_calls": 0}
    recorder.add_message(
        "assistant",
        {
            "role": "assistant",
            "text": said,
            "reasoning": [thought],
            "tool_calls": [call("c")],
            "provider": "p",
            "model": "m",
        },
    )
    question = {"reasons": ["runs a command"]}
    recorder.record(
        [
            events.tool_call_start("shell", "c", {"command": "ls"}),
            events.tool_input("Execute", "ls"),
            events.approval_requested("r", "c", REQUEST, question),
        ]
    )
    recorder.approval("r", REQUEST, "digest", "accept", "go on", "person")
    recorder.tool_intent("c", "shell", "digest")
    recorder.record(
        [
            events.approval_resolved("r", "c", "accept", reason="go on", by="person"),
            events.tool_progress("c", output),
            events.file_changed("c", "/w/x", "modify", DIFF, 2, 2),
            events.tool_call_end("shell", "c", is_error=False, values=[{"text": output}]),
            events.todos_changed([{"id": "1", "content": "rest", "status": "pending"}]),
        ]
    )
    result = {"role": "tool", "call_id": "c", "name": "shell", "text": output, "is_error": False}
    recorder.add_message("tool", result)
    spent = {"prompt_tokens": 100, "completion_tokens": 20, "cached_tokens": 40, "cost": 0.25}
    recorder.usage({**spent, "estimated": False, "context_window": 1000})
    recorder.record([events.markdown("Done."), events.task_complete()], durable=True)
    recorder.add_message("assistant", {"role": "assistant", "text": "Done."})
    recorder.finish("done")


def told(store: Store, seen: Sequence[AgentEvent], prompt: str = "p") -> str:
    """A conversation of one turn, in which `seen` happens."""
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, prompt)
    recorder.record(seen)
    recorder.finish("done")
    return conversation_id


def exported(store: Store, conversation_id: str, format: str) -> str:
    with passage(store, conversation_id) as found:
        if format == "svg":
            entries = [entry for _, entry in found.entries()]
            return "".join(draw_picture(entries, range(len(entries)), found.title))
        return "".join(FORMATS[format].write(found))


def imported(store: Store, text: str, **options: Any) -> Imported:
    return import_conversation(store, io.BytesIO(text.encode("utf-8", "surrogatepass")), **options)


def rows(store: Store, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return store._database.rows(sql, values)


async def entries_of(store: Store, conversation_id: str) -> list[Entry]:
    async with await Reader.open(store.paths) as reader:
        return await reader.entries(conversation_id, 0, 100_000)


def wires(entries: list[Entry]) -> list[dict[str, Any]]:
    return [entry.to_wire() for entry in entries]
