"""`GraffSession`: several turns of one conversation."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Unpack

from grafftui.core.chat_options import ChatOptions
from grafftui.core.subscriptions import Subscription, Subscriptions
from grafftui.core.whole_turns import WholeTurns
from grafftui.errors import UsageError
from grafftui.events import AgentEvent

if TYPE_CHECKING:
    from grafftui.cancellation import Cancellation
    from grafftui.core.graff import Graff


class GraffSession(WholeTurns):
    """Keeps a conversation's id, and what every turn is asked with. Made by `Graff.session`."""

    def __init__(self, graff: Graff, options: ChatOptions) -> None:
        self._graff = graff
        self._options = options
        self._conversation_id = options.get("conversation_id")
        self._subscriptions = Subscriptions()

    @property
    def conversation_id(self) -> str | None:
        """The conversation's id, None before the first event of the first turn."""
        return self._conversation_id

    def send(self, prompt: str, **options: Unpack[ChatOptions]) -> Generator[AgentEvent]:
        """Like `Graff.chat`, continuing this session's conversation.

        Args:
            options: Those of `chat` but for `conversation_id`, for this turn, over the session's.
        """
        return self._turn(prompt, None, options)

    def interrupt(self) -> bool:
        """Stop the session's turn, from any thread. False when none runs."""
        return self._conversation_id is not None and self._graff.interrupt(self._conversation_id)

    def steer(self, text: str) -> bool:
        """Say something into the session's turn; see `Graff.steer`. False when none runs."""
        return self._conversation_id is not None and self._graff.steer(self._conversation_id, text)

    def subscribe(self) -> Subscription:
        """Follow every turn of this session beside whoever runs it; see `Subscription`."""
        return self._subscriptions.add()

    def close(self) -> None:
        """End its subscriptions. The conversation stays as it is."""
        self._subscriptions.close()

    def _turn(
        self, prompt: str, signal: Cancellation | None, options: ChatOptions
    ) -> Generator[AgentEvent]:
        if "conversation_id" in options:
            raise UsageError("a session keeps to its conversation; use chat for another one")
        chosen: ChatOptions = {**self._options, **options, "conversation_id": self._conversation_id}
        try:
            for event in self._graff._turn(prompt, signal, chosen):
                if event.type == "ConversationStarted" and self._conversation_id is None:
                    self._conversation_id = event.data["conversationId"]
                self._subscriptions.publish(event)
                yield event
        finally:
            self._subscriptions.turn_ended()

    def _stay_in(self, conversation_id: str | None, options: ChatOptions) -> None:
        """The session does so by itself."""
