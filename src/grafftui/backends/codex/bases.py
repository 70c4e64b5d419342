"""What `Codex`, `Thread`, `Turn` and `Login` have in common with those that are awaited.

`R` is what a request is here: the result, or something to be awaited for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar, Unpack

from grafftui.backends.codex.inputs import Input
from grafftui.backends.codex.jsonrpc import Json
from grafftui.backends.codex.linked import LinkedClient
from grafftui.backends.codex.messages import Notification
from grafftui.backends.codex.methods.threads import ThreadPage
from grafftui.backends.codex.record import TurnRecord, TurnResult
from grafftui.backends.codex.results import fields_of, thread_in
from grafftui.backends.codex.router import Notifications
from grafftui.errors import UsageError

R = TypeVar("R")


class CodexBase(Generic[R]):
    """An app-server's threads and its sign-in, as far as each is one request."""

    client: LinkedClient[R]
    """Every method of the protocol."""

    def thread_list(self, **page: Unpack[ThreadPage]) -> R:
        """`{data: […], nextCursor}`."""
        return self.client.thread_list(**page)

    def thread_archive(self, thread_id: str) -> R:
        """Put a thread away."""
        return self.client.thread_archive(thread_id)

    def thread_unarchive(self, thread_id: str) -> R:
        """Take it back out."""
        return self.client.thread_unarchive(thread_id)

    def account(self) -> R:
        """`{account, requiresOpenaiAuth}`; a sign-in is needed for null and true."""
        return self.client.account_read()

    def login_api_key(self, api_key: str) -> R:
        """Sign in with a key."""
        return self.client.account_login_start_api_key(api_key)

    def logout(self) -> R:
        """Sign out."""
        return self.client.account_logout()


class ThreadBase(Generic[R]):
    """A conversation.

    Attributes:
        id: Continue by it.
        about: What the app-server said of it: model, cwd, approvalPolicy, sandbox …
    """

    def __init__(self, client: LinkedClient[R], about: Json) -> None:
        self._client = client
        self.about = about
        self.id = str(thread_in(about)["id"])

    def read(self, *, include_turns: bool = False) -> R:
        """What there is of it."""
        return self._client.thread_read(self.id, include_turns=include_turns)

    def set_name(self, name: str) -> R:
        """Name it."""
        return self._client.thread_name_set(self.id, name)

    def compact(self) -> R:
        """Begin to summarise it; that is a turn."""
        return self._client.thread_compact_start(self.id)

    def archive(self) -> R:
        """Put it away."""
        return self._client.thread_archive(self.id)


class TurnBase(Generic[R]):
    """A turn that was begun. One reader: `run` it, or follow its `stream`."""

    def __init__(self, client: LinkedClient[R], feed: Notifications, record: TurnRecord) -> None:
        self._client = client
        self._feed = feed
        self._record = record
        self._reading = False

    @property
    def id(self) -> str:
        """Of the turn."""
        return self._record.id

    @property
    def thread_id(self) -> str:
        """Of its thread."""
        return self._record.thread_id

    @property
    def over(self) -> bool:
        """Whether its end was read."""
        return self._record.over

    def result(self) -> TurnResult:
        """What there is of it up to now."""
        return self._record.result()

    def steer(self, input: Input) -> R:
        """Say something more, while it runs."""
        return self._client.turn_steer(self.thread_id, self.id, input)

    @contextmanager
    def _read(self) -> Iterator[None]:
        """For its one reader, who reads to the end or may come back."""
        if self._reading:
            raise UsageError("this turn is being read already")
        self._reading = True
        try:
            yield
        finally:
            self._reading = False
            if self._record.over:
                self._client.forget(self._feed)


class LoginBase(Generic[R]):
    """A sign-in that was begun.

    Attributes:
        id: Of the sign-in.
        url: Where the person signs in.
        code: What the person types there; "" for none.
    """

    def __init__(self, client: LinkedClient[R], feed: Notifications, started: Json) -> None:
        self._client = client
        self._feed = feed
        started = fields_of(started)
        self.id = str(started.get("loginId") or "")
        self.url = str(started.get("authUrl") or started.get("verificationUrl") or "")
        self.code = str(started.get("userCode") or "")

    def cancel(self) -> R:
        """Give up on it."""
        return self._client.account_login_cancel(self.id)

    def _is_over(self, notification: Notification) -> bool:
        if notification.method != "account/login/completed":
            return False
        return bool(notification.params.get("loginId") == self.id)


NEVER_OVER: Json = {"success": False, "error": "codex was closed"}
"""What a sign-in was that nobody ended."""


def text_in(notification: Notification) -> str:
    """The piece of an answer that `notification` brings; "" for none."""
    if notification.method != "item/agentMessage/delta":
        return ""
    return str(notification.params.get("delta", ""))
