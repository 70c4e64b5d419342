"""`Codex`, `Thread` and `Turn`: conversations with Codex, in the shape of openai-codex."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import suppress
from types import TracebackType
from typing import Self, Unpack

from grafftui.backends.codex.bases import (
    NEVER_OVER,
    CodexBase,
    LoginBase,
    ThreadBase,
    TurnBase,
    text_in,
)
from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.errors import CodexAnswerError, CodexTimeoutError
from grafftui.backends.codex.hooks import ApprovalHooks
from grafftui.backends.codex.inputs import Input
from grafftui.backends.codex.jsonrpc import Answer, Json
from grafftui.backends.codex.messages import Notification
from grafftui.backends.codex.methods.threads import ThreadOverrides, ThreadStart
from grafftui.backends.codex.methods.turns import INTERRUPT_SECONDS, TurnOverrides
from grafftui.backends.codex.options import CodexOptions
from grafftui.backends.codex.record import TurnRecord, TurnResult
from grafftui.backends.codex.results import rows_in, turn_in


class Codex(CodexBase[Json]):
    """An app-server, started and initialized. Use it in a `with` block, or close it.

    Once it is closed every call raises `CodexConnectionError`; another `with` starts it again,
    without the threads it had open.

    Args:
        options: How it is started.
        hooks: Who answers what it asks. Without them everything is declined.
        answer: Instead of `hooks`: see `CodexClient`.

    Raises:
        CodexNotFoundError: There is no codex program.
        CodexConnectionError: It cannot be started.
    """

    client: CodexClient

    def __init__(
        self,
        options: CodexOptions | None = None,
        *,
        hooks: ApprovalHooks | None = None,
        answer: Answer | None = None,
    ) -> None:
        self.client = CodexClient(options, hooks=hooks, answer=answer).start()

    def __enter__(self) -> Self:
        self.client.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the app-server, and all it started."""
        self.client.close()

    def thread_start(self, **options: Unpack[ThreadStart]) -> Thread:
        """A new thread."""
        return Thread(self.client, self.client.thread_start(**options))

    def thread_resume(self, thread_id: str, **options: Unpack[ThreadOverrides]) -> Thread:
        """A thread there is.

        Raises:
            UnknownThreadError: There is none.
            CodexRequestError: Another process has it open.
        """
        return Thread(self.client, self.client.thread_resume(thread_id, **options))

    def thread_fork(
        self,
        thread_id: str,
        *,
        last_turn_id: str | None = None,
        **options: Unpack[ThreadOverrides],
    ) -> Thread:
        """A new thread with the beginning of another: all of it, or up to a turn."""
        forked = self.client.thread_fork(thread_id, last_turn_id=last_turn_id, **options)
        return Thread(self.client, forked)

    def models(self, *, include_hidden: bool = False) -> list[Json]:
        """The models there are."""
        return rows_in(self.client.model_list(include_hidden=include_hidden))

    def login_chatgpt(self) -> Login:
        """Sign in with a browser: open `url`, then `wait`."""
        feed = self.client.follow()
        return Login(self.client, feed, self.client.account_login_start_chatgpt())

    def login_device_code(self) -> Login:
        """Sign in on another device: open `url` there, type `code`, then `wait`."""
        feed = self.client.follow()
        return Login(self.client, feed, self.client.account_login_start_device_code())


class Thread(ThreadBase[Json]):
    """A conversation."""

    def turn(self, input: Input, **options: Unpack[TurnOverrides]) -> Turn:
        """Begin a turn. While one runs, it is steered, and returned."""
        feed = self._client.follow(self.id)
        started = self._client.turn_start(self.id, input, **options)
        return Turn(self._client, feed, TurnRecord(self.id, turn_in(started)))

    def run(self, input: Input, **options: Unpack[TurnOverrides]) -> TurnResult:
        """A turn, to its end."""
        return self.turn(input, **options).run()

    def review(self, target: Json | str = "uncommittedChanges") -> Turn:
        """Review changes; see `review_start`."""
        feed = self._client.follow(self.id)
        started = self._client.review_start(self.id, target)
        return Turn(self._client, feed, TurnRecord(self.id, turn_in(started)))

    def fork(
        self, *, last_turn_id: str | None = None, **options: Unpack[ThreadOverrides]
    ) -> Thread:
        """A new thread with the same beginning."""
        forked = self._client.thread_fork(self.id, last_turn_id=last_turn_id, **options)
        return Thread(self._client, forked)


class Turn(TurnBase[Json]):
    """A turn that was begun. One reader: `run` it, or follow its `stream`."""

    def stream(self) -> Generator[Notification]:
        """What happens, to the end; nothing is dropped. Other turns of the thread are left out.

        Raises:
            CodexConnectionError: The app-server ended.
            CodexAnswerError: A hook gave no answer that could be sent; when the turn is over.
            UsageError: Somebody reads it already.
        """
        with self._read():
            yield from self._record.within(self._feed)

    def stream_text(self) -> Generator[str]:
        """Its answer, piece by piece."""
        for notification in self.stream():
            if piece := text_in(notification):
                yield piece

    def run(self) -> TurnResult:
        """Wait for its end. A turn that failed has its `error`; nothing is raised for it.

        Raises:
            CodexError: As `stream`.
        """
        for _ in self.stream():
            pass
        return self._record.result()

    def interrupt(self) -> None:
        """End it, with the commands it was seen to run: they live on otherwise."""
        if self._record.over:
            return
        feed = self._client.follow(self.thread_id)
        ending = TurnRecord(self.thread_id, {"id": self.id})
        self._client.turn_interrupt(self.thread_id, self.id)
        late = CodexTimeoutError("it does not end")
        with suppress(CodexAnswerError):  # is for who reads the turn
            for _ in ending.within(feed.within(INTERRUPT_SECONDS, late)):
                pass
        self._client.forget(feed)
        deadline = time.monotonic() + INTERRUPT_SECONDS
        while self._end_commands() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _end_commands(self) -> bool:
        """End what its commands left running; whether there was anything."""
        if not self._record.running:
            return False
        listed = self._client.background_terminals_list(self.thread_id)
        left = self._record.terminals(listed)
        for process_id in left:
            self._client.background_terminals_terminate(self.thread_id, process_id)
        return bool(left)


class Login(LoginBase[Json]):
    """A sign-in that was begun."""

    def wait(self, timeout: float | None = None) -> Json:
        """Until it is over: `{success, error}`.

        Args:
            timeout: Seconds; None for ever.

        Raises:
            CodexTimeoutError: It is not over then; it goes on.
        """
        late = CodexTimeoutError("nobody has signed in yet")
        for notification in self._feed.within(timeout, late):
            if self._is_over(notification):
                return notification.params
        return NEVER_OVER
