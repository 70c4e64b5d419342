"""What stands, in a repaired history, where an event or a message could not be read."""

from __future__ import annotations

import sqlite3
from typing import Final

from grafftui.history.blobs import UNREADABLE
from grafftui.history.folding import stored_event
from grafftui.history.messages import unreadable
from grafftui.history.values import to_json

_EVENTS: Final = f"""
SELECT rowid, type, data, NULL, at FROM events WHERE {UNREADABLE.format(column="data")}"""
_MESSAGES: Final = f"""
SELECT id, role FROM messages WHERE {UNREADABLE.format(column="body")}"""


def stand_in(target: sqlite3.Connection) -> None:
    """Write it there for good: else the history would count as damaged for ever."""
    for id, *row in target.execute(_EVENTS).fetchall():
        event, _ = stored_event(tuple(row))
        values = (event.type, to_json(event.data), id)
        target.execute("UPDATE events SET type = ?, data = ? WHERE rowid = ?", values)
    for id, role in target.execute(_MESSAGES).fetchall():
        target.execute("UPDATE messages SET body = ? WHERE id = ?", (to_json(unreadable(role)), id))
