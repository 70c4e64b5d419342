"""`AgentEvent`, the only thing that flows from a backend to anyone, and how each is made.

The first eight types are the CodeGraff SDK's, unchanged in name and shape (source: its wire
format, serde tags `type` outside and `kind` inside). The others are ours; a consumer that
knows only the eight works unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Json = Any
"""A JSON value."""

NoticeLevel = Literal["info", "warning", "error"]
Category = Literal["action", "info", "debug", "error", "completion", "warning"]


@dataclass(slots=True)
class AgentEvent:
    """Something that happened in a turn.

    Attributes:
        type: The event's name, for example "TaskMessage".
        data: The rest of the payload; its shape depends on the type.
    """

    type: str
    data: dict[str, Json] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"AgentEvent({self.type!r}, {self.data!r})"

    @classmethod
    def from_wire(cls, payload: Mapping[str, Json]) -> AgentEvent:
        """The event in one flat JSON object; a missing type is called "unknown"."""
        data = dict(payload)
        return cls(str(data.pop("type", "unknown")), data)


# -- the eight of the CodeGraff contract ---------------------------------------------------


def conversation_started(conversation_id: str) -> AgentEvent:
    """First event of every turn."""
    return AgentEvent("ConversationStarted", {"conversationId": conversation_id})


def markdown(text: str) -> AgentEvent:
    """A piece of the answer; pieces are concatenated."""
    return AgentEvent(
        "TaskMessage", {"content": {"kind": "Markdown", "text": text, "partial": True}}
    )


def tool_input(
    title: str, sub_title: str | None, category: Category = "debug", executor: str = "local"
) -> AgentEvent:
    """The title line of a tool call, or of an informational step.

    Args:
        executor: Where it is done; said where that is a sandbox, as `Request.executor`.
    """
    content = {"kind": "ToolInput", "title": title, "sub_title": sub_title, "category": category}
    if executor != "local":
        content["executor"] = executor
    return AgentEvent("TaskMessage", {"content": content})


def tool_output(text: str) -> AgentEvent:
    """What a tool shows the person, possibly with ANSI colours."""
    return AgentEvent("TaskMessage", {"content": {"kind": "ToolOutput", "text": text}})


def reasoning(text: str) -> AgentEvent:
    """A piece of the model's reasoning."""
    return AgentEvent("TaskReasoning", {"content": text})


def tool_call_start(name: str, call_id: str | None, arguments: Json) -> AgentEvent:
    """A tool call the model made; `arguments` stays a string if it was not valid JSON."""
    call = {"name": name, "call_id": call_id, "arguments": arguments}
    return AgentEvent("ToolCallStart", {"tool_call": call})


def tool_call_end(
    name: str, call_id: str | None, *, is_error: bool, values: Sequence[Json]
) -> AgentEvent:
    """A tool call's result: values `{"text": s}`, `{"image": …}`, `{"json": …}` or "empty"."""
    result = {
        "name": name,
        "call_id": call_id,
        "output": {"is_error": is_error, "values": list(values)},
    }
    return AgentEvent("ToolCallEnd", {"result": result})


def retry_attempt(cause: str, duration_ms: int, attempt: int, attempts: int) -> AgentEvent:
    """The request failed and is sent again after `duration_ms` (attempt n of attempts is ours)."""
    data = {"cause": cause, "duration_ms": duration_ms, "attempt": attempt, "attempts": attempts}
    return AgentEvent("RetryAttempt", data)


def interrupt(kind: str, limit: int) -> AgentEvent:
    """A limit ended the turn, for example "MaxRequestPerTurnLimitReached"."""
    return AgentEvent("Interrupt", {"reason": {"kind": kind, "limit": limit}})


def task_complete() -> AgentEvent:
    """Last event of a turn that was answered."""
    return AgentEvent("TaskComplete")


# -- ours ----------------------------------------------------------------------------------


def prompt_submitted(text: str) -> AgentEvent:
    """The person's prompt, as committed; second event of every turn."""
    return AgentEvent("PromptSubmitted", {"text": text})


def approval_requested(
    request_id: str,
    call_id: str | None,
    request: Mapping[str, Json],
    question: Mapping[str, Json],
) -> AgentEvent:
    """A tool call waits for a decision.

    Args:
        request: `approvals.Request.to_wire()`.
        question: `approvals.Ask.to_wire()`: why it is asked, of what parts it is made, which
            wider answers there are.
    """
    data = {"request_id": request_id, "call_id": call_id, "request": dict(request)}
    return AgentEvent("ApprovalRequested", {**data, "question": dict(question)})


def approval_resolved(
    request_id: str, call_id: str | None, decision: str, *, reason: str | None, by: str
) -> AgentEvent:
    """The decision: accept, acceptForSession, decline or cancel, and who or what made it."""
    data = {
        "request_id": request_id,
        "call_id": call_id,
        "decision": decision,
        "reason": reason,
        "by": by,
    }
    return AgentEvent("ApprovalResolved", data)


