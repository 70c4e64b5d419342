"""Conversations in the history, before the app opens it or beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from grafftui import events
from grafftui.entries import Entry, ToolCard
from grafftui.events import AgentEvent
from grafftui.history import Store
from grafftui.settings.paths import Paths
from grafftui.ui.transcript import TranscriptView
from session.session_stage import Session


async def until(pilot: Pilot[Any], holds: Callable[[], object]) -> None:
    """Let the app run until something holds."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        await pilot.pause(0.01)


def paths() -> Paths:
    return Paths.from_environment()


def keep(workspace: Path | str, title: str, *turns: tuple[str, Iterable[AgentEvent]]) -> str:
    """Write a conversation of these prompts and what followed each, and index it; its id."""
    with Store.open(paths()) as store:
        conversation_id = store.create_conversation(
            workspace=str(workspace), backend="graff", agent="forge",
            provider="openai_compatible", model="fake-model", title=title,
        )  # fmt: skip
        for prompt, happened in turns:
            recorder = store.begin_turn(conversation_id, prompt)
            recorder.record([*happened, events.task_complete()], durable=True)
            recorder.finish("done")
        store.search_index.catch_up()
    return conversation_id


def said(prompt: str, answer: str) -> tuple[str, list[AgentEvent]]:
    """A turn of a prompt and an answer."""
    return prompt, [events.markdown(answer)]


def done(kind: str, text: str, tool: ToolCard | None = None) -> Entry:
    """An entry that is over."""
    return Entry(kind, text, state="done", tool=tool, started_at=1.0, ended_at=2.0)  # type: ignore[arg-type]


def called(number: int, output: str) -> list[AgentEvent]:
    """A tool call that was done."""
    return [
        events.tool_call_start("shell", str(number), {"command": f"step {number}"}),
        events.tool_input("Execute", f"step {number}"),
        events.tool_call_end("shell", str(number), is_error=False, values=[{"text": output}]),
    ]


def long_conversation(workspace: Path | str, calls: int) -> str:
    """One of so many tool calls, each with some output that says which it is."""
    lines = "a line of output\n" * 9
    happened = [
        event
        for number in range(calls)
        for event in called(number, f"{lines}it is number {number}, done\n")
    ]
    return keep(workspace, "A long one", ("go", happened))


def row_of(session: Session, title: str) -> object:
    """The conversation in the list."""
    return next(row for row in session.screen.rows if row.title == title)


def view(session: Session) -> TranscriptView:
    return session.screen.drawn.transcript


def marked(session: Session) -> list[str]:
    """What is marked as the current match on screen."""
    current = view(session)._palette["found-current"]
    return [
        segment.text
        for strip in view(session)._frame
        for segment in strip
        if segment.style == current
    ]
