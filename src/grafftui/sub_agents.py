"""Events of sub-agents: those of a sub-agent as its caller's stream has them, and our own two.

CodeGraff's core forwards of a sub-agent its tools' titles, starts and ends and its retries, not
what it says. Here each of these also names whose it is, in `data["sub_agent"]`; it is otherwise
unchanged, so that a consumer that knows only CodeGraff's shapes works as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from grafftui.events import AgentEvent

SUB_AGENT: Final = "sub_agent"
"""The key: the id of the sub-agent's conversation."""

SubAgentState = Literal["done", "failed", "interrupted"]

_FORWARDED: Final = frozenset((
    "ToolCallStart",
    "ToolCallEnd",
    "RetryAttempt",
    "ApprovalRequested",
    "ApprovalResolved",
    "QuestionAsked",
    "QuestionAnswered",
    "FileChanged",
    "UsageReported",
    "SubAgentStarted",
    "SubAgentEnded",
))  # fmt: skip


def sub_agent_started(
    conversation_id: str, call_id: str | None, *, agent: str, task: str, model: str
) -> AgentEvent:
    """A tool call has another agent work on a task.

    Args:
        conversation_id: Of the conversation it does so in.
        agent: Its id.
        model: The model it is answered by.
    """
    data = {
        "conversation_id": conversation_id,
        "call_id": call_id,
        "agent": agent,
        "task": task,
        "model": model,
    }
    return AgentEvent("SubAgentStarted", data)


def sub_agent_ended(
    conversation_id: str, call_id: str | None, *, state: SubAgentState, text: str
) -> AgentEvent:
    """It works no more; `text` is its answer, or why there is none."""
    data = {"conversation_id": conversation_id, "call_id": call_id, "state": state, "text": text}
    return AgentEvent("SubAgentEnded", data)


def title_of(agent: str, model: str) -> str:
    """`SAGE [Agent · model]`, as CodeGraff calls a sub-agent; a model of "" is left out."""
    name = agent.upper().replace("-", "_").replace(".", "_")
    return f"{name} [Agent · {model}]" if model else f"{name} [Agent]"


def forwarded(event: AgentEvent, conversation_id: str) -> AgentEvent | None:
    """An event of a sub-agent as its caller has it; None if its caller is not told of it.

    Args:
        conversation_id: The sub-agent's. An event of one that it called itself keeps its mark.
    """
    if SUB_AGENT in event.data:
        return event
    if event.type not in _FORWARDED and _title(event) is None:
        return None
    return AgentEvent(event.type, {**event.data, SUB_AGENT: conversation_id})


def whose(event: AgentEvent) -> str | None:
    """The conversation of the sub-agent it is of; None for the conversation's own."""
    found = event.data.get(SUB_AGENT)
    return None if found is None else str(found)


def doing(event: AgentEvent) -> str | None:
    """What an agent does after this event, in a few words; None for what it did before."""
    match event.type:
        case "TaskMessage":
            title = _title(event)
            if title is None or title.get("category") != "debug":
                return None
            return f"{str(title.get('title', '')).lower()} {title.get('sub_title') or ''}".strip()
        case "RetryAttempt":
            return f"retry: {event.data.get('cause', '')}"
        case "ToolCallEnd":
            return "thinking"
        case _:
            return None


def tokens(event: AgentEvent) -> int:
    """Tokens that a request took which it tells of, else 0."""
    if event.type != "UsageReported":
        return 0
    counts = (event.data.get("prompt_tokens"), event.data.get("completion_tokens"))
    return sum(count for count in counts if isinstance(count, int))


def _title(event: AgentEvent) -> Mapping[str, Any] | None:
    content = event.data.get("content")
    is_title = isinstance(content, Mapping) and content.get("kind") == "ToolInput"
    return content if event.type == "TaskMessage" and is_title else None
