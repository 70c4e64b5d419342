"""`EventHooks`: what a program wants to be told of while a turn runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import TYPE_CHECKING

from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError, UsageError
from grafftui.events import AgentEvent

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

Hook = Callable[[AgentEvent], object]
"""Called with an event on the thread that runs the turn. What it raises interrupts the turn."""


@dataclass(frozen=True, slots=True)
class EventHooks:
    """Whom to tell of what.

    Attributes:
        on_event: Told of every event.
        on_type: Event type → who is told of events of that type, after `on_event`.
    """

    on_event: Hook | None = None
    on_type: Mapping[str, Hook] = field(default_factory=dict)

    def of(self, event: AgentEvent) -> list[Hook]:
        """Who is told of `event`, in order."""
        hooks = [self.on_event, self.on_type.get(event.type)]
        return [hook for hook in hooks if hook is not None]

    def told(self, stream: Generator[AgentEvent]) -> Generator[AgentEvent]:
        """`stream`, each event told before it is given on."""
        try:
            for event in stream:
                for hook in self.of(event):
                    told = hook(event)
                    if isawaitable(told):
                        _run(told)
                yield event
        finally:
            stream.close()

    def on_loop(self, loop: AbstractEventLoop) -> EventHooks:
        """The same for a turn on a thread: they are called, and waited for, on `loop`."""
        from asyncio import run_coroutine_threadsafe

        def moved(hook: Hook) -> Hook:
            async def call(event: AgentEvent) -> None:
                told = hook(event)
                if isawaitable(told):
                    await told

            return lambda event: run_coroutine_threadsafe(call(event), loop).result()

        return EventHooks(
            self.on_event and moved(self.on_event),
            {name: moved(hook) for name, hook in self.on_type.items()},
        )


def require_hooks(hooks: object) -> None:
    """Raises `UsageError` where what is given for hooks is none."""
    if not isinstance(hooks, EventHooks | None):
        raise UsageError(f"hooks must be EventHooks, not {type(hooks).__name__}")


def _run(told: Awaitable[object]) -> None:
    """Wait for a hook that is awaited, in a program that is not."""
    import asyncio

    async def wait() -> None:
        await told

    try:
        asyncio.run(wait())
    except RuntimeError as error:
        if asyncio._get_running_loop() is None:
            raise
        words = "a hook that is awaited cannot be told from within an event loop"
        raise UsageError(words, hint="use AsyncGraff") from error


def aborted_by(
    signal: Cancellation, stream: Generator[AgentEvent], interrupt: Callable[[str], bool]
) -> Generator[AgentEvent]:
    """`stream`, interrupted as soon as `signal` is cancelled, from whatever thread.

    Args:
        interrupt: Stops the turn of a conversation.

    Raises:
        AbortedError: It was cancelled before the turn began; nothing was sent.
    """
    if signal.cancelled:
        raise AbortedError("aborted before it began")
    try:
        first = next(stream)
        conversation_id = str(first.data.get("conversationId", ""))
        with signal.on_cancel(lambda: interrupt(conversation_id)):
            yield first
            yield from stream
    except StopIteration:
        return
    finally:
        stream.close()
