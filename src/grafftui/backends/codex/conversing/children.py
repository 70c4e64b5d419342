"""Sub-agents of a turn: threads of their own, whose questions come to the turn that began them.

What they say stays theirs; what they begin is remembered, because they are asked about it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.conversing.items import ItemTelling
from grafftui.backends.codex.errors import CodexError
from grafftui.backends.codex.messages import ServerRequest
from grafftui.backends.codex.results import thread_in
from grafftui.backends.codex.router import Notifications
from grafftui.text import one_line

Json = dict[str, Any]

_UNNAMED = "sub-agent"


class Children:
    """Of one turn; for its thread only.

    Args:
        root: Real path of the workspace.
    """

    def __init__(self, client: CodexClient, root: str) -> None:
        self._client = client
        self._root = root
        self._known: dict[str, _Child] = {}

    def meet(self, item: Json) -> None:
        """Follow those that an item of the turn names."""
        named = item.get("receiverThreadIds")
        for thread_id in named if isinstance(named, list) else ():
            if isinstance(thread_id, str) and thread_id not in self._known:
                feed = self._client.follow(thread_id)
                self._known[thread_id] = _Child(feed, self._root)

    def item(self, question: ServerRequest) -> Json:
        """The item that a sub-agent's question is about; {} where it is not known."""
        child = self._known.get(question.thread_id)
        return child.items().about(question) if child is not None else {}

    def title(self, thread_id: str) -> str:
        """What a sub-agent is called."""
        with suppress(CodexError):
            about = thread_in(self._client.thread_read(thread_id))
            return one_line(str(about.get("agentNickname") or _UNNAMED), 60)
        return _UNNAMED

    def stop(self) -> None:
        """Interrupt those that work, and end what they run."""
        for thread_id, child in self._known.items():
            child.items()
            with suppress(CodexError):
                if child.turn_id:
                    self._client.turn_interrupt(thread_id, child.turn_id)
                self._client.background_terminals_clean(thread_id)

    def leave(self) -> None:
        """Follow them no longer."""
        for child in self._known.values():
            self._client.forget(child.feed)


class _Child:
    def __init__(self, feed: Notifications, root: str) -> None:
        self.feed = feed
        self.turn_id = ""
        self._items = ItemTelling(root)

    def items(self) -> ItemTelling:
        """What it has begun, up to now."""
        coming = iter(self.feed)
        while self.feed.waiting:
            notification = next(coming)
            match notification.method:
                case "turn/started":
                    self.turn_id = notification.turn_id
                case "turn/completed":
                    self.turn_id = ""
                case "item/started":
                    self._items.started(notification.item)
                case "item/completed":
                    self._items.completed(notification.item)
        return self._items
