"""A turn of Codex in a conversation of ours."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from grafftui import events
from grafftui.approvals import Decision, Mode, Request
from grafftui.backends.codex.conversing.asked import (
    ASKED,
    Asked,
    Desk,
    give,
    leave_to_defaults,
    refuse,
    until_moot,
)
from grafftui.backends.codex.conversing.children import Children
from grafftui.backends.codex.conversing.failures import failure
from grafftui.backends.codex.conversing.latecomers import through_latecomers
from grafftui.backends.codex.conversing.modes import escalates
from grafftui.backends.codex.conversing.questions import asks, replied
from grafftui.backends.codex.conversing.requests import (
    EXECUTOR,
    Wish,
    answer_to,
    is_whole,
    wish_of,
)
from grafftui.backends.codex.conversing.server import Line, Server
from grafftui.backends.codex.conversing.telling import Telling
from grafftui.backends.codex.errors import CodexConnectionError, CodexError, CodexRequestError
from grafftui.backends.codex.messages import Notification, ServerRequest
from grafftui.backends.codex.record import TurnRecord
from grafftui.backends.codex.router import Notifications
from grafftui.backends.codex.threads import Turn
from grafftui.core.asking import Asking
from grafftui.core.ending import Outcome
from grafftui.core.execution import interruptible
from grafftui.core.hosting import Hosted
from grafftui.errors import AbortedError
from grafftui.events import AgentEvent
from grafftui.models import AssistantMessage
from grafftui.text import one_line

Json = dict[str, Any]
_Happening = Generator[AgentEvent]

_MOST_AT_ONCE: Final = 200
"""Notifications that are written down in one transaction."""


@dataclass(slots=True)
class CodexTurn:
    """A turn about to run: `Steps` of `Graff.host_turn`.

    Args:
        open: Gives the way to the thread; may start the app-server. Blocks.
        begin: Begins the turn, saying these things; returns its id or, where it has none before
            it is told of, "".
        noted: Told the turn's id, before anything of it is shown.
        root: Real path of the workspace.
        mode: What Codex is told of how much goes ahead. Our policy may be told otherwise later.
        prompt: What is said first; "" for nothing.
    """

    hosted: Hosted
    server: Server
    open: Callable[[], Line]
    begin: Callable[[Line, list[str]], str]
    noted: Callable[[str], object]
    root: str
    mode: Mode
    prompt: str
    _telling: Telling = field(init=False)
    _turn: Turn | None = None
    _children: Children | None = None
    _record: TurnRecord | None = None
    _unsaid: list[str] = field(default_factory=list)
    _later: list[str] = field(default_factory=list)
    _acting: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._telling = Telling(self.root)

    def steps(self) -> Generator[AgentEvent, None, Outcome]:
        """Part of `Steps`."""
        self.hosted.budget.require()
        cancellation = self.hosted.cancellation
        try:
            line = interruptible(self.open, cancellation)
        except CodexConnectionError as error:
            raise failure(error) from error
        if escalates(self.mode):  # then Codex acts unasked: keep the workspace as it is before
            may_write = Request("tool", "codex", "a turn", self.root, EXECUTOR)
            yield from self.hosted.checkpoints.before(may_write)
        feed = line.client.follow(line.thread_id)
        desk = Desk(feed)
        self._children = children = Children(line.client, self.root)
        try:
            with (
                self.server.asking(line.thread_id, desk.answer),
                cancellation.on_cancel(desk.wake),
            ):
                try:
                    return (yield from self._run(line, feed, desk))
                except CodexConnectionError as error:
                    raise failure(error) from error
                except BaseException:
                    self._interrupt()
                    raise
        finally:
            desk.close()
            children.leave()
            line.client.forget(feed)

    def abandon(self) -> None:
        """Part of `Steps`: keep what was said."""
        self._commit(self._telling.held_back())
        self._keep_answer()

    # -- from prompt to end ----------------------------------------------------------------

    def _run(
        self, line: Line, feed: Notifications, desk: Desk
    ) -> Generator[AgentEvent, None, Outcome]:
        said = [self.prompt] if self.prompt else []
        steering = self.hosted.steering
        if said:
            steering.open(desk.wake)
        while True:
            record = self._begun(line, feed, said)
            yield from self._followed(line, feed, record)
            result = record.result()
            if result.status == "interrupted":
                raise AbortedError("interrupted")
            if result.error is not None:
                raise failure(result.error)
            said = [*self._later, *self._unsaid]
            self._later, self._unsaid = [], []
            if not said and (not self.prompt or steering.close()):
                break
            said += [one.text for one in steering.take()]
        yield from self._shown(self._telling.end())
        yield from self._shown(self._diff())
        self._keep_answer()
        return Outcome("done", events.task_complete())

    def _begun(self, line: Line, feed: Notifications, said: list[str]) -> TurnRecord:
        turn_id = self.begin(line, said)
        about = {"id": turn_id} if turn_id else self._next_turn(feed)
        record = TurnRecord(line.thread_id, about)
        self._record, self._turn = record, Turn(line.client, feed, record)
        self.noted(record.id)
        return record

    def _followed(self, line: Line, feed: Notifications, record: TurnRecord) -> _Happening:
        """What happens until the turn is over; as much as has come is written down at once."""
        batch: list[AgentEvent] = []
        for notification in through_latecomers(line.client, feed, record):
            self.hosted.cancellation.raise_if_cancelled()
            is_ours = record.take(notification)
            if notification.method == ASKED:
                yield from self._shown(batch)
                batch = []
                yield from self._answered(notification.params["asked"])
            elif is_ours:
                batch += self._told(notification)
            if not feed.waiting or len(batch) >= _MOST_AT_ONCE:
                yield from self._shown(batch)
                batch = []
            if not record.over:
                self._steer(line, record)
        yield from self._shown(batch)
        if not record.over:
            raise CodexConnectionError("codex was closed")

    def _next_turn(self, feed: Notifications) -> Json:
        """The turn that begins next."""
        for notification in feed:
            self.hosted.cancellation.raise_if_cancelled()
            if notification.method == "turn/started" and notification.turn_id:
                return {**notification.turn, "id": notification.turn_id}
        raise CodexConnectionError("codex was closed")

    def _told(self, notification: Notification) -> list[AgentEvent]:
        told = self._telling.of(notification)
        if self._children is not None:
            self._children.meet(notification.item)
        for event in told:
            if event.type == "UsageReported":
                self.hosted.recorder.usage({**event.data, "purpose": "turn"})
            elif event.type == "ToolCallEnd":
                self._finished(str(event.data["result"]["call_id"]))
        return told

    def _finished(self, call_id: str) -> None:
        if call_id in self._acting:
            self._acting.discard(call_id)
            self.hosted.recorder.tool_finished(call_id)

    def _diff(self) -> list[AgentEvent]:
        return [events.turn_diff(self._telling.diff)] if self._telling.diff else []

    def _shown(self, told: list[AgentEvent]) -> Iterator[AgentEvent]:
        """Commit, then give."""
        self._commit(told)
        yield from told

    def _commit(self, told: list[AgentEvent]) -> None:
        if told:
            durable = any(event.type == "ToolCallEnd" for event in told)
            self.hosted.recorder.record(told, durable=durable)

    def _keep_answer(self) -> None:
        """What another backend would be told of this turn; and nothing acts any more."""
        for call_id in tuple(self._acting):  # those of sub-agents end in their own threads
            self._finished(call_id)
        if answer := self._telling.answer:
            self.hosted.recorder.add_message("assistant", AssistantMessage(answer).to_wire())

    # -- what Codex asks -------------------------------------------------------------------

    def _answered(self, asked: Asked) -> _Happening:
        """Answer a question. Where that goes wrong the turn ends, and then the answer is no."""
        try:
            if not asked.answer.done():
                yield from self._decided(asked)
        except AbortedError:
            self.hosted.cancellation.raise_if_cancelled()
            refuse(asked)  # it does not matter any more, but the turn goes on

    def _decided(self, asked: Asked) -> _Happening:
        question = asked.question
        with until_moot(asked, self.hosted.cancellation) as cancellation:
            asking, item = self._about(question)
            asking = replace(asking, cancellation=cancellation)
            wish = wish_of(question, item, self.root, self.mode)
            if wish is not None:
                call_id = str(item.get("id") or question.item_id)
                yield from self._allowed(asked, call_id, wish, asking)
            elif asks(question):
                give(asked, (yield from replied(question, asking)))
            else:
                leave_to_defaults(asked)
                method = one_line(question.method, 100)
                words = f"Codex asked for what cannot be answered here: {method}."
                yield from self._shown([events.notice("warning", words)])

    def _about(self, question: ServerRequest) -> tuple[Asking, Json]:
        """Who asks, and about which item."""
        record, asking = self._record, self.hosted.asking
        if self._children is None or record is None or question.thread_id == record.thread_id:
            return asking, self._telling.items.about(question)
        title = self._children.title(question.thread_id)
        return replace(asking, agent=title), self._children.item(question)

    def _allowed(self, asked: Asked, call_id: str, wish: Wish, asking: Asking) -> _Happening:
        question, request = asked.question, wish.request
        try:
            decision = yield from asking.decide(call_id, request, wish.proposed)
        except AbortedError:
            if not question.cancellation.cancelled:  # "cancel": the interrupt is the answer
                self.hosted.cancellation.cancel()
            raise
        if decision.accepted and not is_whole(decision):
            words = "Codex makes a patch whole or not at all, so it was declined."
            yield from self._shown([events.notice("warning", words)])
            decision = Decision("decline", decision.reason, decision.by)
        if decision.accepted:
            yield from self.hosted.checkpoints.before(request)
            self.hosted.recorder.tool_intent(call_id, request.tool, request.digest())
            self._acting.add(call_id)
        elif decision.reason and decision.by == "person":
            self._unsaid.append(f"About what I declined: {decision.reason}")
        give(asked, answer_to(question, decision))

    # -- what the person says meanwhile, and the end ---------------------------------------

    def _steer(self, line: Line, record: TurnRecord) -> None:
        """Say what was said into the turn; what it does not take is said after it."""
        said = [*self._unsaid, *(one.text for one in self.hosted.steering.take())]
        self._unsaid = []
        for words in said:
            try:
                line.client.turn_steer(line.thread_id, record.id, words)
            except CodexRequestError:
                self._later.append(words)

    def _interrupt(self) -> None:
        """Stop it, and what it runs: a command lives on otherwise."""
        if self._turn is not None:
            with suppress(CodexError):
                self._turn.interrupt()
        if self._children is not None:
            self._children.stop()
