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
_WAS_CLOSED = "this codex client was closed"


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
        self._closed = False
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

    @property
    def closed(self) -> bool:
        """Whether it was closed, and not started again since."""
        return self._closed

    def log(self) -> list[str]:
        """What the app-server complained of, without secrets."""
        return self._process.log.lines() if self._process is not None else []

    def start(self) -> None:
        """Start the app-server, unless it was started; also again, after `close`.

        Raises:
            CodexNotFoundError: There is no codex program.
            CodexConnectionError: It cannot be started, or ended at once.
            CodexTimeoutError: It does not answer.
        """
        with self._lock:
            self._started()

    def close(self) -> None:
        """End the app-server and all it started, in some 0.1 s. Only `start` starts it again."""
        with self._lock:
            self._closed = True
            self._close()
            self._open.clear()
            self._router.end(CodexConnectionError(_WAS_CLOSED))

    def restart(self) -> None:
        """End what is left of the app-server, start it again, take up the threads it had open.

        A turn that ran is over: its thread says `interrupted`.

        Raises:
            CodexError: As `start`; or a thread cannot be taken up again.
        """
        with self._lock:
            self._close()
            self._rpc = self._start()
            for thread_id in list(self._open):
                self._take_up(thread_id)

    def submit(self, method: str, params: Json | None, seconds: float | None) -> Future[Any]:
        """Ask; it is started first, where it never was.

        Args:
            seconds: None for those of the options.

        Raises:
            CodexConnectionError: It was closed, or cannot be started.
        """
        rpc = self._rpc or self._for_first_use()
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

    def _for_first_use(self) -> JsonRpc:
        with self._lock:
            if self._closed:
                raise CodexConnectionError(_WAS_CLOSED, hint="make another one, or `start` it")
            return self._started()

    def _started(self) -> JsonRpc:
        if self._rpc is None:
            self._rpc = self._start()
        return self._rpc

    def _start(self) -> JsonRpc:
        options = self.options
        process = CodexProcess(
            options.argv(),
            cwd=Path(options.cwd) if options.cwd is not None else None,
            environment={**os.environ, **options.env},
        )
        if self._router.over:
            self._router = Router()
        router = self._router
        rpc = JsonRpc(process, notified=router.put, answer=self._answer, over=router.end)
        try:
            asked = rpc.submit("initialize", options.handshake(), options.start_timeout)
            about = asked.result()
            self.about = about if isinstance(about, dict) else {}
        except BaseException:
            rpc.close()
            raise
        rpc.notify("initialized")
        self._process, self._closed = process, False
        return rpc

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
