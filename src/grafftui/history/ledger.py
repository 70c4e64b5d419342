"""What requests and results of tools take, written down; and what may be spent.

`usage` has a row for each request, and goes with its conversation. `spending` adds up by day what
was spent here: it still knows of what was deleted, and nothing of what was imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, Final, Literal

from grafftui.history.blobs import Statement
from grafftui.history.calls import WITH_CALLED
from grafftui.history.database import Database
from grafftui.history.third_schema import ADD_UP, SUM_UP
from grafftui.history.values import count, number, plain

Writing = Callable[..., AbstractContextManager[Connection]]
"""Begins a transaction; `durable=False` for one that need not outlive a power failure."""

Purpose = Literal["turn", "title", "compaction", "commit", "suggestion"]
"""What a request was for: to answer a prompt, to find a title, to summarise, to write a commit's
message, to suggest a command."""

Unit = Literal["dollars", "tokens"]

_USAGE: Final = """
INSERT INTO usage (turn_id, provider, model, agent, purpose, prompt_tokens, completion_tokens,
                   cached_tokens, cache_write_tokens, cost, prompt_cost, price_source, price_date,
                   context_window, context_version, estimated, at)
SELECT :turn, coalesce(:provider, provider), coalesce(:model, model), coalesce(:agent, agent),
       :purpose, :prompt_tokens, :completion_tokens, :cached_tokens, :cache_write_tokens,
       :cost, :prompt_cost, :price_source, :price_date, :context_window, context_version,
       :estimated, :at
FROM conversations WHERE id = :conversation"""
_ADD_UP_USAGE: Final = ADD_UP.format("usage.id = last_insert_rowid()")
_SPEND: Final = (
    """
INSERT INTO spending (day, provider, model, workspace, agent, purpose, requests, prompt_tokens,
                      completion_tokens, cached_tokens, cache_write_tokens, cost, unpriced)
VALUES (coalesce(date(:at, 'unixepoch', 'localtime'), ''), coalesce(:provider, ''),
        coalesce(:model, ''), :workspace, coalesce(:agent, ''), :purpose, 1, :prompt_tokens,
        :completion_tokens, :cached_tokens, :cache_write_tokens, coalesce(:cost, 0), :cost IS NULL)
"""
    + SUM_UP
)

_TOOL_RESULT: Final = """
INSERT INTO tool_results (turn_id, call_id, tool, usage_id, message_id, tokens)
SELECT :turn, :call_id, :tool,
       (SELECT max(id) FROM usage WHERE turn_id = :turn AND purpose = 'turn'),
       last_insert_rowid(), :tokens"""

CONVERSATION_SPENT: Final = (
    WITH_CALLED
    + """
SELECT total(cost), total(prompt_tokens + completion_tokens), count(*) - count(cost)
FROM called JOIN turns ON conversation_id = called.id JOIN usage ON usage.turn_id = turns.id"""
)
DAY_SPENT: Final = """
SELECT total(cost), total(prompt_tokens + completion_tokens), total(unpriced)
FROM spending WHERE day = ?"""
TODAY: Final = "SELECT date(?, 'unixepoch', 'localtime')"

_LAST_REQUEST: Final = """
SELECT usage.provider, usage.model, prompt_tokens, usage.context_window,
       NOT estimated AND usage.context_version = conversations.context_version
FROM conversations JOIN turns ON conversation_id = conversations.id
     JOIN usage ON turn_id = turns.id
