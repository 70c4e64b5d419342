"""Codex as a tool that another agent hands work to."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from pydantic_ai import Tool

from grafftui.backends.codex.exec.errors import TurnFailedError
from grafftui.backends.codex.exec.events import Item, Turn
from grafftui.backends.codex.exec.options import CodexOptions, ThreadOptions
from grafftui.backends.codex.exec.threads import Codex, Thread
from grafftui.text.redact import redact

MOST_SHOWN: Final = 1_000
"""Characters of one field of an item."""
_DESCRIPTION: Final = (
    "Hand a task to Codex, a coding agent that reads and changes files and runs commands, as far"
    " as it is allowed to, and reports what it did. It knows nothing of this conversation."
)


def codex_handoff_tool(
    *,
    codex: Codex | None = None,
    codex_options: CodexOptions | None = None,
    thread_options: ThreadOptions | None = None,
    name: str = "codex_handoff",
    description: str | None = None,
    persist_thread: bool = True,
    include_items: bool = False,
    items_limit: int = 50,
    include_usage: bool = True,
    timeout_seconds: float | None = None,
) -> Tool[Any]:
    """A tool of PydanticAI that runs a turn of `codex exec`.

    It returns `{thread_id, final_response}`, or `{thread_id, error}` for a turn that failed.

    Args:
        codex: Starts the threads; by default one with `codex_options`.
        thread_options: What Codex may do, and where.
        description: What the model is told of it.
        persist_thread: Whether all calls are turns of one thread.
        include_items: Whether the last `items_limit` things Codex did are returned, too.
        include_usage: Whether tokens are returned: since the beginning of the thread.
        timeout_seconds: After that the turn is ended; None for no limit.
    """
    handoff = _Handoff(
        codex or Codex(codex_options),
        thread_options or ThreadOptions(),
        persist_thread=persist_thread,
        items=items_limit if include_items else 0,
        usage=include_usage,
        seconds=timeout_seconds,
    )
    told = description or _DESCRIPTION
    return Tool(handoff.run, takes_ctx=False, name=name, description=told)


@dataclass(slots=True)
class _Handoff:
    codex: Codex
    options: ThreadOptions
    persist_thread: bool
    items: int
    usage: bool
    seconds: float | None
    thread: Thread | None = None
    turns: asyncio.Lock = field(default_factory=asyncio.Lock)
    """A thread has one turn at a time."""

    async def run(self, prompt: str) -> dict[str, Any]:
        """Run a turn.

        Args:
            prompt: What is to be done, and all that has to be known for it.
        """
        if not self.persist_thread:
            return await self._turn(self.codex.start_thread(self.options), prompt)
        async with self.turns:
            self.thread = self.thread or self.codex.start_thread(self.options)
            return await self._turn(self.thread, prompt)

    async def _turn(self, thread: Thread, prompt: str) -> dict[str, Any]:
        try:
            turn = await asyncio.wait_for(thread.run(prompt), self.seconds)
        except TurnFailedError as error:
            return {"thread_id": thread.id, "error": str(error)}
        except TimeoutError:
            return {"thread_id": thread.id, "error": f"Codex was ended after {self.seconds:g} s"}
        return {"thread_id": thread.id, "final_response": turn.final_response, **self._more(turn)}

    def _more(self, turn: Turn) -> dict[str, Any]:
        more: dict[str, Any] = {}
        if self.usage:
            more["usage"] = asdict(turn.usage) if turn.usage is not None else None
        if self.items > 0:
            more["items"] = [_summary(item) for item in turn.items[-self.items :]]
        return more


def _summary(item: Item) -> dict[str, Any]:
    return {name: _short(value) for name, value in item.data.items() if name != "id"}


def _short(value: Any) -> Any:
    return redact(value)[:MOST_SHOWN] if isinstance(value, str) else value
