"""`Graff`: the coding agent as a synchronous Python API (the CodeGraff SDK's names and shapes)."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from grafftui import events
from grafftui.approvals import Approver, Policy, decline_everything
from grafftui.cancellation import Cancellation
from grafftui.core import agents
from grafftui.core.connections import Connections, ModelChoice, ModelSource
from grafftui.core.conversations import Conversations, Wanted
from grafftui.core.own_command import OwnCommand
from grafftui.core.retry import RetryPlan
from grafftui.core.session import GraffSession
from grafftui.core.tool_calls import ToolCalls
from grafftui.core.turn import Instructions, Turn, TurnLimits
from grafftui.core.validation import validate
from grafftui.core.workbench import Workbench
from grafftui.errors import KeyringError, NotFoundError, UsageError
from grafftui.events import AgentEvent
from grafftui.history import Conversation, Store, TurnRecorder
from grafftui.keys import KeyVault
from grafftui.models import ToolSpec, message_from_wire, resolve
from grafftui.settings.paths import Paths
from grafftui.settings.settings import Settings, load
from grafftui.tools import Toolbox


class _Runnable(Protocol):
    def run(self) -> Iterator[AgentEvent]: ...


_MakeTurn = Callable[[Conversation, TurnRecorder, Cancellation], _Runnable]


class Graff:
    """A coding agent in a workspace.

    Args:
        cwd: Workspace root; the current directory by default.
        provider: Provider id, for example "anthropic". Needed with `api_key`.
        api_key: A key for `provider`. Kept in the OS keyring; where there is none, for this
            process only (the next turn says so in a "Notice").
        model: Model id.
        max_tokens: Most tokens of one answer.
        agent: Agent id; "forge" by default.
        approver: Answers what has to be approved. Without one nothing is: reads inside the
            workspace run, everything else is declined.
        models: Where models come from; the catalogue's providers by default.
        paths: Where history and settings are; those of the environment by default.

    Raises:
        UsageError: (a ValueError) An argument cannot be meant.
        StoreError: The history cannot be opened.
    """

    def __init__(
        self,
        *,
        cwd: str | None = None,
        provider: str | None = None,
        api_key: str | None = None,
        model: str | None = None,
        max_tokens: int | None = None,
        agent: str | None = None,
        approver: Approver = decline_everything,
        models: ModelSource | None = None,
        paths: Paths | None = None,
    ) -> None:
        validate(
            "init",
            {
                "cwd": cwd,
                "provider": provider,
                "api_key": api_key,
                "model": model,
                "agent": agent,
                "max_tokens": max_tokens,
            },
        )
        if api_key is not None and provider is None:
            raise UsageError("provider is required when api_key is supplied")
        self.paths = paths or Paths.from_environment()
        self.settings: Settings
        self.settings, problems = load(self.paths)
        self.store = Store.open(self.paths)
        self.vault = KeyVault(commands=self.settings.key_command)
        self.models: ModelSource = models or Connections(self.vault, self.settings)
        self._max_tokens = max_tokens or self.settings.max_tokens
        self._approver = approver
        self._policy = Policy()
        self._workbench = Workbench(_workspace_root(cwd), self.paths, self.settings)
        self._conversations = Conversations(
            self.store,
            self.models,
            self.workspace,
            Wanted(provider, model, agent or self.settings.agent),
        )
        self._running: dict[str, Cancellation] = {}
        self._lock = threading.Lock()
        self._notices: list[AgentEvent] = [
            events.notice("warning", words) for words in [*map(str, problems), *self.store.notices]
        ]
        if api_key is not None and provider is not None:
            self._keep_key(provider, api_key)

    @property
    def workspace(self) -> str:
        """Real path of the workspace root."""
        return str(self._workbench.workspace.root)

    def close(self) -> None:
        """Stop what runs and close the history."""
        with self._lock:
            running = list(self._running.values())
        for cancellation in running:
            cancellation.cancel()
        self.store.close()

    # -- turns -----------------------------------------------------------------------------

    def chat(
        self,
        prompt: str,
        *,
        conversation_id: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        agent: str | None = None,
    ) -> Iterator[AgentEvent]:
        """Run one turn; yield its events as they happen.

        A generator: nothing happens before the first `next()`. Closing it interrupts the turn.

        Args:
            prompt: What the person says.
            conversation_id: Which conversation it continues; a new one by default.
            model: Model id, for this turn and those after it in the conversation.
            provider: Provider id, likewise.
            agent: Agent id, likewise.

        Raises:
            UsageError: An argument cannot be meant.
            NotFoundError: No such conversation, provider or agent.
            StoreError: The prompt could not be saved; nothing was sent.
            TurnFailedError: The model could not be reached or refused; after "TurnFailed".
        """
        validate(
            "chat",
            {
                "prompt": prompt,
                "conversation_id": conversation_id,
                "model": model,
                "provider": provider,
                "agent": agent,
            },
        )
        wanted = Wanted(provider, model, agent)
        conversation = self._conversations.go_on(conversation_id, prompt, wanted)
        yield from self._run(conversation, prompt, self._turn)

    def run_command(
        self, command: str, *, conversation_id: str | None = None
    ) -> Iterator[AgentEvent]:
        """Run a shell command of the person's own; nobody is asked. Yields events like `chat`.

        The next turn's model is told what it was and what it printed.

        Raises:
            UsageError: An argument cannot be meant.
            NotFoundError: No such conversation.
            StoreError: It could not be written down; nothing was run.
        """
        prompt = f"!{command}"
        validate("chat", {"prompt": command, "conversation_id": conversation_id})
        conversation = self._conversations.go_on_without_model(conversation_id, prompt)

        def turn(
            conversation: Conversation, recorder: TurnRecorder, cancellation: Cancellation
        ) -> OwnCommand:
            tools = self._tools(conversation, recorder, cancellation)
            return OwnCommand(command, recorder, tools, cancellation)

        yield from self._run(conversation, prompt, turn)

    def interrupt(self, conversation_id: str) -> bool:
        """Stop the turn running in a conversation, from any thread. False when none runs."""
        with self._lock:
            cancellation = self._running.get(conversation_id)
        if cancellation is None:
            return False
        cancellation.cancel()
        return True

    def session(
        self,
        *,
        conversation_id: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        agent: str | None = None,
    ) -> GraffSession:
        """A `GraffSession`, which keeps the conversation's id from turn to turn."""
        return GraffSession(
            self, conversation_id=conversation_id, model=model, provider=provider, agent=agent
        )

    # -- conversations ---------------------------------------------------------------------

    def list_conversations(self, limit: int | None = None) -> list[dict[str, Any]]:
        """This workspace's conversations, newest first, each as `get_conversation` gives it."""
        found = self.store.conversations(workspace=self.workspace, limit=limit)
        return [self._conversations.as_dict(conversation) for conversation in found]

    def get_conversation(self, id: str) -> dict[str, Any] | None:
        """The conversation with this id, of any workspace; None when there is none."""
        conversation = self.store.conversation(id)
        return self._conversations.as_dict(conversation) if conversation else None

    def last_conversation(self) -> dict[str, Any] | None:
        """This workspace's newest conversation, or None."""
        conversation = self.store.last_conversation(self.workspace)
        return self._conversations.as_dict(conversation) if conversation else None

    def delete_conversation(self, id: str) -> None:
        """Delete a conversation of this workspace. Raises `NotFoundError`."""
        if not self.store.delete_conversation(id, workspace=self.workspace):
            raise NotFoundError(f"Conversation with ID '{id}' not found")

    def rename_conversation(self, id: str, title: str) -> None:
        """Give a conversation a title. Raises `NotFoundError`."""
        if not self.store.rename(id, title):
            raise NotFoundError(f"Conversation with ID '{id}' not found")

    # -- agents and keys -------------------------------------------------------------------

    def get_agent_infos(self) -> list[dict[str, Any]]:
        """`[{id, title, description}]`; needs no provider."""
        return [
            {"id": agent.id, "title": agent.title, "description": agent.description}
            for agent in agents.AGENTS.values()
        ]

    def upsert_credential(
        self,
        provider_id: str,
        api_key: str,
        extra_params: Sequence[Sequence[str]] | None = None,
    ) -> None:
        """Store a provider's key in the OS keyring.

        Args:
            extra_params: `[name, value]` pairs for the provider's URL, for example
                `[["OPENAI_URL", "http://localhost:8080/v1"]]`; kept in the settings.

        Raises:
            NotFoundError: No such provider.
            UsageError: The key or a pair cannot be meant.
            KeyringError: The keyring is missing, locked or silent.
        """
        parameters = _pairs(extra_params)
        if parameters:
            self.settings = self.settings.with_url_parameters(provider_id, parameters, self.paths)
            if isinstance(self.models, Connections):
                self.models.settings = self.settings
        endpoint = resolve(provider_id, {**os.environ, **parameters})
        self.vault.set(provider_id, api_key, origin=endpoint.origin)

    def remove_credential(self, provider_id: str) -> None:
        """Forget a provider's key. Raises `NotFoundError` when there is none."""
        if not self.vault.remove(provider_id):
            raise NotFoundError(f"no key is stored for {provider_id}")

    def version(self) -> str:
        """The version of grafftui."""
        from grafftui import __version__

        return __version__

    # -- inside ----------------------------------------------------------------------------

    def _run(
        self, conversation: Conversation, prompt: str, make: _MakeTurn
    ) -> Iterator[AgentEvent]:
        """Commit the prompt, then run the turn that `make` makes of it."""
        recorder = self.store.begin_turn(conversation.id, prompt)
        cancellation = Cancellation()
        with self._lock:
            self._running[conversation.id] = cancellation
        try:
            yield events.conversation_started(conversation.id)
            yield events.prompt_submitted(prompt)
            while self._notices:
                pending = self._notices.pop(0)
                recorder.record([pending])
                yield pending
            yield from make(conversation, recorder, cancellation).run()
        finally:
            recorder.close()
            with self._lock:
                self._running.pop(conversation.id, None)

    def _turn(
        self, conversation: Conversation, recorder: TurnRecorder, cancellation: Cancellation
    ) -> Turn:
        agent = agents.agent(conversation.agent)
        tools = self._tools(conversation, recorder, cancellation)
        choice = ModelChoice(conversation.provider, conversation.model)
        settings = self.settings
        messages = [message_from_wire(body) for body in self.store.live_messages(conversation.id)]
        return Turn(
            recorder=recorder,
            connect=lambda fresh: self.models.connect(choice, fresh_key=fresh),
            instructions=Instructions(
                system=agent.system_prompt(workspace=self.workspace, platform=platform.system()),
                tools=tuple(ToolSpec(**spec) for spec in tools.toolbox.specs()),
                max_tokens=self._max_tokens,
                temperature=settings.temperature,
                reasoning_effort=settings.reasoning_effort,
            ),
            messages=messages,
            tools=tools,
            cancellation=cancellation,
            limits=TurnLimits(settings.max_requests_per_turn, settings.max_tool_failure_per_turn),
            retries=RetryPlan(attempts=settings.retry_attempts),
        )

    def _tools(
        self, conversation: Conversation, recorder: TurnRecorder, cancellation: Cancellation
    ) -> ToolCalls:
        todos = self.store.todos(conversation.id)
        return ToolCalls(
            conversation_id=conversation.id,
            recorder=recorder,
            toolbox=Toolbox(agents.agent(conversation.agent).tools),
            context=self._workbench.context(conversation.id, todos, cancellation),
            policy=self._policy,
            approver=self._approver,
            cancellation=cancellation,
        )

    def _keep_key(self, provider: str, api_key: str) -> None:
        try:
            self.upsert_credential(provider, api_key)
        except KeyringError as error:
            origin = resolve(provider, os.environ).origin
            self.vault.set(provider, api_key, origin=origin, persist=False)
            words = f"The key for {provider} is kept for this process only: {error}"
            self._notices.append(events.notice("warning", words))


def _workspace_root(cwd: str | None) -> Path:
    root = Path(cwd or os.getcwd()).expanduser()
    if not root.is_dir():
        raise UsageError(f"there is no directory {root}", hint="name one with --cwd")
    return root.resolve()


def _pairs(extra_params: Sequence[Sequence[str]] | None) -> dict[str, str]:
    pairs = list(extra_params or ())
    if any(isinstance(pair, str) or len(pair) != 2 for pair in pairs):
        raise UsageError("extra_params entries must be [name, value] pairs")
    return {str(name): str(value) for name, value in pairs}
