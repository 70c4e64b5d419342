"""Which rows of a conversation can leave the history and come into another, and what fits them.

Rows are told of each other by number, counted from 1 for each table of a conversation: what
arrives elsewhere gets other ids. Left out is what is no part of what was said: approvals, grants,
trust, modes, leases, checkpoints, drafts, marks of order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui.history.values import LARGEST_INTEGER

_LATEST: Final = 1e11
"""Unix seconds; beyond, no calendar can show them."""
_LONGEST_NAME: Final = 4096


@dataclass(frozen=True, slots=True)
class Fit:
    """What fits a column.

    Attributes:
        check: Gives a value as the column holds it. Raises `ValueError`, which says what is
            wrong with it.
        otherwise: What stands for a value that damage has left.
    """

    check: Callable[[Any], Any]
    otherwise: Any

    def mended(self, value: Any) -> Any:
        """`value` if it fits, else what stands for it."""
        try:
            return self.check(value)
        except ValueError:
            return self.otherwise


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")
    return value


def _name(value: Any) -> str:
    if len(_text(value)) > _LONGEST_NAME or not value.isprintable():
        raise ValueError("is no plain line of text")
    return str(value)


def _title(value: Any) -> str:
    if len(_text(value)) > _LONGEST_NAME:
        raise ValueError(f"is longer than {_LONGEST_NAME:,} characters")
    return str(value)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_INTEGER:
        raise ValueError("is no whole number from 0 on")
    return value


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("is no number")
    if not math.isfinite(value) or not 0 <= value <= LARGEST_INTEGER:
        raise ValueError("is no number from 0 on")
    return float(value)


def _time(value: Any) -> float:
    if _amount(value) > _LATEST:
        raise ValueError("is no time")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, (bool, int)) or value not in (0, 1):
        raise ValueError("is neither true nor false")
    return bool(value)


def _maybe(fit: Fit) -> Fit:
    return Fit(lambda value: None if value is None else fit.check(value), None)


def _one_of(*words: str, otherwise: str) -> Fit:
    def check(value: Any) -> str:
        if value not in words:
            raise ValueError(f"is none of {', '.join(words)}")
        return str(value)

    return Fit(check, otherwise)


TEXT: Final = Fit(_text, "")
NAME: Final = Fit(_name, "")
"""Text that fits in a line: an id, a path, a date."""
NUMBER: Final = Fit(_number, 0)
"""A whole number from 0 on."""
AMOUNT: Final = Fit(_amount, 0.0)
TIME: Final = Fit(_time, 0.0)
"""Unix seconds."""
FLAG: Final = Fit(_flag, False)
"""Yes or no; SQLite says 1 or 0."""


@dataclass(frozen=True, slots=True)
class Table:
    """What of a table is portable.

    Attributes:
        kind: What a record of it is called.
        name: The table's.
        fields: Column → what fits it.
        links: Column → kind of the record it names, by id.
        needed: Those of `links` that must name one.
        owned: Whether its rows name the conversation itself.
        rows: The condition for the conversation's rows, and their order.
        id: The column others name a row by.
        body: The column that holds a JSON object, as text or as a blob's name; "" for none.
    """

    kind: str
    name: str
    fields: Mapping[str, Fit]
    links: Mapping[str, str] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    owned: bool = False
    rows: str = ""
    id: str = "id"
    body: str = ""


_STATES: Final = _one_of(
    "idle", "running", "waiting", "done", "failed", "interrupted", "lost", otherwise="lost"
)
_OF_TURNS: Final = "turn_id IN (SELECT id FROM turns WHERE conversation_id = :id) ORDER BY id"

CONVERSATION: Final[Mapping[str, Fit]] = {
    "title": _maybe(Fit(_title, None)),
    "workspace": NAME,
    "backend": NAME,
    "agent": NAME,
    "provider": NAME,
    "model": NAME,
    "state": _STATES,
    "created_at": TIME,
    "updated_at": TIME,
    "titled_by": _one_of("prompt", "model", "person", otherwise="prompt"),
    "context_version": NUMBER,
    "token_ratio": AMOUNT,
}

TURNS: Final = Table(
    "turn",
    "turns",
    {
        "state": _one_of("running", "done", "failed", "interrupted", "lost", otherwise="lost"),
        "prompt": TEXT,
        "started_at": TIME,
        "ended_at": _maybe(TIME),
        "rewound": _maybe(NUMBER),
        "by_agent": _maybe(NAME),
        "by_model": _maybe(NAME),
    },
    owned=True,
    rows="conversation_id = :id ORDER BY id",
)
COMPACTIONS: Final = Table(
    "compaction",
    "compactions",
    {
        "by": _one_of("auto", "person", otherwise="auto"),
        "summariser": _one_of("extractive", "model", otherwise="extractive"),
        "instructions": TEXT,
        "generated": TEXT,
        "tokens_before": NUMBER,
        "tokens_after": NUMBER,
        "messages_before": NUMBER,
        "messages_after": NUMBER,
        "undone": FLAG,
        "at": TIME,
    },
    {"turn_id": "turn"},
    needed=("turn_id",),
    owned=True,
    rows="conversation_id = :id ORDER BY number",
)
MESSAGES: Final = Table(
    "message",
    "messages",
    {
        "role": _one_of("user", "assistant", "tool", otherwise="user"),
        "first_event": NUMBER,
        "last_event": NUMBER,
        "pinned": FLAG,
    },
    {"turn_id": "turn", "compaction": "compaction", "place": "message"},
    needed=("turn_id",),
    owned=True,
    rows="conversation_id = :id ORDER BY id",
    body="body",
)
COMPACTED: Final = Table(
    "compacted",
    "compacted",
    {"fate": _one_of("summarised", "dropped", otherwise="summarised"), "put_back": FLAG},
    {"compaction_id": "compaction", "message_id": "message"},
    needed=("compaction_id", "message_id"),
    rows="compaction_id IN (SELECT id FROM compactions WHERE conversation_id = :id)"
    " ORDER BY (SELECT number FROM compactions WHERE id = compaction_id), message_id",
    id="rowid",
)
USAGE: Final = Table(
    "usage",
    "usage",
    {
        "provider": NAME,
        "model": NAME,
        "agent": NAME,
        "purpose": NAME,
        "prompt_tokens": NUMBER,
        "completion_tokens": NUMBER,
        "cached_tokens": NUMBER,
        "cache_write_tokens": NUMBER,
        "cost": _maybe(AMOUNT),
        "prompt_cost": _maybe(AMOUNT),
        "price_source": NAME,
        "price_date": NAME,
        "context_window": _maybe(NUMBER),
        "context_version": NUMBER,
        "estimated": FLAG,
        "at": TIME,
    },
    {"turn_id": "turn"},
    needed=("turn_id",),
    rows=_OF_TURNS,
)
TOOL_RESULTS: Final = Table(
    "tool_result",
    "tool_results",
    {"call_id": TEXT, "tool": TEXT, "tokens": NUMBER},
    {"turn_id": "turn", "usage_id": "usage", "message_id": "message"},
    needed=("turn_id", "message_id"),
    rows=_OF_TURNS,
)

TABLES: Final = (TURNS, COMPACTIONS, MESSAGES, COMPACTED, USAGE, TOOL_RESULTS)
"""In an order in which each names only rows of those before it, or earlier ones of its own. The
events of turns come with their turns."""
