"""`CodexBackend`: Codex's app-server as a backend of ours."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from grafftui.backends.codex.binary import find_codex
from grafftui.backends.codex.conversing.handing_over import HandOver, hand_over_note
from grafftui.backends.codex.conversing.importing import Importing
from grafftui.backends.codex.conversing.offers import CodexModel, CodexSandbox
from grafftui.backends.codex.conversing.probing import probe
from grafftui.backends.codex.conversing.server import Line, Server
from grafftui.backends.codex.conversing.strays import Strays, folders_of
from grafftui.backends.codex.conversing.threads import AGENT, BACKEND, Choice, Threads
from grafftui.backends.codex.conversing.turn import CodexTurn
from grafftui.backends.codex.errors import CodexNotFoundError
from grafftui.backends.codex.options import CodexOptions
from grafftui.backends.codex.results import fields_of, rows_in
from grafftui.backends.codex.threads import Login
from grafftui.core.redaction import KEY_TAKEN_OUT
from grafftui.errors import UsageError
from grafftui.events import AgentEvent
from grafftui.history import Conversation
from grafftui.text import one_line
from grafftui.text.redact import redact

if TYPE_CHECKING:
    from grafftui.approvals import Mode
    from grafftui.backends.backend import Capability
    from grafftui.core import Graff
    from grafftui.core.hosting import Hosted

_TITLE_CELLS: Final = 60
_STOPPING: Final = 2.5
"""Seconds its turns are given to end when all is closed."""


class CodexBackend:
    """Codex in the history of `graff`, with its approver and policy.

    One app-server for all conversations, started when it is first needed, and again when it has
    ended. Safe from any thread.

    Args:
        graff: Whose history, workspace, policy and approver are used. Close this one first.
        options: How the app-server is started.
    """

    name: Final = BACKEND
    capabilities: Final[frozenset[Capability]] = frozenset(
        ("steer", "compact", "fork", "archive", "effort", "login", "sandbox")
    )

    def __init__(self, graff: Graff, options: CodexOptions | None = None) -> None:
        self._graff = graff
        self._options = options or CodexOptions(cwd=graff.workspace)
        environment = {**os.environ, **self._options.env}
        self._strays = Strays(folders_of(graff.workspace, environment))
        self._server = Server(self._options, self._strays.clean)
        self._threads = Threads(graff.store, self._server, graff.workspace)
        self._importing = Importing(graff.store, self._server, self._threads)
        self._hand_over = HandOver(graff, self._threads)
        self._running: set[str] = set()
        self._changed = threading.Condition()

    def problem(self) -> str:
        """Why Codex cannot be used here, in a sentence; "" if it can. Asks nobody."""
        try:
            find_codex(self._options.codex_bin, {**os.environ, **self._options.env})
        except CodexNotFoundError as error:
            return f"{error}. {error.hint}".strip()
        return ""

    def close(self) -> None:
        """Stop its turns and end the app-server, with all it started."""
        with self._changed:
            running = list(self._running)
        for conversation_id in running:
            self._graff.interrupt(conversation_id)
        with self._changed:
            self._changed.wait_for(lambda: not self._running, _STOPPING)
        self._importing.stop()
        self._server.close()

    # -- turns -----------------------------------------------------------------------------

    def chat(
        self,
        prompt: str,
        *,
        conversation_id: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        agent: str | None = None,
        effort: str | None = None,
        mode: Mode | None = None,
    ) -> Generator[AgentEvent]:
        """See `Backend.chat`. `graff.interrupt` and `graff.steer` reach the turn too.

        Args:
            provider, agent: Codex has its own: they are not looked at.
        """
        if not prompt.strip():
            raise UsageError("the prompt is empty")
        said = redact(prompt)
        conversation = self._conversation(conversation_id, said)
        if mode is not None:
            self._graff.set_mode(conversation.id, mode)
        choice = Choice(self._graff.policy.mode(conversation.id), model, effort)
        note = self._hand_over.first(conversation.id)

        def begin(line: Line, said: list[str]) -> str:
            told, note[:] = [*note, *said], []
            return self._threads.begin(line, told, choice)

        def make(hosted: Hosted) -> CodexTurn:
            return self._turn(hosted, choice, begin, said)

        with self._busy(conversation.id):
            notices = [KEY_TAKEN_OUT] if said != prompt else []
            yield from self._graff.host_turn(conversation, said, make, notices)

    def steer(self, conversation_id: str, text: str) -> bool:
        """See `Backend.steer`."""
        return self._graff.steer(conversation_id, text)

    def interrupt(self, conversation_id: str) -> bool:
        """See `Backend.interrupt`; ends what the turn runs in the background, too."""
        return self._graff.interrupt(conversation_id)

    def compact(self, conversation_id: str) -> Generator[AgentEvent]:
        """See `Backend.compact`."""
        conversation = self._known(conversation_id)
        self._threads.require(conversation.id)
        choice = Choice(self._graff.policy.mode(conversation.id))

        def begin(line: Line, said: list[str]) -> str:
            line.client.thread_compact_start(line.thread_id)
            return ""

        with self._busy(conversation.id):
            yield from self._graff.host_turn(
                conversation, "", lambda hosted: self._turn(hosted, choice, begin, "")
            )

    # -- conversations ---------------------------------------------------------------------

    def fork(self, conversation_id: str, entry: int | None = None) -> str:
        """Copy a conversation and its thread. Returns the copy's id.

        Args:
            entry: As for `Graff.fork_conversation`. Codex cuts between turns only: the copy's
                thread ends with the turn before the one that is cut.
        """
        return self._threads.fork(self._known(conversation_id), entry)

    def archive(self, conversation_id: str, on: bool = True) -> None:
        """Put a conversation and its thread into the archive, or take both out."""
        self._threads.archive(self._known(conversation_id), on)

    def import_threads(self) -> int:
        """Take threads made elsewhere into the history, and what is new in those it knows.

        Nothing changes at Codex's. Returns how many conversations are new or have grown.
        """
        return self._importing.run()

    def hand_over_note(self, conversation_id: str) -> str:
        """What another backend should be told of a conversation; the person may change it."""
        return hand_over_note(self._graff.store, conversation_id)

    def hand_over(self, conversation_id: str, to: str, note: str) -> Iterator[AgentEvent]:
        """Have a conversation go on with another backend ("codex" or "graff").

        The border is an event and an entry; `note` is what the other one is told first.
        """
        return self._hand_over.run(conversation_id, to, note)

    # -- Codex itself ----------------------------------------------------------------------

    def models(self) -> list[CodexModel]:
        """The models there are, Codex's default marked."""
        return [CodexModel.from_wire(one) for one in rows_in(self._server.client().model_list())]

    def account(self) -> dict[str, Any]:
        """`{account, requiresOpenaiAuth}`, as `account/read` has it."""
        return fields_of(self._server.client().account_read())

    @property
    def needs_sign_in(self) -> bool:
        """Whether nobody is signed in where somebody has to be. Asks the app-server."""
        account = self.account()
        return account.get("account") is None and bool(account.get("requiresOpenaiAuth"))

    def login(self, api_key: str | None = None, *, device: bool = False) -> Login | None:
        """Sign in: with a key at once (None is returned); else open `url`, then `wait`.

        Args:
            device: Sign in on another device, with the sign-in's `code`.
        """
        client = self._server.client()
        if api_key is not None:
            client.account_login_start_api_key(api_key)
            return None
        feed = client.follow()
        begin = client.account_login_start_device_code if device else None
        return Login(client, feed, (begin or client.account_login_start_chatgpt)())

    def logout(self) -> None:
        """Sign out."""
        self._server.client().account_logout()

    def sandbox_state(self) -> CodexSandbox:
        """Try Codex's own sandbox in the workspace; some 0.1 s."""
        self._strays.watch()
        return probe(self._server.client(), self._graff.workspace)

    # -- within ----------------------------------------------------------------------------

    def _conversation(self, conversation_id: str | None, prompt: str) -> Conversation:
        if conversation_id is not None:
            return self._known(conversation_id)
        title = one_line(prompt.strip().splitlines()[0], _TITLE_CELLS)
        made = self._graff.store.create_conversation(
            workspace=self._graff.workspace,
            backend=BACKEND,
            agent=AGENT,
            provider="",
            model="",
            title=title,
        )
        return self._known(made)

    def _known(self, conversation_id: str) -> Conversation:
        """A conversation of Codex's that can be gone on with here."""
        return self._graff.hosted_conversation(conversation_id, BACKEND)

    def _turn(self, hosted: Hosted, choice: Choice, begin: Any, prompt: str) -> CodexTurn:
        conversation = hosted.conversation

        def open() -> Line:
            self._strays.watch()
            return self._threads.open(conversation, choice)

        return CodexTurn(
            hosted,
            self._server,
            open,
            begin,
            partial(self._threads.noted, conversation.id, hosted.recorder.turn_id),
            self._graff.workspace,
            choice.mode,
            prompt,
        )

    @contextmanager
    def _busy(self, conversation_id: str) -> Iterator[None]:
        with self._changed:
            self._running.add(conversation_id)
        try:
            yield
        finally:
            with self._changed:
                self._running.discard(conversation_id)
                self._changed.notify_all()
