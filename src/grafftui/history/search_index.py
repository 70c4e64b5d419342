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
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any, Final, NamedTuple

from grafftui.entries import unreadable_entry
from grafftui.errors import StoreError
from grafftui.history.database import Database, decoded
from grafftui.history.search_tables import PENDING

Progress = Callable[[int, int], None]
"""Is told how many entries are done, and how many there are."""

_DELAY: Final = 0.5
"""Seconds from an entry's end to its indexing: the turn goes on first."""
_REST: Final = 1
_LONG_REST: Final = 10
"""Times as long as it worked, the thread rests: when nothing else is written, and when it is."""
_LONGEST_REST: Final = 0.5
"""Seconds."""
_QUIET: Final = 1.0
"""Seconds without a write after which nothing else is written."""
_RETRY: Final = 30.0
"""Seconds until it is tried again when the history could not be written."""
_BATCH: Final = 64
_CHARS: Final = 32 * 1024
"""Most entries of one transaction; characters after which it ends (10 ms of writing)."""
_PAGES: Final = 50
"""Of the index, merged in one transaction (5 ms)."""

_WAITING: Final = f"""
SELECT entries.id, CAST(body AS BLOB), typeof(body) = 'text', blobs.data, workspace, backend,
       by_agent, by_model, title,
       ordinal = (SELECT min(ordinal) FROM entries AS first
                  WHERE first.conversation_id = entries.conversation_id), started_at
FROM (SELECT * FROM entries WHERE {PENDING}) AS entries
JOIN conversations ON conversations.id = entries.conversation_id
LEFT JOIN turns ON turns.id = entries.turn_id
LEFT JOIN blobs ON blobs.sha256 = body
ORDER BY entries.id DESC LIMIT {_BATCH}"""
_TAKE: Final = f"""
UPDATE entries SET indexed = 1 WHERE id = ? AND {PENDING} AND CAST(body AS BLOB) = ?"""
_PUT: Final = """
INSERT OR REPLACE INTO search (rowid, at, days, project, backend, agent, model, tool, signs, files,
                               title, parts, text)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_COUNT: Final = f"SELECT count(*) FROM entries WHERE {PENDING}"
_TAKE_OUT: Final = "UPDATE entries SET indexed = 0 WHERE id = ? AND indexed"
_OF_CONVERSATION: Final = "SELECT id, chars FROM entries WHERE conversation_id = ?"
_BELOW: Final = f"SELECT id, chars FROM entries WHERE id < ? ORDER BY id DESC LIMIT {_BATCH}"
_ORPHANS: Final = "SELECT id FROM search_content WHERE id NOT IN (SELECT id FROM entries)"
_LAST: Final = 2**62


class SearchIndex:
    """The search index. Made by `Store`; any thread may call it.

    Every method but `wake` and `close` raises `StoreError` when the history cannot be used.

    Args:
        read_only: Why nothing can be written, or "".
        hint: What to do then.
    """

    def __init__(self, database: Database, read_only: str = "", hint: str = "") -> None:
        self._database = database
        self._read_only = read_only
        self._hint = hint
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._work = threading.Event()
        self._ended = threading.Event()
        self._woken = 0.0
        self._unmerged = True
        self._forgetting: int | None = None
        self._working = threading.RLock()

    def wake(self) -> None:
        """Entries may have been closed: take them in soon, beside all else."""
        self._woken = time.monotonic()
        self._work.set()
        if self._thread is None:
            with self._lock, suppress(RuntimeError):  # no more threads: it is done another time
                if self._thread is None and not self._ended.is_set():
                    thread = threading.Thread(target=self._run, name="search", daemon=True)
                    thread.start()
                    self._thread = thread

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

    def catch_up(self, progress: Progress | None = None) -> int:
        """Index all that waits, at full speed. Returns how many entries that were."""
        done, total = 0, self.waiting
        with self._working:
            while found := self._step():
                done += found
                if progress is not None:
                    progress(min(done, total), total)
                while self._merge():
                    pass
        return done

    def rebuild(self, progress: Progress | None = None) -> int:
        """Index everything anew, a few entries at a time, at full speed. Returns how many entries.

        All that is not at work just then is found meanwhile, and when it is broken off.
        """
        orphans = self._database.rows(_ORPHANS)
        with self._writing() as connection:
            connection.executemany("DELETE FROM search WHERE rowid = ?", orphans)
        done, below = 0, _LAST
        total = int(self._database.rows("SELECT count(*) FROM entries")[0][0])
        with self._working:
            while found := self._database.rows(_BELOW, (below,)):
                below = found[-1][0]
                self._take_out(found)
                self.catch_up()
                done += len(found)
                if progress is not None:
                    progress(min(done, total), total)
            self.forget_words()
        return done

    def take_out(self, conversation_id: str) -> None:
        """Take a conversation that is to be deleted out of the index, a few entries at a time.

        So its deletion, which would take out the rest, takes little time.
        """
        self._take_out(self._database.rows(_OF_CONVERSATION, (conversation_id,)))

    def forget_words(self) -> None:
        """Overwrite what the index's pages still hold of what was taken out, at full speed."""
        with self._writing() as connection:
            connection.execute("INSERT INTO forgotten VALUES (NULL)")
        while self._forget():
            pass

    def _run(self) -> None:
        while not self._ended.is_set():
            self._work.wait()
            self._work.clear()
            pause = _DELAY
            while not self._ended.wait(pause):
                begun = time.monotonic()
                try:
                    with self._working:
                        if not (self._merge() or self._step() or self._forget()):
                            break
                except StoreError:
                    pause = _RETRY
                    continue
                busy = begun - self._woken < _QUIET
                pause = (_LONG_REST if busy else _REST) * (time.monotonic() - begun)
                pause = min(pause, _LONGEST_REST)

    def _step(self) -> int:
        """Index a few of the entries that wait, the newest. Returns how many there were."""
        batch = self._prepared()
        if batch:
            self._put(batch)
            self._unmerged = True
        return len(batch)

    def _put(self, batch: Sequence[_Prepared]) -> None:
        """Put in what has not changed meanwhile, and is still missing."""
        with self._writing() as connection:
            for entry in reversed(batch):  # SQLite takes ascending ids at once
                if connection.execute(_TAKE, (entry.id, entry.body)).rowcount:
                    connection.execute(_PUT, (entry.id, *entry.document))

    def _merge(self) -> bool:
        """Merge some of what was written apart. Whether there may be more to merge."""
        if self._unmerged:
            with self._writing() as connection:
                self._unmerged = _merged(connection, _PAGES)
        return self._unmerged

    def _forget(self) -> bool:
        """Merge some of everything: nothing stays of what was taken out. Whether it was needed."""
        ((last,),) = self._database.rows("SELECT max(number) FROM forgotten")
        if last is None:
            return False
        with self._writing() as connection:
            if self._forgetting is None:
                self._forgetting = last
                _merged(connection, -_PAGES)
            elif not _merged(connection, _PAGES):
                connection.execute("DELETE FROM forgotten WHERE number <= ?", (self._forgetting,))
                self._forgetting = None
            return True

    def _take_out(self, entries: Sequence[tuple[int, int]]) -> None:
        """Take entries, each with its number of characters, out of the index."""
        waiting = deque(entries)
        while waiting:
            left = _CHARS
            with self._writing() as connection:
                while waiting and left > 0:
                    id, chars = waiting.popleft()
                    connection.execute(_TAKE_OUT, (id,))
                    left -= min(chars, _CHARS) + _CHARS // _BATCH

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, and then a rest of the same length, in which others may write.

        They look again and again whether they can; without the rest they would seldom find it so.
        """
        if self._read_only:
            raise StoreError(self._read_only, hint=self._hint)
        with self._database.transaction(durable=False) as connection:
            begun = time.monotonic()
            yield connection
        self._ended.wait(time.monotonic() - begun)

    def _prepared(self) -> list[_Prepared]:
        rows: list[tuple[Any, ...]] = []
        left = _CHARS
        with self._database.reading() as connection, closing(connection.execute(_WAITING)) as found:
            for row in found:
                rows.append(row)
                left -= len(row[1]) if row[3] is None else _CHARS
                if left < 0:
                    break
        return [_Prepared(id, body, _document(body, *more)) for id, body, *more in rows]


def _merged(connection: sqlite3.Connection, pages: int) -> bool:
    """Merge about so many pages, of the whole index if `pages` is negative. Whether any was."""
    before = connection.total_changes
    connection.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
    return connection.total_changes - before > 1  # SQLite's own sign that there is more to do


class _Prepared(NamedTuple):
    id: int
    body: bytes
    document: tuple[object, ...]


def _document(
    body: bytes,
    is_text: bool,
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
        column = decoded(body) if is_text else body
        return document(stored_entry(column, blob), around)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        return document(unreadable_entry(str(error)), around)
