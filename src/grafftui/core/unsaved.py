"""Saying in a turn that the history is not being saved, and when it is again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing

from grafftui import events
from grafftui.events import AgentEvent


def saying_when_unsaved(
    stream: Generator[AgentEvent], reason: Callable[[], str]
) -> Generator[AgentEvent]:
    """`stream`, with a "Notice" once saving has failed, and once it works again.

    It comes before the turn's next event that is no piece of text, which it would cut in two. It
    is of this process, not of the conversation: it is not in the history.

    Args:
        stream: A turn's events, each written down, as far as possible, before it is given.
        reason: Why the latest events are only in memory, or "".
    """
    said = ""
    with closing(stream):
        for event in stream:
            if event.type != "TaskMessage" and reason() != said:
                said = reason()
                yield _notice(said)
            yield event
    if reason() != said:  # a turn that ends without a last event
        yield _notice(reason())


def _notice(reason: str) -> AgentEvent:
    words = f"history is not being saved: {reason}" if reason else "history is being saved again"
    return events.notice("warning", words)
