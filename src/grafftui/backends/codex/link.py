"""`Link`: one app-server, started, initialized, restarted and ended. Blocks; for any thread."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from grafftui.backends.codex.binary import Version, version_in
from grafftui.backends.codex.errors import CodexConnectionError, CodexError
from grafftui.backends.codex.jsonrpc import Answer, Json, JsonRpc
from grafftui.backends.codex.options import CodexOptions
from grafftui.backends.codex.process import CodexProcess
from grafftui.backends.codex.router import Notifications, Router

_OPENS = ("thread/start", "thread/resume", "thread/fork")
_CLOSES = ("thread/unsubscribe", "thread/archive", "thread/delete")


class Link:
    """What both clients are made of.

    Args:
        options: How it is started.
        answer: Answers the app-server's questions, on threads of their own.
    """

    def __init__(self, options: CodexOptions, answer: Answer) -> None:
        self.options = options
        self.about: Json = {}
        """What `initialize` answered."""
        self._answer = answer
        self._router = Router()
        self._rpc: JsonRpc | None = None
        self._process: CodexProcess | None = None
        self._open: dict[str, None] = {}
        self._lock = threading.Lock()

    @property
    def version(self) -> Version | None:
        """Of the app-server, as it says itself."""
        agent = str(self.about.get("userAgent", ""))
        return version_in(agent.partition("/")[2])

    @property
    def pid(self) -> int | None:
        """Process id of the app-server; None when there is none."""
        return self._process.pid if self._process is not None else None

    @property
    def ended(self) -> bool:
        """Whether there was an app-server and there is none now."""
        rpc = self._rpc
        return self._process is not None and (rpc is None or rpc.over)

    def log(self) -> list[str]:
        """What the app-server complained of, without secrets."""
        return self._process.log.lines() if self._process is not None else []

    def start(self) -> None:
        """Start the app-server, unless it was started.

        Raises:
            CodexNotFoundError: There is no codex program.
            CodexConnectionError: It cannot be started, or ended at once.
            CodexTimeoutError: It does not answer.
        """
        with self._lock:
            if self._rpc is None:
                self._start()

    def close(self) -> None:
        """End the app-server and all it started, in some 0.1 s. It may be started again."""
        with self._lock:
            self._close()
            self._open.clear()

    def restart(self) -> None:
        """End what is left of the app-server, start it again, take up the threads it had open.

        A turn that ran is over: its thread says `interrupted`.

        Raises:
            CodexError: As `start`; or a thread cannot be taken up again.
        """
        with self._lock:
            self._close()
            self._start()
            for thread_id in list(self._open):
                self._take_up(thread_id)

    def submit(self, method: str, params: Json | None, seconds: float | None) -> Future[Any]:
        """Ask; it is started first, where it was not.

        Args:
            seconds: None for those of the options.
        """
        rpc = self._rpc
        if rpc is None:
            self.start()
            rpc = self._rpc
            assert rpc is not None
        limit = self.options.request_timeout if seconds is None else seconds
        if method in _OPENS or method in _CLOSES:
            return rpc.submit(
                method, params, limit, lambda result: self._note(method, params or {}, result)
            )
        return rpc.submit(method, params, limit)

    def has_open(self, thread_id: str) -> bool:
        """Whether a thread was opened here, and not put away since."""
        return thread_id in self._open

    def follow(self, thread_id: str = "") -> Notifications:
        """What happens in a thread from now on; "" for everything. It ends with the link."""
        return self._router.follow(thread_id)

    def forget(self, feed: Notifications) -> None:
        """Put nothing more into `feed`."""
        self._router.forget(feed)

    def _start(self) -> None:
        options = self.options
        process = CodexProcess(
            options.argv(),
            cwd=Path(options.cwd) if options.cwd is not None else None,
            environment={**os.environ, **options.env},
        )
        router = self._router = Router() if self._process is not None else self._router
        rpc = JsonRpc(process, notified=router.put, answer=self._answer, over=router.end)
        try:
            asked = rpc.submit("initialize", options.handshake(), options.start_timeout)
            about = asked.result()
            self.about = about if isinstance(about, dict) else {}
        except BaseException:
            rpc.close()
            raise
        rpc.notify("initialized")
        self._process, self._rpc = process, rpc

    def _close(self) -> None:
        rpc, self._rpc = self._rpc, None
        if rpc is not None:
            rpc.close()

    def _take_up(self, thread_id: str) -> None:
        assert self._rpc is not None
        params = {"threadId": thread_id, "excludeTurns": True}
        try:
            self._rpc.submit("thread/resume", params, self.options.request_timeout).result()
        except CodexConnectionError:
            raise
        except CodexError as error:
            self._open.pop(thread_id, None)  # had nothing said in it, so there is nothing of it
            assert self._process is not None
            self._process.log.note(f"thread {thread_id} cannot be taken up: {error}")

    def _note(self, method: str, params: Json, result: Any) -> None:
        """Remember which threads are open, to open them again."""
        if method in _CLOSES:
            self._open.pop(str(params.get("threadId")), None)
            return
        thread = result.get("thread") if isinstance(result, dict) else None
        if isinstance(thread, dict) and isinstance(thread.get("id"), str):
            self._open[thread["id"]] = None
