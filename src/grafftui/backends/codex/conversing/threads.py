"""Which of Codex's threads a conversation is, and the way to it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grafftui.approvals import Mode
from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.conversing.modes import turn_options
from grafftui.backends.codex.conversing.offers import CodexModel, require_effort
from grafftui.backends.codex.conversing.server import Line, Server
from grafftui.backends.codex.errors import CodexError, CodexRequestError, UnknownThreadError
from grafftui.backends.codex.results import rows_in, thread_in, turn_in
from grafftui.errors import NotFoundError
from grafftui.history import Conversation, Store
from grafftui.history.backend_threads import BackendThread
from grafftui.text import one_line
from grafftui.text.redact import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]
BACKEND = "codex"
AGENT = "codex"
"""What stands in a conversation's row where it would name an agent of ours."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a turn is to be run with; None leaves it as it is."""

    mode: Mode
    model: str | None = None
    effort: str | None = None


class Threads:
    """Of one backend.

    Args:
        workspace: Real path of the workspace root.
    """

    def __init__(self, store: Store, server: Server, workspace: str) -> None:
        self._store = store
        self._server = server
        self._workspace = workspace
        self._fitting: set[tuple[str, str]] = set()

    def of(self, conversation_id: str) -> BackendThread:
        """What is known of a conversation's thread."""
        return self._store.backend_threads.of(conversation_id, BACKEND)

    def open(self, conversation: Conversation, choice: Choice) -> Line:
        """The way to a conversation's thread, which is started or resumed if need be.

        Its id is on disk when this returns.

        Raises:
            CodexError: The app-server cannot be started, or does not open the thread.
            UsageError: The model cannot be told to think that much.
        """
        client, known = self._server.client(), self.of(conversation.id)
        about = self._server.opened(known.thread_id) if known.thread_id else None
        if about is None:
            options = self._options(choice)
            about = self._server.note_open(self._resumed_or_started(client, known, options))
        thread_id = str(thread_in(about)["id"])
        if thread_id != known.thread_id:
            self.keep(replace(known, thread_id=thread_id))
        model = _name(choice.model or conversation.model or about.get("model"))
        self._require_effort(client, model, choice.effort)
        self._keep_model(conversation, model, about)
        return Line(client, thread_id, about)

    def begin(self, line: Line, said: Sequence[str], choice: Choice) -> str:
        """Begin a turn, in which this is said; returns its id."""
        inputs = [{"type": "text", "text": words} for words in said]
        options = turn_options(choice.mode, line.about)
        started = line.client.turn_start(
            line.thread_id, inputs, model=choice.model, effort=choice.effort, **options
        )
        return str(turn_in(started)["id"])

    def noted(self, conversation_id: str, number: int, turn_id: str) -> None:
        """A turn began that is our turn `number`: it is no news, and no note waits any more."""
        thread = replace(self.of(conversation_id), last_turn=turn_id, note="")
        self._store.backend_threads.began(thread, number)

    def fork(self, conversation: Conversation, entry: int | None) -> str:
        """Copy a conversation and its thread; see `CodexBackend.fork`."""
        known, client = self.require(conversation.id), self._server.client()
        last = None
        if entry is not None:
            last = self._store.backend_threads.last_whole(conversation.id, entry)
        copy = self._store.fork(conversation.id, entry)
        if last == "":  # not even the first turn is shared: a new thread begins with the next one
            return copy
        try:
            forked = thread_in(client.thread_fork(known.thread_id, last_turn_id=last))
        except BaseException:
            self._store.delete_conversation(copy)
            raise
        self.keep(BackendThread(copy, BACKEND, str(forked["id"]), last or known.last_turn))
        return copy

    def archive(self, conversation: Conversation, on: bool) -> None:
        """Archive a conversation and its thread, or take both out."""
        known, order = self.of(conversation.id), self._store.order
        if known.thread_id:
            client = self._server.client()
            change = client.thread_archive if on else client.thread_unarchive
            with suppress(UnknownThreadError):  # nothing was said in it, or it is gone there
                change(known.thread_id)
            self._server.note_closed(known.thread_id)
        (order.archive if on else order.unarchive)(conversation.id)

    def keep(self, thread: BackendThread) -> None:
        """Keep what is known of a thread."""
        self._store.backend_threads.keep(thread)

    def require(self, conversation_id: str) -> BackendThread:
        """The thread of a conversation. Raises `NotFoundError` when it has none yet."""
        known = self.of(conversation_id)
        if not known.thread_id:
            raise NotFoundError("Codex has not been told anything in this conversation yet")
        return known

    def _resumed_or_started(self, client: CodexClient, known: BackendThread, options: Json) -> Json:
        if not known.thread_id:
            return client.thread_start(**options)
        try:
            return client.thread_resume(known.thread_id, exclude_turns=True, **options)
        except UnknownThreadError as error:
            if not known.last_turn:  # Codex keeps no thread in which nothing was said
                return client.thread_start(**options)
            self.keep(replace(known, thread_id="", last_turn=""))
            error.hint = "send it again: a new thread is begun, and told what is known of this one"
            raise
        except CodexRequestError as error:
            if "active writer" in error.text:
                error.hint = "another program has this thread open: close it there"
            raise

    def _options(self, choice: Choice) -> Json:
        return {
            "cwd": self._workspace,
            "model": choice.model,
            "approval_policy": turn_options(choice.mode, {})["approval_policy"],
            "approvals_reviewer": "user",
            "sandbox": "workspace-write",
        }

    def _require_effort(self, client: CodexClient, model: str, effort: str | None) -> None:
        """Codex takes any word for one, and says nothing."""
        if effort is None or (model, effort) in self._fitting:
            return
        with suppress(CodexError):  # one that cannot say what it offers
            listed = rows_in(client.model_list(include_hidden=True))
            require_effort(map(CodexModel.from_wire, listed), model, effort)
        self._fitting.add((model, effort))

    def _keep_model(self, conversation: Conversation, model: str, about: Json) -> None:
        provider = _name(about.get("modelProvider") or conversation.provider)
        if (provider, model) != (conversation.provider, conversation.model):
            self._store.set_model(
                conversation.id, provider=provider, model=model, agent=conversation.agent
            )


def _name(value: Any) -> str:
    return one_line(redact(str(value or "")), 200)
