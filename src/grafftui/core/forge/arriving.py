"""A conversation of ForgeCode's written into the history, as if it had been held here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final

from grafftui import events
from grafftui.core.agents import DEFAULT_AGENT
from grafftui.core.forge.database import ForgeRow
from grafftui.core.forge.telling import Told, system_texts
from grafftui.core.redaction import redacted
from grafftui.history import Store
from grafftui.history.arriving import Arrival
from grafftui.history.portable import MESSAGES
from grafftui.models import Message
from grafftui.text import one_line

_TITLE_CELLS: Final = 100
_FOLDER: Final = re.compile(r"<current_working_directory>([^<\n]+)</current_working_directory>")
"""How ForgeCode's system prompt names it; the table has only a hash."""


def write(
    store: Store, row: ForgeRow, turns: list[Told], *, todos: Any, workspace: str, origin: str
) -> None:
    """Write all of a conversation, or nothing if it raises.

    Args:
        workspace: Real path of the folder it is to belong to.
        origin: Where it was found; the first turn says so.

    Raises:
        StoreError: It cannot be written.
    """
    with store.arrivals.one(row.id) as arrival:
        numbers = count(1)
        for number, turn in enumerate(turns, 1):
            _write_turn(arrival, row, number, turn, origin if number == 1 else "", numbers)
        arrival.finish(
            {
                "title": _title(row, turns),
                "workspace": workspace,
                "backend": "graff",
                "agent": DEFAULT_AGENT,
                "provider": "",
                "model": "",
                "state": "idle",
                "created_at": row.created_at,
                "updated_at": row.updated_at,
                "titled_by": "model" if row.title else "prompt",
                "context_version": 0,
                "token_ratio": 1.0,
                "todos": _todos(todos),
            }
        )


def folder_of(context: Mapping[str, Any]) -> str | None:
    """Real path of the folder a context speaks of, if it can be told and is there."""
    for text in system_texts(context):
        if found := _FOLDER.search(text):
            path = found.group(1).strip()
            if os.path.isabs(path) and path.isprintable() and os.path.isdir(path):
                return os.path.realpath(path)
    return None


def _write_turn(
    arrival: Arrival, row: ForgeRow, number: int, turn: Told, origin: str, numbers: Iterator[int]
) -> None:
    arrival.turn(
        {
            "number": number,
            "state": "done",
            "prompt": redacted(turn.prompt),
            "started_at": row.created_at,
            "ended_at": row.updated_at,
            "rewound": None,
            "by_agent": None,
            "by_model": one_line(turn.model, _TITLE_CELLS) or None,
            "unknown": [],
        }
    )
    before = [events.conversation_started(arrival.id)]
    after = [events.notice("info", origin)] if origin else []
    for event in (*before, *turn.events, *after, events.task_complete()):
        arrival.event(event.type, redacted(event.data), row.updated_at)
    for message, first, last in turn.messages:
        arrival.row(
            MESSAGES,
            {
                "number": next(numbers),
                "turn_id": number,
                "compaction": None,
                "place": None,
                "role": message.to_wire()["role"],
                "first_event": first and first + len(before),
                "last_event": last and last + len(before),
                "pinned": False,
                "body": _body(message),
            },
        )


def _body(message: Message) -> dict[str, Any]:
    """The message as it is kept: without secrets, but with its pictures as they are."""
    body = message.to_wire()
    pictures = body.pop("pictures", None)
    clean: dict[str, Any] = redacted(body)
    return {**clean, "pictures": pictures} if pictures else clean


def _title(row: ForgeRow, turns: list[Told]) -> str | None:
    said = row.title or next((turn.prompt for turn in turns if turn.prompt.strip()), "")
    return one_line(redacted(said).strip(), _TITLE_CELLS) or None


def _todos(todos: Any) -> list[dict[str, str]]:
    fields = ("id", "content", "status")
    return [
        {name: str(redacted(todo[name])) for name in fields}
        for todo in (todos if isinstance(todos, list) else ())
        if isinstance(todo, dict) and all(isinstance(todo.get(name), str) for name in fields)
    ]
