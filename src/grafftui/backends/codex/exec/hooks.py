"""`ThreadHooks`: functions that are called as events come."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grafftui.backends.codex.exec.events import Item, ThreadEvent

EventHook = Callable[[ThreadEvent], Any]
ItemHook = Callable[[Item], Any]


@dataclass(frozen=True, slots=True)
class ThreadHooks:
    """Each is called with the event, those of items with the item; they may be coroutine functions.

    What one raises ends the turn.
    """

    on_event: EventHook | None = None
    on_thread_started: EventHook | None = None
    on_turn_started: EventHook | None = None
    on_turn_completed: EventHook | None = None
    on_turn_failed: EventHook | None = None
    on_item_started: ItemHook | None = None
    on_item_updated: ItemHook | None = None
    on_item_completed: ItemHook | None = None
    on_item_type: Mapping[str, ItemHook] = field(default_factory=dict)
    on_error: EventHook | None = None

    async def call(self, event: ThreadEvent) -> None:
        """Call those that are about `event`; `on_item_type` for completed items."""
        await _called(self.on_event, event)
        if event.type == "error":
            await _called(self.on_error, event)
        elif event.type.startswith("item."):
            await _called(_named(self, event.type), event.item)
            if event.type == "item.completed":
                await _called(self.on_item_type.get(event.item.type), event.item)
        else:
            await _called(_named(self, event.type), event)


def _named(hooks: ThreadHooks, kind: str) -> Callable[[Any], Any] | None:
    found: Callable[[Any], Any] | None = getattr(hooks, f"on_{kind.replace('.', '_')}", None)
    return found


async def _called(hook: Callable[[Any], Any] | None, told: Any) -> None:
    if hook is not None:
        result = hook(told)
        if inspect.isawaitable(result):
            await result
