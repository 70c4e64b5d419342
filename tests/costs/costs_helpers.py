"""What several tests of costs do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fakes.steps import Step
from grafftui.history import Store, TurnRecorder

NOON = datetime(2026, 11, 21, 12).timestamp()
DAY = 86_400.0


class Clock:
    """Unix seconds, from noon of 21 November 2026 on, wherever this runs."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> float:
        return self.at


def conversation(store: Store, workspace: str = "/w", model: str = "m") -> str:
    return store.create_conversation(
        workspace=workspace, backend="graff", agent="forge", provider="p", model=model
    )


def counted(prompt: int = 100, completion: int = 10, **more: Any) -> dict[str, Any]:
    """The data of a "UsageReported" event: a dollar, half of it for the prompt."""
    own = {"cost": 1.0, "prompt_cost": 0.5, "price_source": "list 1", "price_date": "2026-11-01"}
    return {"prompt_tokens": prompt, "completion_tokens": completion, **own, **more}


def result(call_id: str, tokens: int, tool: str = "read") -> dict[str, Any]:
    text = "x" * (4 * tokens)
    return {"role": "tool", "call_id": call_id, "name": tool, "text": text, "is_error": False}


def asked(store: Store, conversation_id: str, *usages: dict[str, Any]) -> TurnRecorder:
    """A turn of these requests."""
    recorder = store.begin_turn(conversation_id, "p")
    for usage in usages:
        recorder.usage(usage)
    recorder.finish("done")
    return recorder


def priced(cost: float) -> Step:
    """A fake provider's usage that says what it cost."""
    return {"usage": {"prompt": 100, "completion": 20, "cached": 40, "cost": cost}}
