"""Which notifications go where: to those who follow a thread, and to those who follow all."""

from __future__ import annotations

import threading
from weakref import ReferenceType, ref

from grafftui.backends.codex.feed import Feed
from grafftui.backends.codex.messages import Notification

Notifications = Feed[Notification]
_Feeds = tuple[ReferenceType[Notifications], ...]


class Router:
    """Puts each notification into every feed it belongs to. A feed nobody holds is forgotten."""

    def __init__(self) -> None:
        self._feeds: dict[str, _Feeds] = {}
        self._lock = threading.Lock()
        self._over = False
        self._error: BaseException | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self._over

    def follow(self, thread_id: str = "") -> Notifications:
        """What happens in a thread from now on; "" for everything."""
        feed = Notifications()
        with self._lock:
            if self._over:
                feed.end(self._error)
                return feed
            kept = tuple(each for each in self._feeds.get(thread_id, ()) if each() is not None)
            self._feeds[thread_id] = (*kept, ref(feed))
        return feed

    def forget(self, feed: Notifications) -> None:
        """Put nothing more into `feed`, and end it."""
        feed.end()
        with self._lock:
            for thread_id, feeds in list(self._feeds.items()):
                kept = tuple(each for each in feeds if each() not in (None, feed))
                if kept:
                    self._feeds[thread_id] = kept
                else:
                    del self._feeds[thread_id]

    def put(self, notification: Notification) -> None:
        """On the reader's thread, or on that of a question."""
        thread_id = notification.thread_id
        for each in self._feeds.get(thread_id, ()):
            if (feed := each()) is not None:
                feed.put(notification)
        if thread_id and "" in self._feeds:
            for each in self._feeds[""]:
                if (feed := each()) is not None:
                    feed.put(notification)

    def end(self, error: BaseException | None) -> None:
        """Nothing more comes, for anybody."""
        with self._lock:
            if self._over:
                return
            self._over, self._error = True, error
            feeds = [each for group in self._feeds.values() for each in group]
            self._feeds.clear()
        for each in feeds:
            feed = each()
            if feed is not None:
                feed.end(error)
