"""What becomes of a turn whose process died, or from which the conversation was taken over.

Everything committed is there; this closes what was left open, so that the conversation can
be shown and gone on with: the turn is `lost`, nothing of it is run again.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from grafftui.events import AgentEvent, markdown_text, tool_call_end, turn_failed
from grafftui.history import leases
from grafftui.history.folding import events_of, refold, stored_object
from grafftui.history.leases import Lease
from grafftui.history.messages import Body, calls_of, tool_result
from grafftui.history.processes import Process
from grafftui.history.recorder import TOUCH
from grafftui.history.values import to_json
from grafftui.sub_agents import whose

CUT_OFF: Final = "Cut off: grafftui was ended here."
TAKEN_OVER: Final = "Cut off: another grafftui took the conversation over here."
"""Stand in the transcript where a lost turn ends."""
NOT_RUN: Final = "Not run: grafftui was stopped before it began."
UNKNOWN: Final = (
    "The outcome is unknown: grafftui was killed while this ran. It may have taken effect in "
    "part; check before doing it again."
)


def end_lost_turns(connection: sqlite3.Connection, at: float) -> list[str]:
    """End every turn whose process is certainly gone. Returns their conversations' ids."""
    running = connection.execute(
        "SELECT id, conversation_id FROM turns WHERE state = 'running' ORDER BY id"
    ).fetchall()
    ended = []
    for turn_id, conversation_id in running:
        lease = leases.lease_of(connection, conversation_id)
        if lease is None or lease.turn_id != turn_id or lease.process.is_gone:
            end_turn(connection, conversation_id, turn_id, at, kill=True)
            ended.append(conversation_id)
    return ended


def end_if_gone(connection: sqlite3.Connection, lease: Lease, at: float) -> bool:
    """End the turn that holds `lease` if its process is gone. Whether it was."""
    if not lease.process.is_gone:
        return False
    end_turn(connection, lease.conversation_id, lease.turn_id, at, kill=True)
    return True


def end_turn(
    connection: sqlite3.Connection, conversation_id: str, turn_id: int, at: float, *, kill: bool
) -> None:
    """Call a turn lost, close all it left open, and give its conversation free.

    Args:
        kill: End the process groups its tools still run in: its own process cannot.
    """
    ran = _tools_that_ran(connection, turn_id, kill=kill)
    _answer_calls(connection, conversation_id, turn_id, ran, at)
    _add_event(connection, turn_id, turn_failed(CUT_OFF if kill else TAKEN_OVER, ""), at)
    (first_ordinal,) = connection.execute(
        "SELECT first_ordinal FROM turns WHERE id = ?", (turn_id,)
    ).fetchone()
    refold(connection, conversation_id, turn_id, first_ordinal=first_ordinal, at=at, ran=ran)
    connection.execute("UPDATE turns SET state = 'lost', ended_at = ? WHERE id = ?", (at, turn_id))
    connection.execute(TOUCH, {"conversation": conversation_id, "state": "lost", "at": at})
    leases.give_back(connection, conversation_id)


def _tools_that_ran(connection: sqlite3.Connection, turn_id: int, *, kill: bool) -> frozenset[str]:
    """Ids of the calls that had begun to act and of which no end is known."""
    rows = connection.execute(
        "SELECT call_id, process FROM tool_runs WHERE turn_id = ? AND state = 'started'",
        (turn_id,),
    ).fetchall()
    for _, process in rows:
        if kill and process:
            Process.from_text(str(process)).kill_group()
    return frozenset(str(call_id) for call_id, _ in rows)


def _answer_calls(
    connection: sqlite3.Connection,
    conversation_id: str,
    turn_id: int,
    ran: frozenset[str],
    at: float,
) -> None:
    """Give every tool call a result, and keep what the answer had said so far."""
    messages = _messages(connection, turn_id)
    results = {str(body.get("call_id")): body for body in messages if body.get("role") == "tool"}
    _close_events(connection, turn_id, results, at)
    last = connection.execute(
        "SELECT coalesce(max(last_event), 0) FROM messages WHERE turn_id = ?", (turn_id,)
    ).fetchone()[0]
    missing: list[Body] = [
        tool_result(call, name, _outcome(connection, turn_id, call, ran))
        for body in messages
        for call, name in calls_of(body)
        if call not in results
    ]
    if not missing and (said := _said_since(connection, turn_id, last)):
        missing.append({"role": "assistant", "text": said})
    for body in missing:
        connection.execute(
            "INSERT INTO messages (conversation_id, turn_id, role, body, first_event, last_event)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (conversation_id, turn_id, body["role"], to_json(body), last, last),
        )


def _outcome(
    connection: sqlite3.Connection, turn_id: int, call_id: str, ran: frozenset[str]
) -> str:
    """What is known of a call without a result; the sub-agents that worked on it are named."""
    words = UNKNOWN if call_id in ran else NOT_RUN
    called = connection.execute(
        "SELECT agent, id FROM conversations WHERE caller_turn = ? AND caller_call = ?"
        " AND caller_id IS NOT NULL ORDER BY rowid",
        (turn_id, call_id),
    ).fetchall()
    if not called:
        return words
    sessions = ", ".join(f"{agent} {id}" for agent, id in called)
    return f"{words} Sessions of agents that can be gone on with: {sessions}."


def _messages(connection: sqlite3.Connection, turn_id: int) -> list[Body]:
    rows = connection.execute(
        "SELECT messages.body, blobs.data"
        " FROM messages LEFT JOIN blobs ON blobs.sha256 = messages.body"
        " WHERE turn_id = ? ORDER BY messages.id",
        (turn_id,),
    ).fetchall()
    bodies = []
    for column, blob in rows:
        try:
            bodies.append(stored_object(column, blob))
        except ValueError:
            continue
    return bodies


def _close_events(
    connection: sqlite3.Connection, turn_id: int, results: dict[str, Body], at: float
) -> None:
    """Add the "ToolCallEnd" of results that were kept just before grafftui was killed."""
    ended = {
        str((event.data.get("result") or {}).get("call_id"))
        for event, _ in events_of(connection, turn_id)
        if event.type == "ToolCallEnd" and whose(event) is None
    }
    for call_id, body in results.items():
        if call_id in ended:
            continue
        values: list[Any] = [{"text": str(body.get("text", ""))}]
        is_error = bool(body.get("is_error"))
        connection.execute(
            "UPDATE tool_runs SET outcome = ?"
            " WHERE turn_id = ? AND call_id = ? AND outcome IS NULL",
            ("failed" if is_error else "done", turn_id, call_id),
        )
        end = tool_call_end(str(body.get("name", "")), call_id, is_error=is_error, values=values)
        _add_event(connection, turn_id, end, at)


def _add_event(connection: sqlite3.Connection, turn_id: int, event: AgentEvent, at: float) -> None:
    connection.execute(
        "INSERT INTO events (turn_id, seq, type, data, at)"
        " SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4 FROM events WHERE turn_id = ?1",
        (turn_id, event.type, to_json(event.data), at),
    )


def _said_since(connection: sqlite3.Connection, turn_id: int, seq: int) -> str:
    """The answer's text after event `seq`, of the last attempt."""
    said: list[str] = []
    for number, (event, _) in enumerate(events_of(connection, turn_id), 1):
        if event.type == "RetryAttempt":
            said.clear()
        elif number > seq and (text := markdown_text(event)) is not None:
            said.append(text)
    return "".join(said)