def question_asked(
    question_id: str, call_id: str | None, question: Mapping[str, Json]
) -> AgentEvent:
    """A tool call waits for the person's answer; `question` is `approvals.Question.to_wire()`."""
    data = {"question_id": question_id, "call_id": call_id, "question": dict(question)}
    return AgentEvent("QuestionAsked", data)


def question_answered(
    question_id: str, call_id: str | None, *, chosen: Sequence[str], text: str, by: str
) -> AgentEvent:
    """The answer: what was chosen of the options, what was said besides, and by whom."""
    data = {
        "question_id": question_id,
        "call_id": call_id,
        "chosen": list(chosen),
        "text": text,
        "by": by,
    }
    return AgentEvent("QuestionAnswered", data)


def file_changed(
    call_id: str | None,
    path: str,
    change: str,
    diff: str,
    added: int,
    removed: int,
    executor: str = "local",
) -> AgentEvent:
    """A file was created, modified, removed or restored; `diff` is unified text.

    Args:
        executor: Where it is; said where that is a sandbox, as `Request.executor`.
    """
    data = {
        "call_id": call_id,
        "path": path,
        "change": change,
        "diff": diff,
        "lines_added": added,
        "lines_removed": removed,
    }
    if executor != "local":
        data["executor"] = executor
    return AgentEvent("FileChanged", data)


def todos_changed(todos: Sequence[Mapping[str, str]]) -> AgentEvent:
    """The whole list, each `{id, content, status}`."""
    return AgentEvent("TodosChanged", {"todos": [dict(todo) for todo in todos]})


def usage_reported(
    *,
    prompt_tokens: int,
    completion_tokens: int,
    cached_tokens: int,
    context_window: int | None,
    cost: float | None,
    estimated: bool,
    cache_write_tokens: int = 0,
    prompt_cost: float | None = None,
    price_source: str = "unknown",
    price_date: str = "",
) -> AgentEvent:
    """Tokens of one request (costs in US dollars, None when the price is not known).

    Args:
        estimated: Whether the tokens are: the provider did not count them.
        prompt_cost, price_source, price_date: As in `models.Price`.
    """
    data = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "cached_tokens": cached_tokens,
        "cache_write_tokens": cache_write_tokens,
        "context_window": context_window,
        "cost": cost,
        "prompt_cost": prompt_cost,
        "price_source": price_source,
        "price_date": price_date,
        "estimated": estimated,
    }
    return AgentEvent("UsageReported", data)


def checkpoint_taken(checkpoint: int, entries: int) -> AgentEvent:
    """The workspace is kept as it is before the turn's first act that can change it.

    Args:
        checkpoint: Its number in the history.
        entries: How many files, links and directories it holds.
    """
    return AgentEvent("CheckpointTaken", {"checkpoint": checkpoint, "entries": entries})


def tool_progress(call_id: str | None, text: str) -> AgentEvent:
    """A piece of a running tool's output, as it comes."""
    return AgentEvent("ToolProgress", {"call_id": call_id, "text": text})


def compacted(
    compaction_id: str,
    *,
    by: str,
    tokens_before: int,
    tokens_after: int,
    messages_before: int,
    messages_after: int,
) -> AgentEvent:
    """A summary took the place of older messages (tokens of the whole context, estimated).

    Args:
        by: "auto", "person", or "codex", which does not say how much: then the figures are 0.
    """
    data = {
        "compaction_id": compaction_id,
        "by": by,
        "tokens_before": tokens_before,
        "tokens_after": tokens_after,
        "messages_before": messages_before,
        "messages_after": messages_after,
    }
    return AgentEvent("Compacted", data)


def turn_diff(diff: str) -> AgentEvent:
    """All that the turn has changed so far, as git's unified diff; of backends that tell it."""
    return AgentEvent("TurnDiff", {"diff": diff})


BACKEND_TITLES: Final[Mapping[str, str]] = {"graff": "grafftui", "codex": "Codex"}
"""What backends are called, by their names in `Conversation.backend` and in `HandedOver`."""


def handed_over(before: str, after: str, note: str) -> AgentEvent:
    """From here on another backend runs the turns; `note` is what it is told first."""
    return AgentEvent("HandedOver", {"from": before, "to": after, "note": note})


def notice(level: NoticeLevel, text: str) -> AgentEvent:
    """Something the person should know that is no part of the conversation."""
    return AgentEvent("Notice", {"level": level, "text": text})


def turn_failed(cause: str, hint: str) -> AgentEvent:
    """Last event of a turn that failed; the stream then raises."""
    return AgentEvent("TurnFailed", {"cause": cause, "hint": hint})


def turn_interrupted() -> AgentEvent:
    """Last event of a turn the person stopped."""
    return AgentEvent("TurnInterrupted")


def markdown_text(event: AgentEvent) -> str | None:
    """The answer text in `event`, or None when it is something else."""
    content = event.data.get("content")
    if (
        event.type == "TaskMessage"
        and isinstance(content, dict)
        and content.get("kind") == "Markdown"
    ):
        return str(content.get("text", ""))
    return None
