"""Everything that is open on the screen: the conversations, their turns, their requests.

The screen sends intents here and draws what comes back; the rules are the core's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from grafftui.errors import StoreError
from grafftui.ui.answers import Answers
from grafftui.ui.backend_use import BackendUse
from grafftui.ui.garbage import Housekeeping
from grafftui.ui.live import LiveConversation, Pending, PendingQuestion
from grafftui.ui.sandbox_use import SandboxUse

if TYPE_CHECKING:
    from grafftui.approvals import Decision, Reply
    from grafftui.core import Graff
    from grafftui.entries import Change
    from grafftui.events import AgentEvent
    from grafftui.history import Conversation
    from grafftui.history.reader import Reader
    from grafftui.ui.pump import Arrival
    from grafftui.ui.turns import Turns


_AFTER_TURN: Final = 0.1
"""Seconds: the turn's last words are drawn first."""


class DeskView(Protocol):
    """What a desk tells whoever draws it, always on the event loop."""

    def transcript_changed(self, changes: Sequence[Change]) -> None:
        """Entries of the conversation on screen changed."""

    def conversation_changed(self, conversation: LiveConversation) -> None:
        """Its state, title, queue or requests changed."""

    def status_changed(self, conversation: LiveConversation) -> None:
        """What it is doing, its tokens or its todos changed."""

    def prompt_returned(self, conversation: LiveConversation, prompt: str, why: str = "") -> None:
        """`prompt` could not be sent, `why` in a sentence; the person should have it back."""


@dataclass(slots=True)
class _Sent:
    """The prompt of a running turn, until the core has committed it."""

    prompt: str
    committed: bool = False