WHERE conversations.id = ? AND purpose = 'turn' ORDER BY turns.id DESC, usage.id DESC LIMIT 1"""
_LAST_TURN: Final = "SELECT max(id) FROM turns WHERE conversation_id = ?"
_LIMITS: Final = "SELECT unit, amount FROM budget_limits WHERE scope = ?"
_SET_LIMIT: Final = "INSERT OR REPLACE INTO budget_limits VALUES (?, ?, ?)"
_NOTE: Final = "INSERT OR IGNORE INTO budget_notices VALUES (?, ?)"

_CHARACTERS_PER_TOKEN: Final = 4
_TOKENS_PER_PICTURE: Final = 1_500
"""What providers count for a picture of full size."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used up.

    Attributes:
        dollars: Of the requests whose price is known.
        tokens: Sent and answered, cached or not.
        unpriced: Requests whose price is not known.
    """

    dollars: float
    tokens: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class LastRequest:
    """The latest request of a conversation.

    Attributes:
        prompt_tokens: What it sent, as the provider counted it, or estimated.
        context_window: What fits into the model; None when not known.
        counts: Whether the provider counted, and all that was sent is in the context still.
    """

    provider: str
    model: str
    prompt_tokens: int
    context_window: int | None
    counts: bool


class Ledger:
    """Made by `Store`. Every method may raise `StoreError`."""

    def __init__(self, database: Database, writing: Writing, clock: Callable[[], float]) -> None:
        self._database = database
        self._writing = writing
        self._clock = clock

    def charge(
        self, conversation_id: str, purpose: Purpose, data: Mapping[str, Any], workspace: str = ""
    ) -> None:
        """Commit a request that no turn made; `data` as `TurnRecorder.usage` takes it.

        It counts for the conversation's latest turn; without one for the day, in `workspace`.
        """
        with self._writing(durable=False) as connection:
            (turn,) = connection.execute(_LAST_TURN, (conversation_id,)).fetchone()
            kept, added = usage_row({**data, "purpose": purpose}, self._clock())
            if turn is None:
                connection.execute(_SPEND, kept[1] | {"workspace": workspace})
                return
            own = {"turn": turn, "conversation": conversation_id}
            for sql, values in (kept, added):
                connection.execute(sql, values | own)

    def today(self) -> str:
        """The day it is where the person is: "2026-11-21"."""
        return str(self._database.rows(TODAY, (self._clock(),))[0][0])

    def spent_in(self, conversation_id: str) -> Spent:
        """What a conversation has used up, its sub-agents included."""
        return spent(self._database.rows(CONVERSATION_SPENT, (conversation_id,)))

    def spent_on(self, day: str) -> Spent:
        """What all conversations together have used up on a day, those deleted included."""
        return spent(self._database.rows(DAY_SPENT, (day,)))

    def last_request(self, conversation_id: str) -> LastRequest | None:
        """The latest request for an answer, or None."""
        rows = self._database.rows(_LAST_REQUEST, (conversation_id,))
        if not rows:
            return None
        provider, model, tokens, window, counts = rows[0]
        return LastRequest(provider, model, tokens, window, bool(counts))

    def limits(self, scope: str) -> dict[Unit, float]:
        """What was set by `set_limit`."""
        return dict(self._database.rows(_LIMITS, (scope,)))

    def set_limit(self, scope: str, unit: Unit, amount: float) -> None:
        """Let so much be spent in a conversation, or on a day, whatever the settings say.

        Args:
            scope: A conversation's id, or a day.
        """
        with self._writing() as connection:
            connection.execute(_SET_LIMIT, (scope, unit, amount))

    def is_first(self, scope: str, about: str) -> bool:
        """Whether it is the first time that this is asked, in whatever process."""
        with self._writing(durable=False) as connection:
            return connection.execute(_NOTE, (scope, plain(about))).rowcount > 0


def spent(rows: list[Any]) -> Spent:
    """The sum in the row of `CONVERSATION_SPENT` or `DAY_SPENT`."""
    dollars, tokens, unpriced = rows[0]
    return Spent(float(dollars), int(tokens), int(unpriced))


def usage_row(data: Mapping[str, Any], at: float) -> tuple[Statement, Statement]:
    """What writes down a request; `data` is what `TurnRecorder.usage` takes.

    Who is not named in it is the conversation's own. Two statements, which need `:turn` and
    `:conversation`.
    """
    counts = ("prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens")
    window = data.get("context_window")
    values = {
        **{name: count(data.get(name)) for name in counts},
        **{name: _text_or_none(data.get(name)) for name in ("provider", "model", "agent")},
        "cost": number(data.get("cost")),
        "prompt_cost": number(data.get("prompt_cost")),
        "price_source": str(data.get("price_source") or "unknown"),
        "price_date": str(data.get("price_date") or ""),
        "purpose": str(data.get("purpose") or "turn"),
        "context_window": None if window is None else count(window),
        "estimated": bool(data.get("estimated")),
        "at": at,
    }
    return (_USAGE, values), (_ADD_UP_USAGE, {})


def tool_result(body: Mapping[str, Any]) -> Statement:
    """What writes down what a tool's message adds to prompts, right after the message is."""
    pictures = body.get("pictures") or ()
    written = -(-len(str(body.get("text") or "")) // _CHARACTERS_PER_TOKEN)
    values = {
        "call_id": plain(str(body.get("call_id") or "")),
        "tool": plain(str(body.get("name") or "")),
        "tokens": written + _TOKENS_PER_PICTURE * len(pictures),
    }
    return _TOOL_RESULT, values


def _text_or_none(value: Any) -> str | None:
    return plain(str(value)) if value else None
