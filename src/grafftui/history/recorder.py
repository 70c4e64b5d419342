"""`TurnRecorder`: writes down one turn while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from grafftui.entries import Change, Entry, Extended
from grafftui.events import AgentEvent, prompt_submitted
from grafftui.history.blobs import Statement, to_column
from grafftui.history.coalescing import Tail
from grafftui.history.folding import WRITE_ENTRY, entry_values
from grafftui.history.ledger import tool_result, usage_row
from grafftui.history.processes import Process
from grafftui.history.saving import Pending, Saver
from grafftui.history.values import to_json
from grafftui.sub_agents import whose
from grafftui.turn_fold import TurnFold

TurnEnd = Literal["done", "failed", "interrupted"]

_EVENT = """
INSERT INTO events (turn_id, seq, type, data, at) VALUES (:turn, :seq, :type, :data, :at)
ON CONFLICT (turn_id, seq) DO UPDATE SET data = excluded.data"""
_MESSAGE = """
INSERT INTO messages (conversation_id, turn_id, role, body, first_event, last_event)
VALUES (:conversation, :turn, :role, :body, :first, :last)"""
_MOVED = """
UPDATE messages SET id = (
    SELECT max(seq, (SELECT max(id) FROM messages)) + 1 FROM sqlite_sequence
    WHERE name = 'messages')
WHERE turn_id = :turn AND role = 'user' AND state = 'live'
      AND first_event = :seq AND last_event = :seq
      AND id < (SELECT max(id) FROM messages WHERE turn_id = :turn)"""
_APPROVAL = """
INSERT INTO approvals (conversation_id, workspace, turn_id, request_id, kind, tool, request, digest,
                       decision, reason, by, scope, at)
SELECT id, workspace, :turn, :request_id, :kind, :tool, :request, :digest,
       :decision, :reason, :by, :scope, :at
FROM conversations WHERE id = :conversation
ON CONFLICT DO NOTHING"""
_APPROVED_CALL = """
UPDATE approvals SET call_id = :call_id
WHERE turn_id = :turn AND request_id = :request_id AND call_id = ''"""
_INTENT = """
INSERT INTO tool_runs (turn_id, call_id, tool, digest, state, at)
VALUES (:turn, :call_id, :tool, :digest, 'started', :at)
ON CONFLICT (turn_id, call_id, digest) DO UPDATE SET
    tool = excluded.tool, state = 'started', outcome = NULL, process = NULL"""
_SUPERSEDED = """
UPDATE tool_runs SET state = 'finished', outcome = 'superseded'
WHERE turn_id = :turn AND call_id = :call_id AND digest <> :digest AND outcome IS NULL"""
_OUTCOME = """
UPDATE tool_runs SET outcome = :outcome
WHERE turn_id = :turn AND call_id = :call_id AND outcome IS NULL"""
_PROCESS = "UPDATE tool_runs SET process = :process WHERE turn_id = :turn AND call_id = :call_id"
_FINISHED = "UPDATE tool_runs SET state = 'finished' WHERE turn_id = :turn AND call_id = :call_id"
_STATE = "UPDATE conversations SET state = :state WHERE id = :conversation"
_TODOS = "UPDATE conversations SET todos = :todos WHERE id = :conversation"
_END_TURN = "UPDATE turns SET state = :state, ended_at = :at WHERE id = :turn"
_END_LEASE = "DELETE FROM leases WHERE conversation_id = :conversation AND turn_id = :turn"
TOUCH = """
UPDATE conversations SET state = :state, updated_at = :at,
    activity = (SELECT coalesce(max(activity), 0) + 1 FROM conversations)
