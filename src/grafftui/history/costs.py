"""What was spent, as the screen and scripts read it: by day, model, project, turn, tool call."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final, Literal

from grafftui.history.ledger import CONVERSATION_SPENT, DAY_SPENT, Spent, spent

Rows = Callable[[str, Sequence[Any]], Awaitable[list[Any]]]
"""Reads the rows of a query."""

By = Literal["day", "model", "project", "agent", "purpose"]

_KEYS: Final[dict[By, str]] = {
    "day": "day",
    "model": "provider || '/' || model",
    "project": "workspace",
    "agent": "agent",
    "purpose": "purpose",
}
_SPENDING: Final = """
SELECT {0}, total(requests), total(prompt_tokens), total(completion_tokens), total(cached_tokens),
       total(cache_write_tokens), total(cost), total(unpriced)
FROM spending WHERE day >= ? GROUP BY 1
ORDER BY total(cost) DESC, total(prompt_tokens + completion_tokens) DESC, 1"""
_TURNS: Final = """
SELECT id, substr(prompt, 1, 200), state, started_at, rewound IS NOT NULL FROM turns
WHERE conversation_id = ? ORDER BY id"""
_REQUESTS: Final = """
SELECT usage.id, turn_id, usage.provider || '/' || usage.model, agent, purpose, price_source,
       price_date, estimated, prompt_cost, prompt_tokens, completion_tokens, cached_tokens,
       cache_write_tokens, cost
FROM turns JOIN usage ON turn_id = turns.id WHERE conversation_id = ? ORDER BY usage.id"""
_RESULTS: Final = """
SELECT turn_id, call_id, tool, usage_id, tokens,
       (SELECT min(compactions.turn_id)
        FROM compacted JOIN compactions ON compactions.id = compaction_id
        WHERE compacted.message_id = tool_results.message_id AND NOT undone AND NOT put_back)
FROM turns JOIN tool_results ON turn_id = turns.id
WHERE conversation_id = ? ORDER BY tool_results.id"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Tokens and money of some requests.

    Attributes:
        prompt_tokens: Everything sent, cached or not.
        cached_tokens: The part of `prompt_tokens` read from providers' caches.
        cache_write_tokens: The part newly written to them.
        cost: US dollars, of the requests whose price is known.
        unpriced: The number of the others.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        """Sent and answered."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def cached_share(self) -> float:
        """How much of what was sent came from a cache, 0 to 1."""
        return self.cached_tokens / self.prompt_tokens if self.prompt_tokens else 0.0

    @property
    def known_cost(self) -> float | None:
        """US dollars; None when there were requests and no price is known of any."""
        return None if self.unpriced and self.unpriced == self.requests else self.cost

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.cost + other.cost,
            self.unpriced + other.unpriced,
        )

    def to_wire(self) -> dict[str, Any]:
        """JSON for scripts; `cost` is null when no price is known."""
        return {
            "requests": self.requests,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cached_tokens": self.cached_tokens,
            "cache_write_tokens": self.cache_write_tokens,
            "cached_share": round(self.cached_share, 4),
            "cost": self.known_cost,
            "unpriced_requests": self.unpriced,
        }


@dataclass(frozen=True, slots=True)
class ToolCost:
    """What a tool call's result has added to the prompts that came after it, estimated.

    Attributes:
        tokens: Of the result.
        sent: How many requests it went out with: each time it was paid for.
        cost: US dollars for that, at what a token of those prompts cost on average; None when
            their prices are not known.
    """

    turn_id: int
    call_id: str
    tool: str
    tokens: int
    sent: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class TurnCost:
    """What a turn took.

    Attributes:
        prompt: Its first 200 characters.
        at: When it began, Unix seconds.
        rewound: Whether it was taken back.
        estimated: Whether a provider did not say what a request took.
        calls: Its tool calls, in order.
    """

    turn_id: int
    prompt: str
    state: str
    at: float
    rewound: bool
    figures: Figures
    estimated: bool
    calls: tuple[ToolCost, ...]


@dataclass(frozen=True, slots=True)
class ConversationCost:
    """What a conversation took.

    Attributes:
        turns: Oldest first.
        models, agents, purposes: The same by name.
        prices: Who said what it cost, and for a list since when its newest price holds.
    """

    figures: Figures
    turns: tuple[TurnCost, ...]
    models: dict[str, Figures]
    agents: dict[str, Figures]
    purposes: dict[str, Figures]
    prices: tuple[tuple[str, str], ...]


class Costs:
    """Made by `Reader`. Every method may raise `StoreError`.

    Args:
        rows: Reads.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def spending(self, by: By, first_day: str = "") -> dict[str, Figures]:
        """What was spent from a day ("2026-11-21") on, the most expensive first."""
        rows = await self._rows(_SPENDING.format(_KEYS[by]), (first_day,))
        return {str(name): _figures(counts) for name, *counts in rows}

    async def spent_in(self, conversation_id: str) -> Spent:
        """What a conversation has used up."""
        return spent(await self._rows(CONVERSATION_SPENT, (conversation_id,)))

    async def spent_on(self, day: str) -> Spent:
        """What all conversations together have used up on a day."""
        return spent(await self._rows(DAY_SPENT, (day,)))

    async def conversation(self, conversation_id: str) -> ConversationCost:
        """Everything about a conversation."""
        values = (conversation_id,)
        turns = await self._rows(_TURNS, values)
        requests = [_Request(*row) for row in await self._rows(_REQUESTS, values)]
        results = await self._rows(_RESULTS, values)
        return _conversation_cost(turns, requests, results)