class Desk(BackendUse, SandboxUse):
    """Conversations and turns of one app.

    Args:
        view: Draws.
        terminal_backlog: How many writes wait for the terminal.
    """

    def __init__(self, view: DeskView, terminal_backlog: Callable[[], int]) -> None:
        self._view = view
        self._terminal_backlog = terminal_backlog
        self.answers = Answers()
        self.current = LiveConversation()
        self.graff: Graff | None = None
        self.reader: Reader | None = None
        self._turns: Turns | None = None
        self._live: dict[str, LiveConversation] = {}
        self._sent: dict[LiveConversation, _Sent] = {}
        self._released = False
        self._showing = True
        self._tidy = Housekeeping()

    def open(self, graff: Graff, reader: Reader) -> None:
        """The core is ready; prompts wait until `release`."""
        from grafftui.ui.pump import Pump
        from grafftui.ui.turns import Turns

        self.graff, self.reader = graff, reader
        backends = self.open_backends(graff)
        pump = Pump(asyncio.get_running_loop(), self._deliver, self._terminal_backlog)
        self._turns = Turns(graff, backends, pump.put, self._follow)

    def release(self, beginning: LiveConversation) -> None:
        """It is known which conversation is to be on screen, and it is: prompts go out there.

        Args:
            beginning: Where what was sent until now has waited.
        """
        self._released = True
        waiting = [*beginning.queue]
        beginning.queue.clear()
        for prompt in waiting:
            self.send(prompt)

    def stop_showing(self) -> None:
        """The view is about to go: tell it nothing any more. It is all in the history."""
        self._showing = False

    async def close(self) -> None:
        """Stop all turns, keep what they said, close the history."""
        if self._turns is not None:
            await asyncio.to_thread(self._turns.stop_all)
        if self.reader is not None:
            await self.reader.close()
        await self.close_backends()
        if self.graff is not None:
            with suppress(StoreError):  # the status line has said so, and whoever quit was asked
                await asyncio.to_thread(self.graff.close)

    # -- intents ---------------------------------------------------------------------------

    @property
    def elsewhere(self) -> str:
        """The folder the current conversation belongs to, if it is not the one we work in.

        Its agent would read about that folder and act in this one: here it is only read.
        """
        workspace = self.current.workspace
        here = self.graff is None or workspace in ("", self.graff.workspace)
        return "" if here else workspace

    @property
    def way_there(self) -> str:
        """How to go on with a conversation that belongs elsewhere, in a sentence."""
        from shlex import quote

        from grafftui.text import one_line

        folder = one_line(quote(self.elsewhere), 300)
        command = f"grafftui --cwd {folder} --conversation {(self.current.id or '')[:8]}"
        return f"Here this conversation is only read. To go on with it: {command}"

    def send(self, prompt: str) -> None:
        """Send `prompt` in the current conversation, or queue it while a turn runs there."""
        conversation = self.current
        if self.elsewhere:
            self._view.prompt_returned(conversation, prompt, self.way_there)
            return
        conversation.queue.append(prompt)
        self._next_prompt(conversation)
        self._view.conversation_changed(conversation)

    def run(self, id: str, activity: str, stream: Callable[[], Iterator[AgentEvent]]) -> bool:
        """Run something as a turn in which nothing is said. False when that cannot be now.

        Args:
            activity: What it is, for the status line.
            stream: Begins it; called on its thread.
        """
        conversation = self._live.get(id)
        if self._turns is None or conversation is None or conversation.in_turn:
            return False
        conversation.begin(activity)
        self._turns.run(conversation, stream)
        self._view.conversation_changed(conversation)
        return True

    def interrupt(self) -> bool:
        """Stop the current conversation's turn. False when none runs."""
        if self._turns is None or not self.current.running:
            return False
        self._turns.interrupt(self.current)
        return True

    def interrupt_all(self) -> None:
        """Stop every turn, without waiting for their ends."""
        if self._turns is not None:
            self._turns.interrupt_all()

    def answer(self, pending: Pending, decision: Decision) -> bool:
        """Decide a request. False when it no longer waits."""
        return self.answers.answer(pending.request_id, decision)

    def reply(self, asked: PendingQuestion, reply: Reply) -> bool:
        """Answer a question. False when it no longer waits."""
        return self.answers.reply(asked.question_id, reply)

    def unqueue(self, index: int) -> str:
        """Take a queued prompt of the current conversation back."""
        prompt = self.current.queue[index]
        del self.current.queue[index]
        self._view.conversation_changed(self.current)
        return prompt

    def unsaid(self, conversation: LiveConversation) -> list[str]:
        """The prompts of a conversation that are not in the history yet, oldest first."""
        sent = self._sent.get(conversation)
        return [*([sent.prompt] if sent and not sent.committed else []), *conversation.queue]

    # -- conversations ---------------------------------------------------------------------

    @property
    def waiting(self) -> list[tuple[LiveConversation, Pending]]:
        """Every request that waits for the person, in all conversations."""
        found = {one.request_id: (live, one) for live in self._followed for one in live.pending}
        return list(found.values())

    @property
    def questions(self) -> list[tuple[LiveConversation, PendingQuestion]]:
        """Every question that waits for the person, in all conversations, oldest first."""
        found = {one.question_id: (live, one) for live in self._followed for one in live.questions}
        return sorted(found.values(), key=lambda one: one[1].since)

    @property
    def waiting_count(self) -> int:
        """How many requests and questions wait."""
        return len(self.waiting) + len(self.questions)

    @property
    def _followed(self) -> list[LiveConversation]:
        """The one on screen last: what a sub-agent asks there, its caller's has as well."""
        return [*(live for live in self._live.values() if live is not self.current), self.current]

    @property
    def busy(self) -> list[LiveConversation]:
        """The conversations in which a turn runs."""
        return [live for live in self._live.values() if live.running]

    def live(self, conversation_id: str) -> LiveConversation | None:
        """The conversation, if this process follows it."""
        return self._live.get(conversation_id)

    def start_new(self) -> LiveConversation:
        """Make a new, empty conversation the current one, with the same backend, model, agent."""
        before = self._leave()
        self.current = LiveConversation(
            backend=before.backend,
            provider=before.provider,
            model=before.model,
            agent=before.agent,
            effort=before.effort,
        )
        return self.current

    def switch_to(self, row: Conversation) -> LiveConversation:
        """Make `row`'s conversation the current one."""
        self._leave()
        live = self._live.get(row.id)
        if live is None:
            live = self._live[row.id] = _live_of(row)
        self.current = live
        return live

    def _follow(self, row: Conversation, first: int) -> LiveConversation:
        """The conversation of a sub-agent that begins to work; from any thread."""
        known = self._live.get(row.id)
        return known or self._live.setdefault(row.id, _live_of(row, first))

    def forget(self, conversation_id: str) -> None:
        """The conversation was deleted."""
        self._live.pop(conversation_id, None)

    def _leave(self) -> LiveConversation:
        """Before another becomes current: entries of a finished one are left to the history."""
        before = self.current
        if before.id is not None and not before.in_turn and not before.draft:
            self._live.pop(before.id, None)
        return before

    # -- turns -----------------------------------------------------------------------------

    def _next_prompt(self, conversation: LiveConversation) -> None:
        if self._turns is None or not self._released:
            return
        if conversation.in_turn or not conversation.queue:
            return
        prompt = conversation.queue.popleft()
        if conversation.id is None:
            conversation.title = prompt.strip().splitlines()[0][:60]
        self._sent[conversation] = _Sent(prompt)
        conversation.begin()
        self._turns.start(conversation, prompt)

    def _deliver(self, arrivals: list[Arrival]) -> None:
        if not self._showing:
            return
        from grafftui.ui.turns import TURN_ENDED

        shown: list[Change] = []
        before: dict[LiveConversation, tuple[object, ...]] = {}
        for arrival in arrivals:
            conversation, event = arrival.conversation, arrival.event
            before.setdefault(conversation, conversation.outline)
            if event.type == TURN_ENDED:
                self._turn_ended(conversation)
                continue
            if event.type == "ConversationStarted" and not conversation.running:
                conversation.begin()  # a sub-agent's: nobody here has sent a prompt
            changes = conversation.apply(event)
            if conversation is self.current:
                shown += changes
            self._note(conversation, event)
        if shown:
            self._view.transcript_changed(shown)
        for conversation, outline in before.items():
            if conversation.outline != outline:
                self._view.conversation_changed(conversation)
            else:
                self._view.status_changed(conversation)

    def _note(self, conversation: LiveConversation, event: AgentEvent) -> None:
        if event.type == "ConversationStarted" and conversation.id is not None:
            self._live[conversation.id] = conversation
        elif event.type == "PromptSubmitted" and conversation in self._sent:
            self._sent[conversation].committed = True

    def _turn_ended(self, conversation: LiveConversation) -> None:
        sent = self._sent.pop(conversation, None)
        conversation.in_turn = False
        if conversation.running:
            conversation.finish("failed")
        if sent is not None and not sent.committed:
            self._view.prompt_returned(conversation, sent.prompt)
            return
        self._next_prompt(conversation)
        if conversation.called and conversation is not self.current and not conversation.running:
            self.forget(conversation.id or "")  # it is in the history
        if not self.busy:
            asyncio.get_running_loop().call_later(_AFTER_TURN, self._tidy)


def _live_of(row: Conversation, first: int = 0) -> LiveConversation:
    """A conversation of the history, of whose entries those from `first` on are to come."""
    live = LiveConversation(
        id=row.id,
        title=row.title or "Untitled",
        workspace=row.workspace,
        called=row.caller_id is not None,
        base=first,
    )
    live.settle(row)
    return live
