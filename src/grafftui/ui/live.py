"""A conversation as the screen knows it, whether it is on screen or not."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from grafftui.sub_agents import whose
from grafftui.ui.agent_tree import AgentTree

if TYPE_CHECKING:
    from grafftui.approvals import Mode, Question, Request
    from grafftui.entries import Change, Entry
    from grafftui.events import AgentEvent
    from grafftui.history import Conversation
    from grafftui.turn_fold import TurnFold

_OF_SUB_AGENTS: Final = frozenset(
    ("ApprovalRequested", "ApprovalResolved", "QuestionAsked", "QuestionAnswered")
)
"""What of sub-agents is the person's as if the conversation's own agent had it."""

Phase = Literal["idle", "running", "waiting", "done", "failed"]
"""`waiting`: for the person's decision."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that waits for the person.

    Attributes:
        question: `approvals.Ask.to_wire()`: why it is asked; {} when that was not said.
        since: When it came (monotonic seconds).
    """

    request_id: str
    request: Request
    question: Mapping[str, Any] = field(default_factory=dict)
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class PendingQuestion:
    """A question that waits for the person.

    Attributes:
        since: When it came (monotonic seconds).
    """

    question_id: str
    question: Question
    since: float = 0.0


@dataclass(slots=True)
class Activity:
    """What a turn is doing, and since when (monotonic seconds)."""

    words: str
    since: float
    until: float | None = None


@dataclass(slots=True)
class Usage:
    """Tokens and money, as last reported; the day's is of all conversations together."""

    context_tokens: int = 0
    context_window: int | None = None
    turn_cost: float | None = None
    conversation_cost: float | None = None
    day_cost: float | None = None
    estimated: bool = False