WHERE id = :conversation"""


class TurnRecorder:
    """Commits what happens in a turn. Made by `Store.begin_turn`; any thread may call it.

    No call fails because the disk does: what cannot be written is kept and written later (see
    `Store.unsaved`). After `finish` calls do nothing. All calls raise `LeaseLostError` once
    the conversation was taken over or deleted.

    Attributes:
        recorded: How many events were recorded so far, the prompt included.
        first_ordinal: Of the turn's first entry.
        prompt: What the person said.
    """

    def __init__(
        self,
        saver: Saver,
        conversation_id: str,
        turn_id: int,
        *,
        first_ordinal: int,
        clock: Callable[[], float],
    ) -> None:
        self.conversation_id = conversation_id
        self.turn_id = turn_id
        self.pending = Pending(conversation_id, turn_id)
        self._saver = saver
        self._clock = clock
        self._lock = threading.RLock()
        self._finished = False
        self._seq = 0
        self.recorded = 0
        self.prompt = ""
        self._since_message = 1
        self._serial = 0
        self._tail = Tail()
        self._fold = TurnFold()
        self.first_ordinal = self._next_ordinal = first_ordinal
        self._open: dict[Entry, int] = {}
        self._undecided: set[str] = set()

    @property
    def finished(self) -> bool:
        """Whether the turn has ended."""
        return self._finished

    def record(self, events: Sequence[AgentEvent], *, durable: bool = False) -> None:
        """Commit `events`, and the entries they close, in one transaction.

        Args:
            durable: Outlive a power failure too. For tool results and the turn's last event.
        """
        with self._lock:
            if self._finished:
                return
            at = self._clock()
            changes: list[Change] = []
            for event in events:
                self._put_event(event, at)
                changes += self._fold.apply(event, at)
            self._put_entries(changes)
            self._save(durable)

    def record_with(self, statements: Sequence[Statement], event: AgentEvent) -> None:
        """Commit `statements` and the event that tells of them, in one transaction.

        Args:
            statements: With `:conversation` and `:turn` for what this turn belongs to.
        """
        with self._lock:
            if self._finished:
                return
            at = self._clock()
            self._serial += 1
            (sql, values), before = statements[-1], statements[:-1]
            self.pending.put(("with", self._serial), sql, values, *before)
            self._put_event(event, at)
            self._put_entries(self._fold.apply(event, at))
            self._save(True)

    def add_message(self, role: str, body: Mapping[str, Any]) -> None:
        """Commit one message of what the model is sent, made from the events since the last."""
        with self._lock:
            if self._finished:
                return
            self._put_message(role, body)
            self._save(False)

    def interject(self, text: str) -> tuple[int, int, AgentEvent] | None:
        """Commit, durably, what the person says while the turn runs: an event and a message.

        Returns:
            What tells the message from others of the turn, how many events were recorded before
            this one, and the event; None when the turn has ended.
        """
        with self._lock:
            if self._finished:
                return None
            at, before = self._clock(), self.recorded
            event = prompt_submitted(text)
            self._put_event(event, at)
            self._put_entries(self._fold.apply(event, at))
            self._put_message("user", {"role": "user", "text": text}, of_last_event=True)
            self._save(True)
            return self._seq, before, event

    def move_to_end(self, place: int) -> None:
        """Have a message that was interjected stand after all others: it is sent after them.

        Args:
            place: As `interject` returned it.
        """
        with self._lock:
            if self._finished:
                return
            self.pending.put(("moved", place), _MOVED, {"seq": place})
            self._save(False)

    def approval(
        self,
        request_id: str,
        request: Mapping[str, Any],
        digest: str,
        decision: str,
        reason: str,
        by: str,
        *,
        scope: str = "",
    ) -> None:
        """Commit who decided what about a request. A second answer to it changes nothing.

        Args:
            reason: The rule's words if `by` is "policy", else the person's.
            scope: How far an `acceptForSession` reaches.
        """
        column, blobs = to_column(dict(request), self.conversation_id)
        values = {
            "request_id": request_id,
            "kind": str(request.get("kind", "")),
            "tool": str(request.get("tool", "")),
            "request": column,
            "digest": digest,
            "decision": decision,
            "reason": reason,
            "by": by,
            "scope": scope,
            "at": self._clock(),
        }
        with self._lock:
            if self._finished:
                return
            self.pending.put(("approval", request_id), _APPROVAL, values, *blobs)
            self._save(True)

    def tool_intent(self, call_id: str, tool: str, digest: str) -> None:
        """Commit that a tool is about to act.

        Args:
            digest: Of the request it is about to do: the one approved, unless that was changed.
        """
        values = {"tool": tool, "digest": digest, "at": self._clock()}
        earlier = {"call_id": call_id, "digest": digest, "turn": self.turn_id}
        before = (_SUPERSEDED, earlier)
        self._tool_run(f"intent {digest}", _INTENT, call_id, values, before, durable=True)

    def tool_pid(self, call_id: str, pid: int) -> None:
        """Commit which process group the tool runs in, to end it should grafftui be killed."""
        values = {"process": Process.of(pid).to_text()}
        self._tool_run("pid", _PROCESS, call_id, values, durable=False)

    def tool_finished(self, call_id: str) -> None:
        """Commit that the tool acts no more."""
        self._tool_run("finished", _FINISHED, call_id, {}, durable=False)

    def usage(self, data: Mapping[str, Any]) -> None:
        """Commit what one request took.

        Args:
            data: A "UsageReported" event's; who is not the conversation's own is named in it
                (`provider`, `model`, `agent`), and what it was for (`purpose`).
        """
        row, sums = usage_row(data, self._clock())
        with self._lock:
            if self._finished:
                return
            self._serial += 1
            self.pending.put(("usage", self._serial), *sums, row)
            self._save(False)

    def finish(self, state: TurnEnd) -> None:
        """Commit the turn's end and give the conversation free."""
        with self._lock:
            if self._finished:
                return
            at = self._clock()
            self._put_entries(self._fold.abandon(at, "incomplete"))
            self.pending.put("turn", _END_TURN, {"state": state, "at": at})
            self.pending.put("state", TOUCH, {"state": state, "at": at})
            self.pending.put("lease", _END_LEASE, {})
            self._finished = True
            self._save(True, at_once=True)

    def close(self) -> None:
        """Call the turn interrupted, unless it has ended."""
        self.finish("interrupted")

    def begin(self, prompt: str, sent: str | None = None) -> None:
        """Have the prompt, if there is one, written with the transaction that begins the turn.

        Args:
            sent: What the model is sent instead; None for the prompt.
        """
        self.prompt = prompt
        at = self._clock()
        if prompt:
            event = prompt_submitted(prompt)
            self._put_event(event, at)
            self._put_entries(self._fold.apply(event, at))
            text = prompt if sent is None else sent
            self._put_message("user", {"role": "user", "text": text})
        self.pending.put("state", TOUCH, {"state": "running", "at": at})

    def _save(self, durable: bool, *, at_once: bool = False) -> None:
        self.pending.durable |= durable
        self._saver.save(self.pending, at_once=at_once)

    def _put_event(self, event: AgentEvent, at: float) -> None:
        self.recorded += 1
        whole = self._tail.extend(event)
        if whole is None:
            self._seq += 1
        column, blobs = to_column((whole or event).data, self.conversation_id)
        values = {"seq": self._seq, "type": event.type, "data": column, "at": at}
        self.pending.put(("event", self._seq), _EVENT, values, *blobs)
        self._put_audit(event)
        self._put_summary(event)

    def _put_audit(self, event: AgentEvent) -> None:
        """What the audit log learns from the event: which call was decided, how one ended."""
        if whose(event) is not None:
            return  # it is in the sub-agent's own conversation
        if event.type == "ApprovalResolved":
            values = {name: str(event.data.get(name) or "") for name in ("request_id", "call_id")}
            self.pending.put(("call", values["request_id"]), _APPROVED_CALL, values)
        elif event.type == "ToolCallEnd":
            result = event.data.get("result") or {}
            call_id = str(result.get("call_id") or "")
            is_error = (result.get("output") or {}).get("is_error")
            outcome = {"call_id": call_id, "outcome": "failed" if is_error else "done"}
            self.pending.put(("outcome", call_id), _OUTCOME, outcome)

    def _put_summary(self, event: AgentEvent) -> None:
        """What the conversation's own row says of the event."""
        match event.type:
            case "ApprovalRequested":
                self._undecided.add(str(event.data.get("request_id")))
            case "ApprovalResolved":
                self._undecided.discard(str(event.data.get("request_id")))
            case "QuestionAsked":
                self._undecided.add(str(event.data.get("question_id")))
            case "QuestionAnswered":
                self._undecided.discard(str(event.data.get("question_id")))
            case "TodosChanged":
                todos = to_json(event.data.get("todos", []))
                self.pending.put("todos", _TODOS, {"todos": todos})
                return
            case _:
                return
        state = "waiting" if self._undecided else "running"
        self.pending.put("state", _STATE, {"state": state})

    def _put_entries(self, changes: Sequence[Change]) -> None:
        """Write entries that are new or no longer grow; what only grew waits for its end."""
        touched = dict.fromkeys(c.entry for c in changes if not isinstance(c, Extended))
        for entry in touched:
            if entry not in self._open:
                self._open[entry] = self._next_ordinal
                self._next_ordinal += 1
            ordinal = self._open[entry]
            values, blobs = entry_values(entry, ordinal, self.conversation_id)
            self.pending.put(("entry", ordinal), WRITE_ENTRY, values, *blobs)
            if entry.ended_at is not None:
                del self._open[entry]

    def _put_message(
        self, role: str, body: Mapping[str, Any], *, of_last_event: bool = False
    ) -> None:
        self._tail.close()
        column, blobs = to_column(dict(body), self.conversation_id)
        values = {
            "role": role,
            "body": column,
            "first": self._seq if of_last_event else self._since_message,
            "last": self._seq,
        }
        if not of_last_event:
            self._since_message = self._seq + 1
        self._serial += 1
        self.pending.put(("message", self._serial), _MESSAGE, values, *blobs)
        if role == "tool":
            self.pending.put(("result", self._serial), *tool_result(body))

    def _tool_run(
        self,
        step: str,
        sql: str,
        call_id: str,
        values: dict[str, Any],
        *before: Statement,
        durable: bool,
    ) -> None:
        with self._lock:
            if self._finished:
                return
            self.pending.put((step, call_id), sql, {"call_id": call_id, **values}, *before)
            self._save(durable)
