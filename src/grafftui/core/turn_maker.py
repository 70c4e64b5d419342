"""Puts a turn together: its model, its instructions, its messages and its tools."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grafftui.cancellation import Cancellation
from grafftui.core.accounting import Accounting, Book
from grafftui.core.agents import Agent
from grafftui.core.answering import Answering, Instructions
from grafftui.core.attachments import Attachments
from grafftui.core.budgets import Budget
from grafftui.core.checkpointing import TurnCheckpoints
from grafftui.core.compaction.compactions import Asked, Compactions
from grafftui.core.compaction.compactor import Prepared
from grafftui.core.connections import ModelChoice
from grafftui.core.conversations import Conversations
from grafftui.core.execution import interruptible
from grafftui.core.loop_guards import OpenTodos
from grafftui.core.news import News
from grafftui.core.own_command import OwnCommand
from grafftui.core.project import Project
from grafftui.core.retry import RetryPlan
from grafftui.core.roster import Roster
from grafftui.core.running import RunningTurns
from grafftui.core.subagents.delegation import Delegation
from grafftui.core.subagents.family import Family, Kin
from grafftui.core.tool_calls import ToolCalls
from grafftui.core.turn import Turn, TurnLimits
from grafftui.core.workbench import Workbench
from grafftui.history import Conversation, TurnRecorder
from grafftui.models import Model, ToolSpec
from grafftui.settings.settings import Settings
from grafftui.tools import Toolbox, Workspace

if TYPE_CHECKING:
    from grafftui.core.sandboxed.bringing import Bringing
    from grafftui.sandboxes.lasting.engine import Compares


@dataclass(frozen=True, slots=True)
class Manner:
    """How one turn is to be answered otherwise than its agent would; None leaves it so."""

    system_prompt: str | None = None
    custom_rules: str | None = None
    temperature: float | None = None
    json_schema: dict[str, Any] | None = None


class TurnMaker:
    """Makes the turns of one `Graff`.

    Args:
        max_tokens: Most tokens of one answer; None for what the settings say.
    """

    def __init__(
        self,
        conversations: Conversations,
        workbench: Workbench,
        project: Project,
        settings: Settings,
        max_tokens: int | None,
        roster: Roster,
        running: RunningTurns,
    ) -> None:
        self._known: set[str] = set()
        self._running = running
        self._roster = roster
        self._conversations = conversations
        self._workbench = workbench
        self._project = project
        self._max_tokens_told = max_tokens
        self.take_settings(settings)

    def take_settings(self, settings: Settings) -> None:
        """Make the turns that begin from now on by these."""
        store, workspace = self._conversations.store, self._conversations.workspace
        self._settings = settings
        self._max_tokens = self._max_tokens_told or settings.max_tokens
        self.compactions = Compactions(store, workspace, settings.compact, self._max_tokens)

    def turn(
        self,
        manner: Manner,
        conversation: Conversation,
        recorder: TurnRecorder,
        cancellation: Cancellation,
        kin: Kin | None = None,
    ) -> Turn:
        """The turn that answers the conversation's last prompt.

        Args:
            kin: Whose family a sub-agent belongs to; None for the person's own agent.
        """
        settings = self._settings
        tools = self._workbench.tools(conversation, recorder, cancellation, kin=kin)
        tools.delegation = self._delegation(conversation, kin, tools)
        messages = self._conversations.messages(conversation.id)
        budget = self.budget(tools.asking.conversation_id)
        connect = self._line(conversation, cancellation)
        workspace = tools.context.workspace
        instructions = self._instructions(conversation.agent, tools.toolbox, manner, workspace)
        answering = Answering(
            recorder=recorder,
            accounting=Accounting(recorder, budget),
            context=self.compactions.keeper(
                recorder,
                messages,
                instructions.tokens,
                instructions.max_tokens,
                lambda: connect(False),
                budget,
                cancellation,
                self._roster.agent(conversation.agent).compact,
            ),
            connect=connect,
            instructions=instructions,
            messages=messages,
            cancellation=cancellation,
            retries=RetryPlan(attempts=settings.retry_attempts),
        )
        limits = self._limits(conversation.agent)
        # what the person mentions is a file they see: one of their own workspace
        here = replace(tools.context, workspace=self._workbench.workspace)
        attachments = Attachments(recorder, here, tools.asking)
        lists = "todo_write" in tools.toolbox.names and manner.json_schema is None
        open_todos = OpenTodos(recorder, tools.context.todos, lists)
        resumed = conversation.id not in self._known
        self._known.add(conversation.id)
        news = News(recorder, tools.context, resumed, lists)
        steering = self._running.steering(conversation.id)
        steering.open()
        return Turn(
            answering,
            tools,
            messages,
            attachments,
            news,
            open_todos,
            steering,
            cancellation,
            limits,
        )

    def _delegation(
        self, conversation: Conversation, kin: Kin | None, tools: ToolCalls
    ) -> Delegation:
        if kin is None:
            assert isinstance(tools.checkpoints, TurnCheckpoints)
            kin = Kin(Family(conversation.id, tools.checkpoints))

        def make(
            kin: Kin, called: Conversation, recorder: TurnRecorder, cancellation: Cancellation
        ) -> Turn:
            return self.turn(Manner(), called, recorder, cancellation, kin)

        return Delegation(
            caller=conversation,
            kin=kin,
            recorder=tools.recorder,
            conversations=self._conversations,
            running=self._running,
            cancellation=tools.cancellation,
            make=make,
        )

    def budget(self, conversation_id: str) -> Budget:
        """What may be spent in a conversation."""
        ledger = self._conversations.store.ledger
        return Budget(self._settings.budget, ledger, conversation_id)

    def compaction(
        self, asked: Asked, conversation: Conversation, book: Book, cancellation: Cancellation
    ) -> Prepared | None:
        """The compaction a person asks for; None where there is nothing to compact."""
        connect, budget = self._line(conversation, cancellation), self.budget(conversation.id)
        return self.compactions.prepare(
            conversation.id, asked, lambda: connect(False), book, budget, cancellation
        )

    def own_command(
        self,
        command: str,
        conversation: Conversation,
        recorder: TurnRecorder,
        cancellation: Cancellation,
    ) -> OwnCommand:
        """The turn in which the person runs `command`."""
        tools = self._workbench.tools(conversation, recorder, cancellation, held=False)
        return OwnCommand(command, recorder, tools)

    def bringing(
        self,
        engine: Compares,
        sandbox_id: str,
        conversation: Conversation,
        recorder: TurnRecorder,
        cancellation: Cancellation,
    ) -> Bringing:
        """The turn in which the person brings what a sandbox changed."""
        from grafftui.core.sandboxed.bringing import Bringing

        tools = self._workbench.tools(conversation, recorder, cancellation, held=False)
        return Bringing(engine, sandbox_id, recorder, tools)

    def instructions_of(self, agent_id: str) -> Instructions:
        """What an agent's requests say beside the messages. Raises `NotFoundError`."""
        toolbox, workspace = self._workbench.toolbox(agent_id), self._workbench.workspace
        return self._instructions(agent_id, toolbox, Manner(), workspace)

    def _instructions(
        self, agent_id: str, toolbox: Toolbox, manner: Manner, workspace: Workspace
    ) -> Instructions:
        settings, agent = self._settings, self._roster.agent(agent_id)
        wants = agent.model
        return Instructions(
            system=self._system_prompt(agent, manner, workspace) + workspace.told,
            tools=tuple(ToolSpec(**spec) for spec in toolbox.specs()),
            max_tokens=self._most_tokens(wants.max_tokens),
            temperature=_first(manner.temperature, settings.temperature, wants.temperature),
            top_p=wants.top_p,
            top_k=wants.top_k,
            reasoning_effort=wants.reasoning_effort or settings.reasoning_effort,
            json_schema=manner.json_schema,
        )

    def _most_tokens(self, of_agent: int | None) -> int:
        """Of one answer: what the program or the person says goes before what an agent wants."""
        said = self._max_tokens_told or "max_tokens" in self._settings.model_fields_set
        return self._max_tokens if said else of_agent or self._max_tokens

    def _limits(self, agent_id: str) -> TurnLimits:
        settings, wants = self._settings, self._roster.agent(agent_id).model
        return TurnLimits(
            wants.max_requests_per_turn or settings.max_requests_per_turn,
            wants.max_tool_failure_per_turn or settings.max_tool_failure_per_turn,
        )

    def _system_prompt(self, agent: Agent, manner: Manner, workspace: Workspace) -> str:
        prompt = manner.system_prompt
        if prompt is None:
            prompt = agent.system_prompt(
                workspace=str(workspace.root),
                platform=platform.system(),
                project=self._project.instructions(),
                skills=self._roster.skill_lines() if "skill" in agent.tools else "",
                person=self._roster.guidelines(),
            )
        return f"{prompt}\n\n{manner.custom_rules}" if manner.custom_rules else prompt

    def _line(
        self, conversation: Conversation, cancellation: Cancellation
    ) -> Callable[[bool], Model]:
        """What connects to the conversation's model, and keeps which one that turned out to be."""
        models = self._conversations.models
        choice = ModelChoice(conversation.provider, conversation.model)

        def connect(fresh_key: bool) -> Model:
            nonlocal choice
            model = interruptible(lambda: models.connect(choice, fresh_key=fresh_key), cancellation)
            self._conversations.answered_by(conversation, model)
            choice = ModelChoice(model.provider_id, model.model_id)
            return model

        return connect


def _first(*numbers: float | None) -> float | None:
    """The first that is one."""
    return next((number for number in numbers if number is not None), None)
