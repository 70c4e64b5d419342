"""The app-server that all conversations share: started late, started again, and asking us."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.conversing.asked import no_one
from grafftui.backends.codex.errors import CodexError
from grafftui.backends.codex.hooks import checked
from grafftui.backends.codex.messages import ServerRequest
from grafftui.backends.codex.options import CodexOptions
from grafftui.backends.codex.results import thread_in

Json = dict[str, Any]
Answering = Callable[[ServerRequest], Json]
"""Answers a question of a turn; blocks until it is answered. What it raises refuses."""

_MOST_ANCESTORS: Final = 8
"""Of a sub-agent's thread."""


@dataclass(frozen=True, slots=True)
class Line:
    """The way to a thread that is open.

    Attributes:
        client: To the app-server.
        thread_id: Of the thread.
        about: What was said of the thread when it was opened.
    """

    client: CodexClient
    thread_id: str
    about: Json


class Server:
    """Safe from any thread.

    Args:
        options: How it is started.
        ended: Called, on the thread that finds it out, when the process is gone and what it had
            running with it.
    """

    def __init__(self, options: CodexOptions, ended: Callable[[], object]) -> None:
        self.options = options
        self._ended = ended
        self._client = CodexClient(options, answer=self._answer)
        self._started = False
        self._open: dict[str, Json] = {}
        self._asked: dict[str, Answering] = {}
        self._lock = threading.RLock()

    def client(self) -> CodexClient:
        """The client of an app-server that runs.

        Raises:
            CodexError: It cannot be started.
        """
        with self._lock:
            if self._started and self._client.ended:
                self._close()
            self._client.start()
            self._started = True
            return self._client

    def close(self) -> None:
        """End it. It is started again when it is needed."""
        with self._lock:
            if self._started:
                self._close()

    def _close(self) -> None:
        self._started = False
        self._open.clear()
        self._client.close()
        self._ended()

    # -- threads it has open -----------------------------------------------------------------

    def opened(self, thread_id: str) -> Json | None:
        """What it said when the thread was opened; None for one that it has not open."""
        with self._lock:
            return None if self._client.ended else self._open.get(thread_id)

    def note_open(self, about: Json) -> Json:
        """A thread was started, resumed or forked; returns what was said of it.

        Raises:
            CodexResultError: Nothing was said of it.
        """
        with self._lock:
            self._open[str(thread_in(about)["id"])] = about
        return about

    def note_closed(self, thread_id: str) -> None:
        """It was archived."""
        with self._lock:
            self._open.pop(thread_id, None)

    # -- its questions -----------------------------------------------------------------------

    @contextmanager
    def asking(self, thread_id: str, answering: Answering) -> Iterator[None]:
        """Have what a thread and its sub-agents ask answered, as long as the block lasts."""
        with self._lock:
            self._asked[thread_id] = answering
        try:
            yield
        finally:
            with self._lock:
                self._asked.pop(thread_id, None)

    def _answer(self, question: ServerRequest) -> Json:
        answering = self._answering(question.thread_id)
        if answering is None:  # nobody here has begun that turn
            answering = no_one
        return checked(question, answering(question))

    def _answering(self, thread_id: str) -> Answering | None:
        for _ in range(_MOST_ANCESTORS):
            with self._lock:
                if not self._asked or thread_id in self._asked:
                    return self._asked.get(thread_id)
            thread_id = self._parent(thread_id)
            if not thread_id:
                break
        return None

    def _parent(self, thread_id: str) -> str:
        """The thread whose agent works through this one; "" for none."""
        with suppress(CodexError):
            about = thread_in(self._client.thread_read(thread_id))
            return str(about.get("parentThreadId") or "")
        return ""
