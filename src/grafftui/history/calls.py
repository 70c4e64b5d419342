"""Conversations of sub-agents, found by the tool calls that began them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from grafftui.history.rows import CONVERSATION_COLUMNS


@dataclass(frozen=True, slots=True)
class Caller:
    """The tool call that begins a sub-agent's conversation."""

    conversation_id: str
    turn_id: int
    call_id: str


CALLED: Final = f"""
SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE caller_id = ?
ORDER BY caller_turn, conversations.rowid"""
"""Those that a conversation's agent has begun, oldest first."""

CALLED_IDS: Final = "SELECT id FROM conversations WHERE caller_id = ?"

WITH_CALLED: Final = """
WITH RECURSIVE called (id) AS (
    VALUES (?)
    UNION SELECT c.id FROM called JOIN conversations AS c ON c.caller_id = called.id
)"""
"""Begins a query: `called` has the id of a conversation, and of all that come of its calls."""
