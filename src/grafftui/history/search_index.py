"""`SearchIndex`: keeps the search index, beside the turns and never in their way.

An entry that is closed waits with `indexed` 0 until a thread takes it in, a few at a time: what
they say is prepared without a lock, what is written takes milliseconds, and then the thread rests
longer than it worked. What a killed process left waits for the next one. Several processes may do
so at once.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final, NamedTuple

from grafftui.entries import unreadable_entry
from grafftui.errors import StoreError
from grafftui.history.database import Database
from grafftui.history.search_tables import PENDING

Progress = Callable[[int, int], None]
"""Is told how many entries are done, and how many there are."""

_DELAY: Final = 0.5
"""Seconds from an entry's end to its indexing: the turn goes on first."""
_REST: Final = 2
_LONG_REST: Final = 10
"""Times as long as it worked, the thread rests: when nothing else is written, and when it is."""
_QUIET: Final = 1.0
"""Seconds without a write after which nothing else is written."""
_RETRY: Final = 30.0
"""Seconds until it is tried again when the history could not be written."""
_BATCH: Final = 64
_CHARS: Final = 64 * 1024
"""Most entries of one transaction; characters after which it ends (10 ms of writing)."""
_PAGES: Final = 200
"""Of the index, merged in one transaction."""

_WAITING: Final = f"""
SELECT entries.id, body, blobs.data, workspace, backend, by_agent, by_model, title,
       ordinal = (SELECT min(ordinal) FROM entries AS first
                  WHERE first.conversation_id = entries.conversation_id), started_at
FROM (SELECT * FROM entries WHERE {PENDING}) AS entries
JOIN conversations ON conversations.id = entries.conversation_id
LEFT JOIN turns ON turns.id = entries.turn_id
LEFT JOIN blobs ON blobs.sha256 = body
WHERE deleted_at IS NULL ORDER BY entries.id DESC LIMIT {_BATCH}"""
_TAKE: Final = f"UPDATE entries SET indexed = 1 WHERE id = ? AND {PENDING} AND body = ?"
_PUT: Final = """
INSERT INTO search (rowid, at, days, project, backend, agent, model, tool, signs, files, title,
                    parts, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_COUNT: Final = f"SELECT count(*) FROM entries WHERE {PENDING}"
_ANY: Final = f"SELECT 1 FROM entries WHERE {PENDING} LIMIT 1"
_TAKE_OUT: Final = f"""
UPDATE entries SET indexed = 0 WHERE id IN (
    SELECT id FROM entries WHERE conversation_id = ? AND indexed LIMIT {_BATCH})"""
_TAKE_OUT_BELOW: Final = f"""
UPDATE entries SET indexed = 0 WHERE id IN (
    SELECT id FROM entries WHERE id < ? ORDER BY id DESC LIMIT {_BATCH}) AND indexed"""


class SearchIndex:
    """The search index. Made by `Store`; any thread may call it.

    Every method but `wake` and `close` raises `StoreError` when the history cannot be used.

    Args:
        read_only: Why nothing can be written, or "".
    """

    def __init__(self, database: Database, read_only: str) -> None:
        self._database = database
        self._read_only = read_only
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._work = threading.Event()
        self._ended = threading.Event()
        self._woken = 0.0

    def wake(self) -> None:
        """Entries may have been closed: take them in soon, beside all else."""
        self._woken = time.monotonic()
        self._work.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None and not self._ended.is_set():
                    self._thread = threading.Thread(target=self._run, name="search", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Stop. What is not yet indexed will be by the next who opens the history."""
        with self._lock:
            self._ended.set()
        self._work.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def waiting(self) -> int:
        """How many entries are not yet indexed."""
        return int(self._database.rows(_COUNT)[0][0])

    def step(self) -> int:
        """Index a few of the entries that wait, the newest. Returns how many there were."""
        batch = self._prepared()
        if batch:
            with self._writing() as connection:
                for entry in sorted(batch, key=lambda entry: entry.id):
                    if connection.execute(_TAKE, (entry.id, entry.body)).rowcount:
                        connection.execute(_PUT, (entry.id, *entry.document))
        return len(batch)

    def catch_up(self, progress: Progress | None = None) -> int:
        """Index all that waits, at full speed. Returns how many entries that were."""
        done, total = 0, self.waiting
        while found := self.step():
            done += found
            if progress is not None:
                progress(min(done, total), total)
        return done

    def _run(self) -> None:
        while not self._ended.is_set():
            self._work.wait()
            self._work.clear()
            pause = _DELAY
            while not self._ended.wait(pause):
                begun = time.monotonic()
                try:
                    if not self.step():
                        break
                    busy = begun - self._woken < _QUIET
                    pause = (_LONG_REST if busy else _REST) * (time.monotonic() - begun)
                except StoreError:
                    pause = _RETRY

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if self._read_only:
            raise StoreError(self._read_only, hint="update grafftui")
        with self._database.transaction(durable=False) as connection:
            yield connection

    def _prepared(self) -> list[_Prepared]:
        rows: list[tuple[Any, ...]] = []
        with self._database.reading() as connection, closing(connection.execute(_WAITING)) as found:
            for row in found:
                rows.append(row)
                if sum(len(body) + len(blob or "") for _, body, blob, *_ in rows) > _CHARS:
                    break
        return [_Prepared(id, body, _document(body, blob, *more)) for id, body, blob, *more in rows]


class _Prepared(NamedTuple):
    id: int
    body: str | bytes
    document: tuple[object, ...]


def _document(
    body: object,
    blob: object,
    workspace: str,
    backend: str,
    agent: str | None,
    model: str | None,
    title: str | None,
    is_first: int,
    at: float | None,
) -> tuple[object, ...]:
    from grafftui.history.folding import stored_entry
    from grafftui.history.search.documents import Surroundings, document

    title = title if is_first else None
    around = Surroundings(workspace, backend, agent or "", model or "", title or "", at or 0.0)
    try:
        return document(stored_entry(body, blob), around)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        return document(unreadable_entry(str(error)), around)
