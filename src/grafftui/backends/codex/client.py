"""`CodexClient`: the app-server for programs with threads."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, Self, cast

from grafftui.backends.codex.hooks import ApprovalHooks, checked, held_to_account
from grafftui.backends.codex.jsonrpc import Answer, Json
from grafftui.backends.codex.linked import LinkedClient
from grafftui.backends.codex.messages import ServerRequest
from grafftui.backends.codex.options import CodexOptions
from grafftui.backends.codex.responses import ResponseMethods


class CodexClient(LinkedClient[Json], ResponseMethods):
    """One app-server. It is started on first use; use it in a `with` block, or close it.

    Once it is closed every call raises `CodexConnectionError`; another `with`, or `start`, starts
    it again.

    Safe to use from any thread.

    Args:
        options: How it is started.
        hooks: Who answers what it asks. Without them everything is declined.
        answer: Instead of `hooks`: answers any question, whole, and may block until it is
            cancelled. What it raises refuses.
    """

    def __init__(
        self,
        options: CodexOptions | None = None,
        *,
        hooks: ApprovalHooks | None = None,
        answer: Answer | None = None,
    ) -> None:
        super().__init__(options, answer or _answers(hooks or ApprovalHooks()))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> Self:
        """Start the app-server, also after `close`: 0.15 s, 0.6 s in a new CODEX_HOME.

        Raises:
            CodexNotFoundError: There is no codex program.
            CodexConnectionError: It cannot be started, or ended at once.
            CodexTimeoutError: It does not answer.
        """
        self._link.start()
        return self

    def close(self) -> None:
        """End it, and all it started. Nothing but `start`, `restart` and `with` starts it again."""
        self._link.close()

    def restart(self) -> None:
        """Start it again, with the threads that were open. Turns that ran are interrupted.

        Raises:
            CodexError: As `start`.
        """
        self._link.restart()

    def request(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
    ) -> Json:
        """Ask anything, and wait for the answer. See `Calling.request`."""
        return cast(Json, self.submit(method, params, timeout=timeout).result())


def _answers(hooks: ApprovalHooks) -> Answer:
    async def awaited(question: ServerRequest, coming: Any) -> Json:
        return checked(question, await coming)

    def answer(question: ServerRequest) -> Json:
        with held_to_account(question):
            given = hooks.answer(question)
            if inspect.isawaitable(given):
                coroutine: Coroutine[Any, Any, Json] = awaited(question, given)
                return asyncio.run(coroutine)
            return checked(question, given)

    return answer
