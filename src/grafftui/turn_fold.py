"""`TurnFold`: what an event changes in the transcript.

`TurnFold.apply` is the only thing that makes entries. The history keeps what it returns, the
screen draws it, so what is resumed is what was shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grafftui import sub_agents
from grafftui.entries import (
    Added,
    Change,
    Entry,
    EntryKind,
    EntryState,
    Extended,
    ToolCard,
    Updated,
)
from grafftui.events import BACKEND_TITLES, AgentEvent


@dataclass(slots=True)
class TurnFold:
    """Folds the events of one turn into entries. Pure: the same events give the same entries."""

    _open: Entry | None = None
    _tools: list[Entry] = field(default_factory=list)
    _agents: dict[str, Entry] = field(default_factory=dict)

    def apply(self, event: AgentEvent, at: float) -> list[Change]:
        """What `event`, at Unix second `at`, changes. Unknown types change nothing."""
        if (conversation_id := sub_agents.whose(event)) is not None:
            return self._of_sub_agent(conversation_id, event)
        fold = _FOLDS.get(event.type)
        return fold(self, event.data, at) if fold else []

    # -- text ------------------------------------------------------------------------------

    def _prompt(self, data: Mapping[str, Any], at: float) -> list[Change]:
        entry = Entry("prompt", str(data.get("text", "")), started_at=at)
        entry.close("done", at)
        return [*self._close(at), Added(entry)]

    def _message(self, data: Mapping[str, Any], at: float) -> list[Change]:
        content = data.get("content")
        if not isinstance(content, Mapping):
            return []
        match content.get("kind"):
            case "Markdown":
                return self._text("answer", str(content.get("text", "")), at)
            case "ToolInput":
                return self._title(content, at)
            case _:
                return []

    def _reasoning(self, data: Mapping[str, Any], at: float) -> list[Change]:
        return self._text("reasoning", str(data.get("content", "")), at)

    def _text(self, kind: EntryKind, text: str, at: float) -> list[Change]:
        if not text:
            return []
        if self._open is not None and self._open.kind == kind:
            self._open.extend(text)
            return [Extended(self._open, text)]
        changes = self._close(at)
        self._open = Entry(kind, text, started_at=at)
        return [*changes, Added(self._open)]

    def _close(self, at: float, state: EntryState = "done") -> list[Change]:
        if self._open is None:
            return []
        entry, self._open = self._open, None
        entry.close(state, at)
        return [Updated(entry)]

    # -- tools -----------------------------------------------------------------------------

    def _tool_start(self, data: Mapping[str, Any], at: float) -> list[Change]:
        call = data.get("tool_call") or {}
        card = ToolCard(str(call.get("name", "")), call.get("call_id"), call.get("arguments"))
        entry = Entry("tool", tool=card, started_at=at)
        self._tools.append(entry)
        return [*self._close(at), Added(entry)]

    def _title(self, content: Mapping[str, Any], at: float) -> list[Change]:
        title, subject = str(content.get("title", "")), str(content.get("sub_title") or "")
        if any(entry.state == "declined" for entry in self._tools):
            return []  # CodeGraff says "Permission Denied" once more; the entry shows it
        for entry in reversed(self._tools):
            card = entry.tool
            if card is not None and not card.title and entry.ended_at is None:
                if card.name == "plan":  # CodeGraff has its path in the title
                    title, _, subject = title.partition(" ")
                card.title, card.subject = title, subject
                card.executor = str(content.get("executor") or "")
                return [Updated(entry)]
        words = f"{title} {subject}".strip()
        return self._notice({"text": words, "level": content.get("category", "info")}, at)

    def _progress(self, data: Mapping[str, Any], at: float) -> list[Change]:
        entry = self._tool(data.get("call_id"))
        if entry is None:
            return []
        text = str(data.get("text", ""))
        entry.extend(text)
        return [Extended(entry, text)]

    def _approval_requested(self, data: Mapping[str, Any], at: float) -> list[Change]:
        entry = self._tool(data.get("call_id"))
        if entry is None or entry.tool is None:
            return []
        entry.state = "waiting"
        entry.tool.request = data.get("request")
        return [Updated(entry)]

    def _approval_resolved(self, data: Mapping[str, Any], at: float) -> list[Change]:
        entry = self._tool(data.get("call_id"))
        if entry is None or entry.tool is None:
            return []
        entry.tool.decision = str(data.get("decision", ""))
        entry.tool.reason = str(data.get("reason") or "")
        accepted = entry.tool.decision in ("accept", "acceptForSession")
        entry.state = "running" if accepted else "declined"
        return [Updated(entry)]

    def _question_asked(self, data: Mapping[str, Any], at: float) -> list[Change]:
        return self._now(data.get("call_id"), "waiting")

    def _question_answered(self, data: Mapping[str, Any], at: float) -> list[Change]:
        return self._now(data.get("call_id"), "running")

    def _now(self, call_id: object, state: EntryState) -> list[Change]:
        entry = self._tool(call_id)
        if entry is None:
            return []
        entry.state = state
        return [Updated(entry)]

    def _file_changed(self, data: Mapping[str, Any], at: float) -> list[Change]:
        entry = self._tool(data.get("call_id"))
        if entry is None or entry.tool is None:
            return []
        card = entry.tool
        card.diff += str(data.get("diff", ""))
        card.lines_added += int(data.get("lines_added", 0))
        card.lines_removed += int(data.get("lines_removed", 0))
        return [Updated(entry)]

    def _tool_end(self, data: Mapping[str, Any], at: float) -> list[Change]:
        result = data.get("result") or {}
        entry = self._tool(result.get("call_id"))
        if entry is None:
            return []
        output = result.get("output") or {}
        entry.text = values_text(output.get("values") or [])
        if entry.state != "declined":
            entry.state = "failed" if output.get("is_error") else "done"
        entry.ended_at = at
        self._tools.remove(entry)
        return [Updated(entry)]

    def _tool(self, call_id: object) -> Entry | None:
        for entry in self._tools:
            if entry.tool is not None and entry.tool.call_id == call_id:
                return entry
        return None

    # -- sub-agents: each is an entry, what it does a word in it -----------------------------

    def _sub_agent_started(self, data: Mapping[str, Any], at: float) -> list[Change]:
        conversation_id, call_id = str(data.get("conversation_id", "")), data.get("call_id")
        title = sub_agents.title_of(str(data.get("agent", "")), "")
        task = str(data.get("task", ""))
        entry, changes = self._tool(call_id), self._close(at)
        if entry is not None and entry.tool is not None and not entry.tool.conversation:
            changes.append(Updated(entry))
        else:
            entry = Entry("tool", tool=ToolCard("task", call_id, {"task": task}), started_at=at)
            changes.append(Added(entry))
        assert entry.tool is not None
        entry.tool.title, entry.tool.subject = title, task
        entry.tool.conversation = conversation_id
        self._agents[conversation_id] = entry
        return changes

    def _of_sub_agent(self, conversation_id: str, event: AgentEvent) -> list[Change]:
        entry = self._agents.get(conversation_id)
        if entry is None or entry.tool is None:
            return []
        card, before = entry.tool, (entry.state, entry.tool.doing, entry.tool.tokens)
        if event.type in ("ApprovalRequested", "QuestionAsked"):
            entry.state = "waiting"
        elif event.type in ("ApprovalResolved", "QuestionAnswered"):
            entry.state = "running"
        card.doing = sub_agents.doing(event) or card.doing
        card.tokens += sub_agents.tokens(event)
        return [Updated(entry)] if before != (entry.state, card.doing, card.tokens) else []

    def _sub_agent_ended(self, data: Mapping[str, Any], at: float) -> list[Change]:
        entry = self._agents.pop(str(data.get("conversation_id", "")), None)
        if entry is None or entry.tool is None:
            return []
        entry.tool.doing = ""
        if entry not in self._tools:  # else its "ToolCallEnd" closes it
            entry.text = str(data.get("text", ""))
            states: dict[str, EntryState] = {"done": "done", "interrupted": "incomplete"}
            entry.close(states.get(str(data.get("state")), "failed"), at)
        return [Updated(entry)]

    # -- ends ------------------------------------------------------------------------------

    def _notice(self, data: Mapping[str, Any], at: float) -> list[Change]:
        level = str(data.get("level", "info"))
        entry = Entry("notice", str(data.get("text", "")), level=level, started_at=at)
        entry.close("done", at)
        return [*self._close(at), Added(entry)]

    def _compacted(self, data: Mapping[str, Any], at: float) -> list[Change]:
        before, after = int(data.get("tokens_before", 0)), int(data.get("tokens_after", 0))
        many, few = int(data.get("messages_before", 0)), int(data.get("messages_after", 0))
        how = "Compacted automatically" if data.get("by") == "auto" else "Compacted"
        words = f"{how}: about {before:,} → {after:,} tokens, {many:,} → {few:,} messages"
        if data.get("by") == "codex":  # it does not say how much
            words = "Compacted by Codex"
        entry = Entry("compaction", words, started_at=at)
        entry.close("done", at)
        return [*self._close(at), Added(entry)]

    def _handed_over(self, data: Mapping[str, Any], at: float) -> list[Change]:
        before, after = (str(data.get(end)) for end in ("from", "to"))
        now, then = BACKEND_TITLES.get(after, after), BACKEND_TITLES.get(before, before)
        words = f"From here on {now} answers, before it was {then}."
        note = str(data.get("note") or "")
        return self._notice({"text": f"{words}\n\n{note}".strip()}, at)

    def _retry(self, data: Mapping[str, Any], at: float) -> list[Change]:
        return self._close(at, "incomplete")

    def _complete(self, data: Mapping[str, Any], at: float) -> list[Change]:
        return self._close(at)

    def _limit(self, data: Mapping[str, Any], at: float) -> list[Change]:
        reason = data.get("reason") or {}
        kind, limit = reason.get("kind"), reason.get("limit")
        words = {
            "MaxToolFailurePerTurnLimitReached": f"Stopped: tools failed {limit} times.",
            "MaxRequestPerTurnLimitReached": f"Stopped: {limit} requests in one turn.",
            "EndHookRearmLimitReached": f"Todos are still open after {limit} reminders.",
        }.get(str(kind), f"Stopped by the limit {kind} ({limit}).")
        return self._notice({"text": words, "level": "warning"}, at)

    def _failed(self, data: Mapping[str, Any], at: float) -> list[Change]:
        lines = [str(data.get("cause", "")), str(data.get("hint", ""))]
        text = "\n".join(line for line in lines if line)
        return [
            *self.abandon(at, "incomplete"),
            *self._notice({"text": text, "level": "error"}, at),
        ]

    def _interrupted(self, data: Mapping[str, Any], at: float) -> list[Change]:
        changes = self.abandon(at, "incomplete")
        return [*changes, *self._notice({"text": "Interrupted.", "level": "info"}, at)]

    def abandon(self, at: float, state: EntryState) -> list[Change]:
        """Close whatever is still open, because nothing more will come."""
        changes = self._close(at, state)
        for entry in dict.fromkeys((*self._tools, *self._agents.values())):
            entry.close(state, at)
            changes.append(Updated(entry))
        self._tools.clear()
        self._agents.clear()
        return changes


def values_text(values: list[Any]) -> str:
    """What a person reads of a tool result's values."""
    lines = []
    for value in values:
        if isinstance(value, Mapping):
            if "text" in value:
                lines.append(str(value["text"]))
            elif "aI" in value:
                lines.append(str((value["aI"] or {}).get("value", "")))
            elif "image" in value:
                lines.append(f"[image {(value['image'] or {}).get('mime_type', '')}]")
            elif "json" in value:
                lines.append(str(value["json"]))
    return "\n".join(lines)


_FOLDS = {
    "PromptSubmitted": TurnFold._prompt,
    "TaskMessage": TurnFold._message,
    "TaskReasoning": TurnFold._reasoning,
    "ToolCallStart": TurnFold._tool_start,
    "ToolProgress": TurnFold._progress,
    "ApprovalRequested": TurnFold._approval_requested,
    "ApprovalResolved": TurnFold._approval_resolved,
    "QuestionAsked": TurnFold._question_asked,
    "QuestionAnswered": TurnFold._question_answered,
    "SubAgentStarted": TurnFold._sub_agent_started,
    "SubAgentEnded": TurnFold._sub_agent_ended,
    "FileChanged": TurnFold._file_changed,
    "ToolCallEnd": TurnFold._tool_end,
    "Compacted": TurnFold._compacted,
    "HandedOver": TurnFold._handed_over,
    "RetryAttempt": TurnFold._retry,
    "Notice": TurnFold._notice,
    "Interrupt": TurnFold._limit,
    "TaskComplete": TurnFold._complete,
    "TurnFailed": TurnFold._failed,
    "TurnInterrupted": TurnFold._interrupted,
}
