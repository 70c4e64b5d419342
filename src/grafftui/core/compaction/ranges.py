"""Which messages a compaction takes (CodeGraff's rules, in the words of our context)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafftui.history import ContextMessage
from grafftui.history.context_rows import units
from grafftui.history.messages import calls_of


def compactable(
    live: Sequence[ContextMessage],
    *,
    retention: int,
    tokens: Mapping[int, int],
    most: float | None = None,
) -> list[ContextMessage]:
    """The messages from the first answer, or summary, up to those that are kept.

    A tool call is never parted from its results; what is pinned, or waits for a result, stays.

    Args:
        retention: How many of the newest messages are kept.
        tokens: Of each message, by its id.
        most: Tokens after which no more are taken, once there are two messages: one alone is
            no fewer when a summary stands for it. None for any number.
    """
    end = len(live) - retention
    taken: list[ContextMessage] = []
    at, sum_of_taken, began = 0, 0, False
    for unit in units(live):
        at += len(unit)
        began = began or unit[0].compaction is not None or unit[0].body.get("role") != "user"
        if at > end or (most is not None and sum_of_taken >= most and len(taken) > 1):
            break
        if began and not any(message.pinned for message in unit) and _is_whole(unit):
            taken += unit
            sum_of_taken += sum(tokens[message.id] for message in unit)
    return taken


def _is_whole(unit: Sequence[ContextMessage]) -> bool:
    """Whether every call has its result."""
    results = {str(message.body.get("call_id")) for message in unit[1:]}
    return all(call_id in results for call_id, _ in calls_of(unit[0].body))