@dataclass(slots=True, eq=False)
class LiveConversation:
    """State folded from a conversation's events; nothing here draws.

    Attributes:
        id: None until the first turn has begun.
        workspace: Real path of the folder it belongs to; "" for the app's own.
        origin: The folder it was forked from, if that is another; or "".
        backend: What runs its turns.
        effort: How much its model is to think, where that is the conversation's to say; or "".
        wanted_sandbox: Id of the sandbox its first turn is to begin in; or "".
        called: Whether it is a sub-agent's.
        in_turn: Whether a turn's end is still to be told; a little longer than `running`.
        base: How many entries the history held before those in `entries`.
        entries: What happened since this process began to follow it.
        queue: Prompts to send when the turn is over, oldest first.
        mode: How much goes ahead without the person.
        wanted_mode: The mode it is to have as soon as it has an id.
        mode_to_act_in: The mode to go back to when its plan is to be carried out.
        pending: Requests that wait for the person, oldest first.
        questions: Questions likewise.
        agents: Who works, or worked, for its own agent.
        decided: How many requests were decided, by whomever, since we follow it.
        reported: The last turn's end the person has not looked at yet.
    """

    id: str | None = None
    title: str = "New conversation"
    workspace: str = ""
    origin: str = ""
    backend: str = "graff"
    provider: str = ""
    model: str = ""
    agent: str = ""
    effort: str = ""
    wanted_sandbox: str = ""
    mode: Mode = "ask"
    wanted_mode: Mode | None = None
    mode_to_act_in: Mode = "ask"
    phase: Phase = "idle"
    called: bool = False
    in_turn: bool = False
    base: int = 0
    entries: list[Entry] = field(default_factory=list)
    queue: deque[str] = field(default_factory=deque)
    pending: list[Pending] = field(default_factory=list)
    questions: list[PendingQuestion] = field(default_factory=list)
    decided: int = 0
    todos: list[dict[str, str]] = field(default_factory=list)
    agents: AgentTree = field(default_factory=AgentTree)
    usage: Usage = field(default_factory=Usage)
    activity: Activity | None = None
    draft: str = ""
    _settled: tuple[str, str, str, str] | None = None
    _act: str = ""
    _fold: TurnFold | None = None

    @property
    def running(self) -> bool:
        """Whether a turn runs, waiting for a decision included."""
        return self.phase in ("running", "waiting")

    @property
    def outline(self) -> tuple[object, ...]:
        """What the list and the dialogs draw of it; equal as long as they need not."""
        requests = tuple(pending.request_id for pending in self.pending)
        requests += tuple(waiting.question_id for waiting in self.questions)
        partner = self.backend, self.model, self.agent
        return self.id, self.title, self.phase, requests, len(self.queue), partner

    def settle(self, row: Conversation) -> bool:
        """Take over what the history says, when that is news: else what was chosen stays. Whether
        it was.
        """
        said = (row.backend, row.provider, row.model, row.agent)
        if said == self._settled:
            return False
        self._settled = said
        self.backend, self.provider, self.model, self.agent = said
        return True

    def begin(self, activity: str = "sending") -> None:
        """A turn is about to start."""
        from grafftui.turn_fold import TurnFold

        self._fold = TurnFold()
        self.phase = "running"
        self.in_turn = True
        self.usage.turn_cost = None
        self.agents.begin()
        self._busy(activity)

    def apply(self, event: AgentEvent) -> list[Change]:
        """Take in an event; returns what it changes in the transcript."""
        from grafftui.entries import Added

        assert self._fold is not None
        changes = self._fold.apply(event, time.time())
        self.entries.extend(change.entry for change in changes if isinstance(change, Added))
        self.agents.apply(event)
        if whose(event) is not None and event.type not in _OF_SUB_AGENTS:
            self._of_sub_agent(event)
            return changes
        handler = getattr(self, f"_on_{event.type}", None)
        if handler is not None:
            handler(event.data)
        return changes

    def _of_sub_agent(self, event: AgentEvent) -> None:
        """What it costs is spent here; what it does is in `agents`."""
        if event.type == "UsageReported":
            self._spend(event.data.get("cost"))

    def forget_entries(self, count: int) -> None:
        """Leave the entries to the history, which holds `count` by now."""
        self.entries.clear()
        self.base = count

    # -- what each event means for the status ----------------------------------------------

    def _on_ConversationStarted(self, data: Mapping[str, Any]) -> None:
        self.id = data["conversationId"]

    def _on_PromptSubmitted(self, data: Mapping[str, Any]) -> None:
        self._busy("waiting for first token")

    def _on_TaskReasoning(self, data: Mapping[str, Any]) -> None:
        self._busy("thinking")

    def _on_TaskMessage(self, data: Mapping[str, Any]) -> None:
        content = data.get("content") or {}
        if content.get("kind") == "Markdown":
            self._busy("writing")
        elif content.get("kind") == "ToolInput" and content.get("category") == "debug":
            title, subject = str(content.get("title", "")), str(content.get("sub_title") or "")
            verb = "running" if title.startswith("Execute") else title.lower()
            self._act = f"{verb} {subject}".strip()
            self._busy(self._act)

    def _on_ToolCallStart(self, data: Mapping[str, Any]) -> None:
        self._busy(f"running {(data.get('tool_call') or {}).get('name', '')}")

    def _on_ToolCallEnd(self, data: Mapping[str, Any]) -> None:
        self._busy("waiting for first token")

    def _on_ApprovalRequested(self, data: Mapping[str, Any]) -> None:
        from grafftui.approvals import Request

        request = Request.from_wire(data["request"])
        question = data.get("question") or {}
        self.pending.append(Pending(data["request_id"], request, question, time.monotonic()))
        self.phase = "waiting"
        self._busy("waiting for you")

    def _on_ApprovalResolved(self, data: Mapping[str, Any]) -> None:
        self.decided += 1
        self.pending = [p for p in self.pending if p.request_id != data["request_id"]]
        self._go_on()

    def _on_QuestionAsked(self, data: Mapping[str, Any]) -> None:
        from grafftui.approvals import Question

        question = Question.from_wire(data["question"])
        self.questions.append(PendingQuestion(data["question_id"], question, time.monotonic()))
        self.phase = "waiting"
        self._busy("waiting for you")

    def _on_QuestionAnswered(self, data: Mapping[str, Any]) -> None:
        self.questions = [q for q in self.questions if q.question_id != data["question_id"]]
        self._go_on()

    def _go_on(self) -> None:
        """One thing less waits for the person."""
        if not self.pending and not self.questions:
            self.phase = "running"
            self._busy(self._act or "working")

    def _on_RetryAttempt(self, data: Mapping[str, Any]) -> None:
        words = f"retry {data.get('attempt')}/{data.get('attempts')}"
        self._busy(f"{words}: {data.get('cause', '')}", wait=data.get("duration_ms", 0) / 1000)

    def _on_UsageReported(self, data: Mapping[str, Any]) -> None:
        usage = self.usage
        usage.context_tokens = data["prompt_tokens"] + data["completion_tokens"]
        usage.context_window = data.get("context_window")
        usage.estimated = bool(data.get("estimated"))
        self._spend(data.get("cost"))

    def _spend(self, cost: float | None) -> None:
        usage = self.usage
        if cost is not None:
            usage.turn_cost = (usage.turn_cost or 0.0) + cost
            if usage.conversation_cost is not None:
                usage.conversation_cost += cost
            if usage.day_cost is not None:
                usage.day_cost += cost

    def _on_SubAgentStarted(self, data: Mapping[str, Any]) -> None:
        self._wait_for_agents()

    def _on_SubAgentEnded(self, data: Mapping[str, Any]) -> None:
        self._wait_for_agents()

    def _wait_for_agents(self) -> None:
        working = self.agents.at_work
        self._act = f"{working} agent{'s' if working > 1 else ''} at work" if working else ""
        self._busy(self._act or "waiting for first token")

    def _on_Compacted(self, data: Mapping[str, Any]) -> None:
        saved = data["tokens_before"] - data["tokens_after"]
        self.usage.context_tokens = max(0, self.usage.context_tokens - saved)
        self.usage.estimated = True

    def _on_HandedOver(self, data: Mapping[str, Any]) -> None:
        self.backend = data["to"]
        self.provider = self.model = self.agent = self.effort = ""

    def _on_TodosChanged(self, data: Mapping[str, Any]) -> None:
        self.todos = list(data["todos"])

    def _on_TaskComplete(self, data: Mapping[str, Any]) -> None:
        self.finish("done")

    def _on_Interrupt(self, data: Mapping[str, Any]) -> None:
        self.finish("failed")

    def _on_TurnFailed(self, data: Mapping[str, Any]) -> None:
        self.finish("failed")

    def _on_TurnInterrupted(self, data: Mapping[str, Any]) -> None:
        self.finish("idle")

    def finish(self, phase: Phase) -> None:
        """The turn is over."""
        self.phase = phase
        self.pending.clear()
        self.questions.clear()
        self.agents.end()
        self.activity = None

    def _busy(self, words: str, *, wait: float | None = None) -> None:
        now = time.monotonic()
        if self.activity is not None and self.activity.words == words:
            return
        self.activity = Activity(words, now, None if wait is None else now + wait)
