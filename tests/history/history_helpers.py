"""What several tests of the history do."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from grafftui import events
from grafftui.history import Store, TurnRecorder
from grafftui.history.reader import Reader

Start = Callable[..., "subprocess.Popen[bytes]"]
"""Starts a child of `history_children.py`: role, arguments."""


def new_conversation(store: Store, workspace: str = "/w", title: str | None = None) -> str:
    return store.create_conversation(
        workspace=workspace, backend="graff", agent="forge", provider="p", model="m", title=title
    )


def rows(store: Store, sql: str, values: object = ()) -> list[tuple[object, ...]]:
    return store._database.rows(sql, values)  # type: ignore[arg-type]


def call_message(*call_ids: str) -> dict[str, object]:
    calls = [{"call_id": call_id, "name": "shell", "arguments": {}} for call_id in call_ids]
    return {"role": "assistant", "text": "", "tool_calls": calls}


def result_message(call_id: str, text: str = "output") -> dict[str, object]:
    return {"role": "tool", "call_id": call_id, "name": "shell", "text": text, "is_error": False}


def run_turn(store: Store, conversation_id: str, prompt: str, answer: str) -> TurnRecorder:
    recorder = store.begin_turn(conversation_id, prompt)
    recorder.record([events.markdown(answer)])
    recorder.add_message("assistant", {"role": "assistant", "text": answer})
    recorder.record([events.task_complete()], durable=True)
    recorder.finish("done")
    return recorder


async def transcript(store: Store, conversation_id: str) -> list[tuple[str, str, str]]:
    """Kind, state and text of every entry."""
    async with await Reader.open(store.paths) as reader:
        entries = await reader.entries(conversation_id, 0, 1_000_000)
    return [(entry.kind, entry.state, entry.text) for entry in entries]


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.002)
