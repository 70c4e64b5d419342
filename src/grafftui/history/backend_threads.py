"""Which thread of another backend a conversation is, there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from grafftui.history.database import Database
from grafftui.history.grants import Writing
from grafftui.history.values import plain

_COLUMNS: Final = "conversation_id, backend, thread_id, last_turn, changed, note"
_OF: Final = f"SELECT {_COLUMNS} FROM backend_threads WHERE conversation_id = ? AND backend = ?"
_KNOWN: Final = f"SELECT {_COLUMNS} FROM backend_threads WHERE backend = ? AND thread_id <> ''"
_KEEP: Final = f"""
INSERT OR REPLACE INTO backend_threads ({_COLUMNS})
VALUES (:conversation_id, :backend, :thread_id, :last_turn, :changed, :note)"""
_GO_ON_WITH: Final = """
UPDATE conversations SET backend = :backend, provider = '', model = '', agent = :agent
WHERE id = :id"""


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

    def go_on_with(self, backend: str, conversation_id: str, agent: str) -> None:
        """Have another backend run the turns of a conversation from now on."""
        values = {"backend": backend, "agent": agent, "id": conversation_id}
        with self._writing() as connection:
            connection.execute(_GO_ON_WITH, values)


def _values(thread: BackendThread) -> dict[str, Any]:
    named = {name: getattr(thread, name) for name in thread.__slots__}
    return {name: plain(v) if isinstance(v, str) else v for name, v in named.items()}
