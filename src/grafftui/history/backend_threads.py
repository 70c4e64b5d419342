"""Which thread of another backend a conversation is, there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from grafftui.history.blobs import Statement
from grafftui.history.database import Database
from grafftui.history.grants import Writing
from grafftui.history.values import plain

_COLUMNS: Final = "conversation_id, backend, thread_id, last_turn, changed, note"
_OF: Final = f"SELECT {_COLUMNS} FROM backend_threads WHERE conversation_id = ? AND backend = ?"
_KNOWN: Final = f"SELECT {_COLUMNS} FROM backend_threads WHERE backend = ? AND thread_id <> ''"
_KEEP: Final = f"""
INSERT OR REPLACE INTO backend_threads ({_COLUMNS})
VALUES (:conversation_id, :backend, :thread_id, :last_turn, :changed, :note)"""
_TURN: Final = "UPDATE turns SET backend_turn = :backend_turn WHERE id = :id"
_LAST_WHOLE: Final = """
SELECT backend_turn FROM turns
WHERE conversation_id = :id AND backend_turn <> '' AND rewound IS NULL
  AND (SELECT max(ordinal) FROM entries WHERE turn_id = turns.id) <= :entry
ORDER BY id DESC LIMIT 1"""
_NOTE: Final = """
INSERT INTO backend_threads (conversation_id, backend, thread_id, last_turn, changed, note)
VALUES (:conversation, :backend, '', '', 0, :note)
ON CONFLICT (conversation_id, backend) DO UPDATE SET note = excluded.note"""
_GO_ON_WITH: Final = """
UPDATE conversations SET backend = :backend, provider = '', model = '', agent = :agent
WHERE id = :conversation"""


@dataclass(frozen=True, slots=True)
class BackendThread:
    """A conversation's thread at another backend.

    Attributes:
        conversation_id: Of the conversation, which may be deleted by now.
        backend: Whose thread it is.
        thread_id: Its id there; "" as long as there is none.
        last_turn: Id there of the newest turn that is in our history; "" for none.
        changed: When it had changed last as of the last look at it, in the backend's seconds.
        note: What the backend is to be told before the next prompt; "" for nothing.
    """

    conversation_id: str
    backend: str
    thread_id: str = ""
    last_turn: str = ""
    changed: float = 0.0
    note: str = ""


class BackendThreads:
    """Part of `Store`. Every method may raise `StoreError`."""

    def __init__(self, database: Database, writing: Writing) -> None:
        self._database = database
        self._writing = writing

    def of(self, conversation_id: str, backend: str) -> BackendThread:
        """The thread of a conversation; an empty one where there is none."""
        rows = self._database.rows(_OF, (conversation_id, backend))
        return BackendThread(*rows[0]) if rows else BackendThread(conversation_id, backend)

    def known(self, backend: str) -> dict[str, BackendThread]:
        """Every thread that was ever seen, by its id: also of conversations that are deleted."""
        found = (BackendThread(*row) for row in self._database.rows(_KNOWN, (backend,)))
        return {thread.thread_id: thread for thread in found}

    def keep(self, thread: BackendThread) -> None:
        """Keep what is known of a thread; durable."""
        with self._writing() as connection:
            connection.execute(_KEEP, _values(thread))

    def began(self, thread: BackendThread, turn_id: int) -> None:
        """Keep, durably, that the thread's last turn is our turn `turn_id`."""
        with self._writing() as connection:
            connection.execute(_KEEP, _values(thread))
            connection.execute(_TURN, {"backend_turn": thread.last_turn, "id": turn_id})

    def last_whole(self, conversation_id: str, entry: int) -> str:
        """The last turn there of which no entry comes after the one with ordinal `entry`."""
        rows = self._database.rows(_LAST_WHOLE, {"id": conversation_id, "entry": entry})
        return str(rows[0][0]) if rows else ""


def handing_over(backend: str, agent: str, note: str) -> list[Statement]:
    """What has another backend run a conversation's turns from now on, for `record_with`.

    Args:
        note: What it is to be told before the next prompt; "" for nothing.
    """
    told = {"backend": backend, "note": plain(note)}
    return [(_NOTE, told), (_GO_ON_WITH, {"backend": backend, "agent": agent})]


def _values(thread: BackendThread) -> dict[str, Any]:
    named = {name: getattr(thread, name) for name in thread.__slots__}
    return {name: plain(v) if isinstance(v, str) else v for name, v in named.items()}
