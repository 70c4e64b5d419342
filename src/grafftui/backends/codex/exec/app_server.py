"""`AppServerClient`: the app-server in the shape of codex-sdk-python.

An `AsyncCodexClient` with one stream of all that happens, from its start, and turns whose
questions have fixed answers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, Unpack

from grafftui.backends.codex.async_client import AsyncCodexClient
from grafftui.backends.codex.exec.questions import Questions
from grafftui.backends.codex.hooks import COMMAND, FILE_CHANGE, PERMISSIONS, ApprovalHooks, checked
from grafftui.backends.codex.inputs import Input
from grafftui.backends.codex.jsonrpc import Json
from grafftui.backends.codex.messages import Notification, ServerRequest
from grafftui.backends.codex.methods.turns import TurnOverrides
from grafftui.backends.codex.options import CodexOptions as AppServerOptions
from grafftui.backends.codex.record import TurnRecord
from grafftui.backends.codex.results import turn_in
from grafftui.backends.codex.router import Notifications

_AMENDMENT: Final = "acceptWithExecpolicyAmendment"


@dataclass(frozen=True, slots=True)
class ApprovalDecisions:
    """Fixed answers. What is None is left to the client's hooks, which decline.

    Attributes:
        command_execution: "accept", "acceptForSession", "decline", "cancel", or a table.
        file_change: The same, without tables.
        permissions: A table `{permissions, scope}`.
    """

    command_execution: str | Mapping[str, Any] | None = None
    file_change: str | None = None
    permissions: Mapping[str, Any] | None = None

    @classmethod
    def accept_with_execpolicy_amendment(cls, words: list[str]) -> Self:
        """Accept, and allow every command that begins with `words`, for good, everywhere."""
        return cls(command_execution={_AMENDMENT: {"execpolicy_amendment": list(words)}})

    def answer(self, question: ServerRequest) -> Json | None:
        """The answer to `question`; None to leave it to others."""
        if question.method == COMMAND and self.command_execution is not None:
            return {"decision": self.command_execution}
        if question.method == FILE_CHANGE and self.file_change is not None:
            return {"decision": self.file_change}
        if question.method == PERMISSIONS and self.permissions is not None:
            return dict(self.permissions)
        return None


class TurnSession:
    """A turn, with its own stream and its own answers."""

    def __init__(
        self, client: AppServerClient, feed: Notifications, record: TurnRecord, thread_id: str
    ) -> None:
        self._client = client
        self._feed = feed
        self._record = record
        self._thread_id = thread_id

    @property
    def turn_id(self) -> str:
        """Of the turn."""
        return self._record.id

    async def notifications(self) -> AsyncIterator[Notification]:
        """What happens, to the end of the turn; other turns keep theirs."""
        async for notification in self._record.awaited_within(self._feed):
            if self._record.over:
                self._client.session_over(self._thread_id, self._feed)
            yield notification

    def requests(self) -> AsyncIterator[ServerRequest]:
        """What it asks and its fixed answers leave open, to its end. See `AppServerClient`.

        To end, it needs somebody to follow `notifications` or to `wait` meanwhile.
        """
        return aiter(self._client.questions.follow(self._thread_id))

    async def wait(self) -> Json:
        """The turn as it ended: `{id, status, items, error, …}`, with all that was completed."""
        async for _ in self.notifications():
            pass
        result = self._record.result()
        return {**self._record.turn, "items": list(result.items)}


class AppServerClient(AsyncCodexClient):
    """See above. `notifications` keeps all that happens until it is read.

    Questions go to the hooks, which decline, unless somebody iterates over `requests`: then each
    waits for its `respond`.
    """

    def __init__(
        self, options: AppServerOptions | None = None, *, hooks: ApprovalHooks | None = None
    ) -> None:
        super().__init__(options, hooks=hooks)
        self._everything = self.follow()
        self._decisions: dict[str, ApprovalDecisions] = {}
        self.questions = Questions()

    async def restart(self) -> None:
        """See `CodexClient.restart`."""
        await super().restart()
        self._everything = self.follow()

    async def notifications(self) -> AsyncIterator[Notification]:
        """All that happens, from the start, whatever it is about."""
        async for notification in self._everything:
            yield notification

    def requests(self) -> AsyncIterator[ServerRequest]:
        """What is asked from now on, but for what turns answer themselves. `respond` to each."""
        return aiter(self.questions.follow())

    async def respond(
        self, request_id: int | str, result: Json | None = None, *, error: str = ""
    ) -> None:
        """Answer one of `requests`, as the protocol has it, or refuse it with `error`.

        An answer that no longer matters is passed over.
        """
        self.questions.answer(request_id, result, error)

    async def turn_session(
        self,
        thread_id: str,
        input: Input,
        *,
        approvals: ApprovalDecisions | None = None,
        **options: Unpack[TurnOverrides],
    ) -> TurnSession:
        """Begin a turn whose questions are answered by `approvals`."""
        if approvals is not None:
            self._decisions[thread_id] = approvals
        feed = self.follow(thread_id)
        started = await self.turn_start(thread_id, input, **options)
        return TurnSession(self, feed, TurnRecord(thread_id, turn_in(started)), thread_id)

    def session_over(self, thread_id: str, feed: Notifications) -> None:
        """The turn is over: its answers are no longer given."""
        self._decisions.pop(thread_id, None)
        self.questions.forget(thread_id)
        self.forget(feed)

    def _decide(self, question: ServerRequest) -> Json:
        decisions = self._decisions.get(question.thread_id)
        answer = decisions.answer(question) if decisions is not None else None
        if answer is None:
            answer = self.questions.put(question)
        return checked(question, answer) if answer is not None else super()._decide(question)


__all__ = ["AppServerClient", "AppServerOptions", "ApprovalDecisions", "TurnSession"]
