"""Things that are said, and what is found of them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from grafftui import events
from grafftui.events import AgentEvent
from grafftui.history import Store
from grafftui.history.search import Hit, parse_query

NOW = time.mktime((2026, 3, 14, 15, 0, 0, 0, 0, -1))
"""Saturday, 14 March 2026, three in the afternoon where the test runs."""


class Clock:
    """Tells the Unix seconds it was set to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def opened(
    store: Store,
    *,
    title: str | None = None,
    workspace: str = "/home/ada/shop",
    backend: str = "graff",
    agent: str = "forge",
    provider: str = "anthropic",
    model: str = "claude-opus-4-7",
) -> str:
    return store.create_conversation(
        workspace=workspace,
        backend=backend,
        agent=agent,
        provider=provider,
        model=model,
        title=title,
    )


def say(store: Store, id: str, prompt: str, *more: AgentEvent) -> None:
    turn = store.begin_turn(id, prompt)
    turn.record([*more, events.task_complete()])
    turn.finish("done")


def said(store: Store, prompt: str, *more: AgentEvent, **about: Any) -> str:
    """A conversation in which one thing was said, indexed. Its id."""
    id = opened(store, **about)
    say(store, id, prompt, *more)
    store.search_index.catch_up()
    return id


def call(
    name: str, arguments: object, output: str = "", *, diff: str = "", is_error: bool = False
) -> list[AgentEvent]:
    """A tool call from start to end."""
    changed = [events.file_changed("c", "?", "modified", diff, 1, 1)] if diff else []
    values = [{"text": output}]
    return [
        events.tool_call_start(name, "c", arguments),
        *changed,
        events.tool_call_end(name, "c", is_error=is_error, values=values),
    ]


def hits(store: Store, query: str, **options: Any) -> list[Hit]:
    return store.search(parse_query(query, now=NOW), **options)


def found(store: Store, query: str) -> list[tuple[str, int]]:
    """Conversation and ordinal of each hit."""
    return [(hit.conversation.id, hit.entry) for hit in hits(store, query)]


def shown(hit: Hit) -> str:
    """The snippet, what matches in brackets."""
    return "".join(f"[{text}]" if matches else text for text, matches in hit.snippet)


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def rows(store: Store, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    return store._database.rows(sql, values)


def index_of(store: Store) -> tuple[list[Any], list[Any]]:
    """All the index holds: its rows, and each word with where it stands. It is sound."""
    with closing(sqlite3.connect(store.paths.database)) as file:
        file.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        file.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, search, instance)")
        documents = file.execute("SELECT rowid, * FROM search ORDER BY rowid").fetchall()
        words = file.execute("SELECT term, doc, col, offset FROM words").fetchall()
        return documents, sorted(words)
