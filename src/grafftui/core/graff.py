"""`Graff`: the coding agent as a synchronous Python API (the CodeGraff SDK's names and shapes)."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, Unpack

from grafftui import events
from grafftui.approvals import Approver, Mode, decline_everything
from grafftui.cancellation import Cancellation
from grafftui.core.agent_access import AgentAccess
from grafftui.core.asides import Asides
from grafftui.core.chat_options import ChatOptions
from grafftui.core.command_access import CommandAccess
from grafftui.core.compaction_access import CompactionAccess
from grafftui.core.connections import Connections, ModelSource
from grafftui.core.conversation_access import ConversationAccess
from grafftui.core.conversations import Conversations, Wanted
from grafftui.core.cost_access import CostAccess
from grafftui.core.credentials import Credentials
from grafftui.core.definitions import Definitions
from grafftui.core.ending import Steps, to_its_end
from grafftui.core.forge.access import ForgeAccess
from grafftui.core.helping_access import HelpingAccess
from grafftui.core.holding_access import HoldingAccess
from grafftui.core.hooks import aborted_by
from grafftui.core.hosting import HostingAccess
from grafftui.core.info_access import InfoAccess
from grafftui.core.mcp_access import McpAccess
from grafftui.core.mcp_use import McpUse
from grafftui.core.policing import make_policy
from grafftui.core.project import Project
from grafftui.core.redaction import KEY_TAKEN_OUT
from grafftui.core.roster import Roster
from grafftui.core.running import RunningTurns
from grafftui.core.sandbox_access import SandboxAccess
from grafftui.core.session import GraffSession
from grafftui.core.settings_access import SettingsAccess
from grafftui.core.steering import SteeringAccess
from grafftui.core.subagents.access import SubAgentAccess
from grafftui.core.titles import Titles
from grafftui.core.tracing import make_tracing
from grafftui.core.turn_maker import Manner, TurnMaker
from grafftui.core.undo_access import UndoAccess
from grafftui.core.unsaved import saying_when_unsaved
from grafftui.core.validation import validate
from grafftui.core.whole_turns import WholeTurns
from grafftui.core.workbench import Workbench, workspace_root
from grafftui.errors import NotFoundError, StoreError, UsageError
from grafftui.events import AgentEvent
from grafftui.history import Conversation, Store, TurnRecorder
from grafftui.history.retention import retire
from grafftui.keys import KeyVault
from grafftui.settings.paths import Paths
from grafftui.settings.settings import Settings, load
from grafftui.text.redact import redact
from grafftui.tools import TASK, TOOLS
from grafftui.trust import TrustBook

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from grafftui.approvals.hooks import AfterApproval, BeforeApproval
    from grafftui.sandboxes import LocalSandbox
    from grafftui.tools import BackgroundCommands

_STOPPING: Final = 2.5
"""Seconds that turns, and then their commands, are given to end when all is closed."""


class Graff(
    WholeTurns,
    AgentAccess,
    ConversationAccess,
    CommandAccess,
    CompactionAccess,
    CostAccess,
    UndoAccess,
    SteeringAccess,
    SubAgentAccess,
    McpAccess,
    HelpingAccess,
    SandboxAccess,
    HoldingAccess,
    InfoAccess,
    SettingsAccess,
    ForgeAccess,
    HostingAccess,
):
    """A coding agent in a workspace.

    Args:
        cwd: Workspace root; the current directory by default.
        provider: Provider id, for example "anthropic". Needed with `api_key`.
        api_key: A key for `provider`. Kept in the OS keyring; where there is none, for this
            process only (the next turn says so in a "Notice").
        model: Model id.
        max_tokens: Most tokens of one answer.
        agent: Agent id; "forge" by default.
        mode: How much goes ahead without asking; "ask" if the settings do not say otherwise.
        approver: Answers what has to be approved. Without one nothing is: reads inside the
            workspace run, everything else is declined.
        before_approval: Is told of each verdict before it counts, and may return a stricter one.
        after_approval: Is told of each decision.
        models: Where models come from; the catalogue's providers by default.
        paths: Where history and settings are; those of the environment by default.
        tracer: Makes OpenTelemetry spans of turns, requests and tool calls (`grafftui[otel]`);
            none by default, or as the settings say.

    Attributes:
        policy: Decides what is asked: modes, rules, grants.
        project: What the workspace's own files say, and whether they are trusted.
        roster: The agents, skills and commands there are.
        titles: Finds titles for conversations.
        sub_agents: Tells all that sub-agents say and do.

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
        mode: Mode | None = None,
        approver: Approver = decline_everything,
        before_approval: BeforeApproval | None = None,
        after_approval: AfterApproval | None = None,
        models: ModelSource | None = None,
        paths: Paths | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        validate(
            "init",
            cwd=cwd,
            provider=provider,
            api_key=api_key,
            model=model,
            max_tokens=max_tokens,
            agent=agent,
        )
        if api_key is not None and provider is None:
            raise UsageError("provider is required when api_key is supplied")
        root = workspace_root(cwd)
        self.paths = paths or Paths.from_environment()
        settings, wrong = load(self.paths)
        self.vault = KeyVault(commands=settings.key_command)
        self.models: ModelSource = models or Connections(self.vault, settings)
        self._credentials = Credentials(self.vault, self.models, self.paths, settings)
        self._notices = list(map(str, wrong))
        if api_key is not None and provider is not None:
            self._notices += self._credentials.keep_for_now(provider, api_key)
        self.store = Store.open(self.paths)
        self._notices += self.store.notices
        self._tracing, problems = make_tracing(tracer, settings.tracing, self.store.conversation)
        self._notices += problems
        self._notices += retire(self.store, settings.retention_days, time.time())
        self.policy = make_policy(
            root,
            self.paths,
            settings,
            self.store,
            mode=mode,
            before_approval=before_approval,
            after_approval=after_approval,
        )
        self._mode_is_told = mode is not None
        self._notices += self.policy.notices()
        self.project = Project(str(root), TrustBook(self.store.trusted_folders), self.policy)
        settings, refused = self.project.narrowed(settings)
        self._notices += map(str, refused)
        self.roster = Roster(
            Definitions(self.project, self.paths.settings, str(root)), (*TOOLS, TASK)
        )
        self._mcp = McpUse(root, self.paths, self.project, self.store.mcp_pins)
        self._workbench = Workbench(
            root,
            self.paths,
            settings,
            self.store,
            self.policy,
            approver,
            self.roster,
            self._mcp,
            self._site,
        )
        self._notices += self._workbench.finish_undo()
        self._conversations = Conversations(
            self.store,
            self.models,
            self.workspace,
            Wanted(provider, model, agent or settings.agent),
            self.roster,
        )
        self.says_when_unsaved = True  # in a "Notice"; not where the screen says it
        self._running = RunningTurns()
        self.sub_agents = self._running.sub_agents
        self._make = TurnMaker(
            self._conversations,
            self._workbench,
            self.project,
            settings,
            max_tokens,
            self.roster,
            self._running,
        )
        wanted = settings.titles and isinstance(self.models, Connections)
        self._asides = Asides(self.store, self.models, self._make.budget, self.workspace)
        self.titles = Titles(self.store, self.models, self._make.budget, wanted)

    @property
    def sandbox(self) -> LocalSandbox:
        """What holds the commands; its `prove` says whether anything does."""
        return self._workbench.sandbox

    @property
    def background(self) -> BackgroundCommands:
        """The commands that run in the background."""
        return self._workbench.background

    @property
    def workspace(self) -> str:
        """Real path of the workspace root."""
        return str(self._workbench.workspace.root)

    @property
    def settings(self) -> Settings:
        """What the person has chosen."""
        return self._credentials.settings

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except StoreError as lost:
            if error is None:
                raise
            error.add_note(str(lost))

    def close(self) -> None:
        """Stop what runs, with the commands it started, and close the history.

        Raises:
            StoreError: The latest of the history could not be written, now as before, and is
                lost; all is closed. When a `with` block is left by an error, that gets a note.
        """
        self.titles.stop()
        self._asides.stop()
        self._running.stop_all(_STOPPING)
        self._workbench.close(_STOPPING)
        self._close_sandboxes()
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
        mode: Mode | None = None,
        system_prompt: str | None = None,
        custom_rules: str | None = None,
        temperature: float | None = None,
        json_schema: dict[str, Any] | None = None,
        sandbox: str | None = None,
    ) -> Generator[AgentEvent]:
        """Run one turn; yield its events as they happen.

        A generator: nothing happens before the first `next()`. Closing it interrupts the turn.

        Args:
            prompt: What the person says.
            conversation_id: Which conversation it continues; a new one by default.
            model: Model id, for this turn and those after it in the conversation.
            provider: Provider id, likewise.
            agent: Agent id, likewise.
            mode: How much goes ahead without asking, likewise.
            system_prompt: In the place of the agent's own, for this turn.
            custom_rules: Added to the system prompt, for this turn.
            temperature: 0 to 2, for this turn.
            json_schema: What the answer's text has to follow, where the provider knows how;
                `run_json` also checks it.
            sandbox: Id of the sandbox the agent's tools act in, in this turn and those after it;
                see `use_sandbox`.

        Raises:
            UsageError: An argument cannot be meant.
            NotFoundError: No such conversation, provider, agent or sandbox.
            SandboxError: The sandbox cannot be used.
            StoreError: The prompt could not be saved; nothing was sent.
            TurnFailedError: The model could not be reached or refused; after "TurnFailed".
        """
        validate(
            "chat",
            prompt=prompt,
            conversation_id=conversation_id,
            model=model,
            provider=provider,
            agent=agent,
            system_prompt=system_prompt,
            custom_rules=custom_rules,
            temperature=temperature,
            json_schema=json_schema,
            sandbox=sandbox,
        )
        wanted = Wanted(provider, model, agent)
        said = redact(prompt)
        posting = self._new_posting(conversation_id, sandbox)
        conversation = self._conversations.go_on(conversation_id, said, wanted)
        if posting is not None:
            conversation = self._post(conversation, posting)
        if mode is not None:
            self.set_mode(conversation.id, mode)
        notices = [KEY_TAKEN_OUT] if said != prompt else []
        manner = Manner(system_prompt, custom_rules, temperature, json_schema)
        cwd = conversation.sandbox_root or self.workspace
        sent = self.roster.agent(conversation.agent).asked(said, cwd)
        turn = self._run(conversation, said, partial(self._make.turn, manner), notices, sent)
        yield from turn if self._tracing is None else self._tracing.traced(turn)

    def run_command(
        self, command: str, *, conversation_id: str | None = None
    ) -> Generator[AgentEvent]:
        """Run a shell command of the person's own; nobody is asked. Yields events like `chat`.

        The next turn's model is told what it was and what it printed.

        Raises:
            UsageError: An argument cannot be meant.
            NotFoundError: No such conversation.
            StoreError: It could not be written down; nothing was run.
        """
        validate("command", command=command, conversation_id=conversation_id)
        prompt = redact(f"!{command}")
        conversation = self._conversations.go_on_without_model(conversation_id, prompt)

        make = partial(self._make.own_command, command)
        yield from self._run(conversation, prompt, make)

    def interrupt(self, conversation_id: str) -> bool:
        """Stop the turn running in a conversation, from any thread. False when none runs."""
        return self._running.interrupt(conversation_id)

    def proposed_text(self, request_id: str, path: str) -> str:
        """The whole text that an edit would leave at `path`, while its request waits.

        Raises:
            NotFoundError: No such request waits, or it proposes no text there.
        """
        return self._workbench.proposals.text(request_id, path)

    def session(
        self,
        *,
        conversation_id: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        agent: str | None = None,
        mode: Mode | None = None,
        system_prompt: str | None = None,
        custom_rules: str | None = None,
        temperature: float | None = None,
        json_schema: dict[str, Any] | None = None,
        sandbox: str | None = None,
    ) -> GraffSession:
        """A `GraffSession`: keeps the conversation's id, and these options, from turn to turn."""
        return GraffSession(
            self,
            ChatOptions(
                conversation_id=conversation_id,
                model=model,
                provider=provider,
                agent=agent,
                mode=mode,
                system_prompt=system_prompt,
                custom_rules=custom_rules,
                temperature=temperature,
                json_schema=json_schema,
                sandbox=sandbox,
            ),
        )

    def resume_last(self, **options: Unpack[ChatOptions]) -> GraffSession:
        """A session that goes on with this workspace's newest conversation.

        Raises:
            NotFoundError: There is none.
        """
        last = self.store.last_conversation(self.workspace)
        if last is None:
            raise NotFoundError("there is no conversation in this folder yet")
        return GraffSession(self, {**options, "conversation_id": last.id})

    # -- keys ------------------------------------------------------------------------------

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
        validate("credential", provider_id=provider_id, api_key=api_key)
        self._credentials.upsert(provider_id, api_key, extra_params)

    def remove_credential(self, provider_id: str) -> None:
        """Forget a provider's key. Raises `NotFoundError` when there is none."""
        validate("credential", provider_id=provider_id)
        self._credentials.remove(provider_id)

    # -- inside ----------------------------------------------------------------------------

    def _turn(
        self, prompt: str, signal: Cancellation | None, options: ChatOptions
    ) -> Generator[AgentEvent]:
        stream = self.chat(prompt, **options)
        return stream if signal is None else aborted_by(signal, stream, self.interrupt)

    def _run(
        self,
        conversation: Conversation,
        prompt: str,
        make: Callable[[Conversation, TurnRecorder, Cancellation], Steps],
        notices: Sequence[str] = (),
        sent: str | None = None,
    ) -> Generator[AgentEvent]:
        """Commit the prompt, `sent` to the model so, then run the turn that `make` makes of it."""
        recorder = self.store.begin_turn(conversation.id, prompt, sent)
        with self._running.turn(recorder) as cancellation:
            yield events.conversation_started(conversation.id)
            if prompt:
                yield events.prompt_submitted(prompt)
            pending, self._notices = [*self._notices, *notices], []
            yield from _told(pending, recorder)
            turn = make(conversation, recorder, cancellation)
            try:
                yield from _told([*self.roster.notices(), *self._mcp.notices()], recorder)
                steering = self._running.steering(conversation.id)
                for event in saying_when_unsaved(
                    steering.woven_into(to_its_end(turn, recorder, cancellation)), self._unsaved
                ):
                    if event.type == "TaskComplete":
                        self.titles.begin(conversation, prompt)
                    yield event
            finally:
                self._notices += self._workbench.leave(recorder.turn_id)

    def _unsaved(self) -> str:
        return self.store.unsaved if self.says_when_unsaved else ""


def _told(notices: Sequence[str], recorder: TurnRecorder) -> Generator[AgentEvent]:
    for words in notices:
        notice = events.notice("warning", words)
        recorder.record([notice])
        yield notice
