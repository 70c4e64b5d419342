"""Several consumers of one session's events, each at its own pace; none loses any."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue

from grafftui.events import AgentEvent


class Subscription:
    """The events of a session's turns, from the beginning of the one that runs.

    Iterate over it on any one thread; it ends when it, or its session, is closed.
    """

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._arrived: SimpleQueue[AgentEvent | None] = SimpleQueue()

    def __iter__(self) -> Iterator[AgentEvent]:
        while (event := self._arrived.get()) is not None:
            yield event

    def put(self, event: AgentEvent | None) -> None:
        """The next event; None for no more."""
        self._arrived.put(event)

    def close(self) -> None:
        """End it: what has arrived can still be read."""
        self._subscriptions.remove(self)


class Subscriptions:
    """Who follows a session."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Subscription] = []
        self._turn: list[AgentEvent] = []  # of the turn that runs, for who comes late

    def add(self) -> Subscription:
        """A new follower; it begins with what the running turn has said so far."""
        subscription = Subscription(self)
        with self._lock:
            for event in self._turn:
                subscription.put(event)
            self._all.append(subscription)
        return subscription

    def publish(self, event: AgentEvent) -> None:
        """Give everybody `event`."""
        with self._lock:
            if event.type == "ConversationStarted":
                self._turn.clear()
            self._turn.append(event)
            for subscription in self._all:
                subscription.put(event)

    def turn_ended(self) -> None:
        """Who comes now has missed it."""
        with self._lock:
            self._turn.clear()

    def remove(self, subscription: Subscription) -> None:
        """End one."""
        with self._lock:
            if subscription in self._all:
                self._all.remove(subscription)
        subscription.put(None)

    def close(self) -> None:
        """End all."""
        for subscription in list(self._all):
            self.remove(subscription)
