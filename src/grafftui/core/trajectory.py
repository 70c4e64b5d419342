"""A conversation as the rows of CodeGraff's trajectory: who ran, what was called, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui.events import AgentEvent
from grafftui.history.folding import StoredEvent
from grafftui.history.trajectories import PastTurn
from grafftui.sub_agents import whose
from grafftui.turn_fold import values_text

Payload = dict[str, Any]

_REASONS: Final = {"interrupted": "Interrupted", "lost": "Lost"}
"""State of a turn → why it was stopped, where no limit did."""


@dataclass(slots=True)
class Trajectory:
    """Makes the rows of one conversation, turn by turn.

    Args:
        parent_agent_id: Of the agent that called the conversation's; None for a person.
    """

    conversation_id: str
    parent_agent_id: str | None
    _seq: dict[str, int] = field(default_factory=dict)

    def rows(self, turn: PastTurn, events: Iterable[StoredEvent]) -> Iterator[dict[str, Any]]:
        """The rows of a turn: `{conversation_id, agent_id, parent_agent_id, seq, ts_ms, payload}`.

        `seq` counts the rows of one agent, over all turns.
        """
        yield self._row(turn, turn.started_at, self._begun(turn))
        run = _Run()
        for event, at in events:
            if whose(event) is None and (payload := run.payload(event)) is not None:
                yield self._row(turn, at, payload)
        if turn.ended_at is not None:
            yield self._row(turn, turn.ended_at, run.ended(turn))

    def _begun(self, turn: PastTurn) -> Payload:
        return {
            "kind": "agent_run",
            "agent_id": turn.agent,
            "parent_agent_id": self.parent_agent_id,
            "requested_model": turn.model,
            "resolved_model": turn.model,
        }

    def _row(self, turn: PastTurn, at: float, payload: Payload) -> dict[str, Any]:
        seq = self._seq[turn.agent] = self._seq.get(turn.agent, -1) + 1
        return {
            "conversation_id": self.conversation_id,
            "agent_id": turn.agent,
            "parent_agent_id": self.parent_agent_id,
            "seq": seq,
            "ts_ms": round(at * 1000),
            "payload": payload,
        }


@dataclass(slots=True)
class _Run:
    """What has been counted in one turn."""

    turns: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tool_calls: int = 0
    tool_errors: int = 0
    limit: str | None = None

    def payload(self, event: AgentEvent) -> Payload | None:
        """What a row says of `event`; None where it has no row."""
        data = event.data
        match event.type:
            case "UsageReported":  # once for each request, before what it calls for is done
                self.turns += 1
                self.prompt_tokens += int(data.get("prompt_tokens") or 0)
                self.completion_tokens += int(data.get("completion_tokens") or 0)
                return {"kind": "model_turn", "turn": self.turns}
            case "ToolCallStart":
                self.tool_calls += 1
                call = data.get("tool_call") or {}
                named = {"tool_name": call.get("name"), "call_id": call.get("call_id")}
                return {"kind": "tool_call", **named, "arguments": call.get("arguments")}
            case "ToolCallEnd":
                return self._result(data.get("result") or {})
            case "TurnFailed":
                return {"kind": "error", "message": data.get("cause"), "source": None}
            case "Interrupt":
                self.limit = (data.get("reason") or {}).get("kind")
        return None

    def _result(self, result: dict[str, Any]) -> Payload:
        output = result.get("output") or {}
        is_error = bool(output.get("is_error"))
        self.tool_errors += is_error
        return {
            "kind": "tool_result",
            "tool_name": result.get("name"),
            "call_id": result.get("call_id"),
            "is_error": is_error,
            "output": values_text(output.get("values") or []),
        }

    def ended(self, turn: PastTurn) -> Payload:
        """The last row of a turn that is over."""
        reason = self.limit or _REASONS.get(turn.state)
        return {
            "kind": "agent_run_end",
            "success": turn.state == "done",
            "turns": self.turns,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "tool_calls": self.tool_calls,
            "tool_errors": self.tool_errors,
            "wall_ms": round(((turn.ended_at or turn.started_at) - turn.started_at) * 1000),
        } | ({"interrupt_reason": reason} if reason else {})
