"""Puts a turn together: its model, its instructions, its messages and its tools."""

from __future__ import annotations

import platform
from collections.abc import Callable

from grafftui.cancellation import Cancellation
from grafftui.core import agents
from grafftui.core.answering import Answering, Instructions
from grafftui.core.connections import ModelChoice
from grafftui.core.conversations import Conversations
from grafftui.core.execution import interruptible
from grafftui.core.own_command import OwnCommand
from grafftui.core.project import Project
from grafftui.core.retry import RetryPlan
from grafftui.core.turn import Turn, TurnLimits
from grafftui.core.workbench import Workbench
from grafftui.history import Conversation, TurnRecorder
from grafftui.models import Model, ToolSpec
from grafftui.settings.settings import Settings
from grafftui.tools import Toolbox


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
    ) -> None:
        self._conversations = conversations
        self._workbench = workbench
        self._project = project
        self._settings = settings
        self._max_tokens = max_tokens or settings.max_tokens

    def turn(
        self, conversation: Conversation, recorder: TurnRecorder, cancellation: Cancellation
    ) -> Turn:
        """The turn that answers the conversation's last prompt."""
        settings = self._settings
        tools = self._workbench.tools(conversation, recorder, cancellation)
        messages = self._conversations.messages(conversation.id)
        answering = Answering(
            recorder=recorder,
            connect=self._line(conversation, cancellation),
            instructions=self._instructions(conversation.agent, tools.toolbox),
            messages=messages,
            cancellation=cancellation,
            retries=RetryPlan(attempts=settings.retry_attempts),
        )
        limits = TurnLimits(settings.max_requests_per_turn, settings.max_tool_failure_per_turn)
        return Turn(answering, tools, messages, cancellation, limits)

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

    def _instructions(self, agent_id: str, toolbox: Toolbox) -> Instructions:
        workspace = str(self._workbench.workspace.root)
        agent = agents.agent(agent_id)
        return Instructions(
            system=agent.system_prompt(
                workspace=workspace,
                platform=platform.system(),
                project=self._project.instructions(),
            ),
            tools=tuple(ToolSpec(**spec) for spec in toolbox.specs()),
            max_tokens=self._max_tokens,
            temperature=self._settings.temperature,
            reasoning_effort=self._settings.reasoning_effort,
        )

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
