"""Runs turns on worker threads; what happens in them goes to the pump."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from grafftui import events
from grafftui.errors import GrafftuiError, NotFoundError, TurnFailedError, UsageError
from grafftui.events import AgentEvent
from grafftui.ui.live import LiveConversation

if TYPE_CHECKING:
    from grafftui.backends.registry import Backends
    from grafftui.core import Graff
    from grafftui.history import Conversation

_NAMED: Final = re.compile(r"/(?P<name>[^\s/]+)\s*(?P<parameters>.*)", re.DOTALL)

TURN_ENDED: Final = "TurnEnded"
"""Follows a turn's last event, however it ended, so that the next queued prompt can go."""

_PATIENCE: Final = 3.0
"""Seconds all turns together are given to stop when the app quits."""


class Turns:
    """The turns that run now, at most one in a conversation.

    Args:
        graff: Knows the person's own commands, and what sub-agents do.
        backends: Run them, each those of its conversations.
        put: Takes each event, on the turn's thread.
        follow: Gives a sub-agent's conversation, which is followed from an ordinal on; called
            on its thread.
    """

    def __init__(
        self,
        graff: Graff,
        backends: Backends,
        put: Callable[[LiveConversation, AgentEvent], None],
        follow: Callable[[Conversation, int], LiveConversation],
    ) -> None:
        self._graff = graff
        self._backends = backends
        self._put = put
        self._follow = follow
        self._called: dict[str, LiveConversation] = {}
        graff.sub_agents.follow(self._of_sub_agent)
        self._threads: dict[LiveConversation, threading.Thread] = {}

    def start(self, conversation: LiveConversation, prompt: str) -> None:
        """Send `prompt` in `conversation`."""
        self.run(conversation, lambda: self._stream(conversation, prompt))

    def interrupt(self, conversation: LiveConversation) -> None:
        """Stop the conversation's turn, if one runs."""
        backend = self._backends.at_hand(conversation.backend)
        if conversation.id is not None and backend is not None:
            backend.interrupt(conversation.id)

    def interrupt_all(self) -> None:
        """Stop every turn, without waiting."""
        for conversation in list(self._threads):
            self.interrupt(conversation)

    def stop_all(self) -> None:
        """Stop every turn and wait, within limits, until each has written its end."""
        self.interrupt_all()
        deadline = time.monotonic() + _PATIENCE
        for thread in list(self._threads.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _of_sub_agent(
        self, conversation: Conversation, first: int, event: AgentEvent | None
    ) -> None:
        """One object for a whole turn, whatever the screen does with it meanwhile."""
        id = conversation.id
        if event is None:
            if (ended := self._called.pop(id, None)) is not None:
                self._put(ended, AgentEvent(TURN_ENDED))
            return
        if id not in self._called:
            self._called[id] = self._follow(conversation, first)
        self._put(self._called[id], event)

    def run(
        self, conversation: LiveConversation, stream: Callable[[], Iterator[AgentEvent]]
    ) -> None:
        """Run something as a turn of `conversation`; `stream` is called on its thread."""
        thread = threading.Thread(
            target=self._run, args=(conversation, stream), name="turn", daemon=True
        )
        self._threads[conversation] = thread
        thread.start()

    def _run(
        self, conversation: LiveConversation, stream: Callable[[], Iterator[AgentEvent]]
    ) -> None:
        try:
            for event in stream():
                self._put(conversation, event)
        except TurnFailedError:
            pass  # said by its TurnFailed event
        except GrafftuiError as error:
            self._put(conversation, events.turn_failed(str(error), error.hint))
        except Exception as error:
            words = f"internal error: {type(error).__name__}"
            self._put(conversation, events.turn_failed(words, "what was said until here is kept"))
            raise
        finally:
            self._threads.pop(conversation, None)
            self._put(conversation, AgentEvent(TURN_ENDED))

    def _stream(self, conversation: LiveConversation, prompt: str) -> Iterator[AgentEvent]:
        """A prompt that begins with "!" is a command of the person's own."""
        from grafftui.backends.registry import OURS

        backend = self._backends.get(conversation.backend)
        if prompt.startswith("!"):
            if "shell" not in backend.capabilities:
                from grafftui.ui.backend_words import why_not

                why = why_not(conversation.backend, "shell").removesuffix(".")
                raise UsageError(why, hint="run it in another terminal, or ask for it")
            return self._graff.run_command(prompt[1:], conversation_id=conversation.id)
        choices: dict[str, Any] = {
            "conversation_id": conversation.id,
            "provider": conversation.provider or None,
            "model": conversation.model or None,
            "agent": conversation.agent or None,
            "effort": conversation.effort or None,
            "mode": conversation.wanted_mode,
        }
        if conversation.id is None and conversation.wanted_sandbox and backend.name == OURS:
            choices["sandbox"] = conversation.wanted_sandbox
        return backend.chat(self._spelt_out(prompt), **choices)

    def _spelt_out(self, prompt: str) -> str:
        """`/name parameters` as the prompt it stands for; what names no command, as it is."""
        match = _NAMED.fullmatch(prompt.strip())
        if match is not None:
            with suppress(NotFoundError):
                return self._graff.command_prompt(match["name"], match["parameters"])
        return prompt