@dataclass(slots=True)
class _Request:
    id: int
    turn_id: int
    model: str
    agent: str
    purpose: str
    price_source: str
    price_date: str
    estimated: int
    prompt_cost: float | None
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    cost: float | None

    @property
    def figures(self) -> Figures:
        counts = self.prompt_tokens, self.completion_tokens
        cached = self.cached_tokens, self.cache_write_tokens
        return Figures(1, *counts, *cached, self.cost or 0.0, int(self.cost is None))


@dataclass(slots=True)
class _Prompts:
    """Requests in order, so that what a result added to some of them is two subtractions."""

    ids: list[int] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    _costs: list[float] = field(default_factory=list)
    _priced: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, requests: Iterable[_Request]) -> _Prompts:
        found = [one for one in requests if one.purpose == "turn"]
        rates = [(one.prompt_cost or 0.0) / max(1, one.prompt_tokens) for one in found]
        return cls(
            [one.id for one in found],
            [one.turn_id for one in found],
            [0.0, *accumulate(rates)],
            [0, *accumulate(int(one.prompt_cost is not None) for one in found)],
        )

    def after(
        self, request: int | None, turn: int, last_turn: int | None
    ) -> tuple[int, float | None]:
        """How many came after a request, up to a turn; what a token cost in all of them."""
        first = (
            bisect_right(self.turns, turn) if request is None else bisect_right(self.ids, request)
        )
        end = len(self.ids) if last_turn is None else bisect_right(self.turns, last_turn)
        end = max(first, end)
        if self._priced[end] == self._priced[first]:
            return end - first, None if end > first else 0.0
        return end - first, self._costs[end] - self._costs[first]


def _conversation_cost(
    turns: Sequence[Any], requests: Sequence[_Request], results: Sequence[Any]
) -> ConversationCost:
    by_turn: defaultdict[int, Figures] = defaultdict(Figures)
    models: defaultdict[str, Figures] = defaultdict(Figures)
    agents: defaultdict[str, Figures] = defaultdict(Figures)
    purposes: defaultdict[str, Figures] = defaultdict(Figures)
    estimated: set[int] = set()
    for request in requests:
        figures = request.figures
        by_turn[request.turn_id] += figures
        models[request.model] += figures
        agents[request.agent] += figures
        purposes[request.purpose] += figures
        if request.estimated:
            estimated.add(request.turn_id)
    calls = _tool_costs({row[0] for row in turns if row[4]}, requests, results)
    return ConversationCost(
        figures=sum(by_turn.values(), Figures()),
        turns=tuple(
            TurnCost(
                id, prompt, state, at, bool(rewound), by_turn[id], id in estimated, tuple(calls[id])
            )
            for id, prompt, state, at, rewound in turns
        ),
        models=dict(models),
        agents=dict(agents),
        purposes=dict(purposes),
        prices=tuple(dict.fromkeys((one.price_source, one.price_date) for one in requests)),
    )


def _tool_costs(
    rewound: set[int], requests: Sequence[_Request], results: Sequence[Any]
) -> defaultdict[int, list[ToolCost]]:
    """By turn. What was taken back went out only with what was taken back as well."""
    everything = _Prompts.of(requests)
    taken_back = _Prompts.of(one for one in requests if one.turn_id in rewound)
    found: defaultdict[int, list[ToolCost]] = defaultdict(list)
    for turn, call_id, tool, request, tokens, last_turn in results:
        prompts = taken_back if turn in rewound else everything
        sent, per_token = prompts.after(request, turn, last_turn)
        cost = None if per_token is None else tokens * per_token
        found[turn].append(ToolCost(turn, call_id, tool, tokens, sent, cost))
    return found


def _figures(counts: Sequence[float]) -> Figures:
    requests, prompt, completion, cached, written, cost, unpriced = counts
    return Figures(
        int(requests), int(prompt), int(completion), int(cached), int(written), cost, int(unpriced)
    )
