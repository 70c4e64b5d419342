"""Turns that another backend runs in our history: begun, asked about, undone and ended as ours."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grafftui.cancellation import Cancellation
from grafftui.core.asking import Asking
from grafftui.core.budgets import Budget
from grafftui.core.checkpointing import TurnCheckpoints
from grafftui.core.ending import Steps
from grafftui.core.steering import Steering
from grafftui.events import AgentEvent
from grafftui.history import Conversation, TurnRecorder

if TYPE_CHECKING:
    from grafftui.core.conversations import Conversations
    from grafftui.core.running import RunningTurns
    from grafftui.core.turn_maker import TurnMaker
    from grafftui.core.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Hosted:
    """What a turn of another backend is run with.

    Attributes:
        conversation: As it was when the turn began.
        recorder: Takes every event before it is yielded.
        asking: Asks the person, or a rule.
        checkpoints: Are told before anything is done that changes the workspace.
        steering: What is said into the turn. It listens once it was opened.
        budget: What may be spent in the conversation.
        cancellation: Cancelled when the turn has to stop.
    """

    conversation: Conversation
    recorder: TurnRecorder
    asking: Asking
    checkpoints: TurnCheckpoints
    steering: Steering
    budget: Budget
    cancellation: Cancellation


class HostingAccess:
    """The part of `Graff` that other backends use."""

    _running: RunningTurns
    _workbench: Workbench
    _conversations: Conversations
    _make: TurnMaker
    _run: Callable[..., Generator[AgentEvent]]

    def hosted_conversation(self, conversation_id: str, backend: str) -> Conversation:
        """A conversation of another backend that can be gone on with in this workspace.

        Raises:
            NotFoundError: There is none.
            UsageError: It belongs to another folder, or another backend runs it.
        """
        return self._conversations.of_here(conversation_id, backend)

    @property
    def first_agent(self) -> str:
        """Id of the agent that a conversation begins with where none is named."""
        return self._conversations.first_agent

    def host_turn(
        self,
        conversation: Conversation,
        prompt: str,
        make: Callable[[Hosted], Steps],
        notices: Sequence[str] = (),
    ) -> Generator[AgentEvent]:
        """Commit the prompt, then run the turn that `make` makes; yield its events, like `chat`.

        Args:
            prompt: What the person says, without secrets; "" for a turn without a prompt.
            notices: What is told first.

        Raises:
            ConversationBusyError: Another turn of it is running.
            StoreError: The prompt could not be written; nothing was sent.
            TurnFailedError: The turn failed; after "TurnFailed".
        """

        def made(
            conversation: Conversation, recorder: TurnRecorder, cancellation: Cancellation
        ) -> Steps:
            bench, steering = self._workbench, self._running.steering(conversation.id)
            asking = bench.asking(conversation.id, recorder, cancellation)
            checkpoints = bench.checkpoints_of(recorder, cancellation)
            budget = self._make.budget(conversation.id)
            return make(
                Hosted(conversation, recorder, asking, checkpoints, steering, budget, cancellation)
            )

        yield from self._run(conversation, prompt, made, notices)
