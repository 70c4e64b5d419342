"""Looking the history over: whether it is sound, what cannot be read, what takes the room."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grafftui.errors import NotFoundError
from grafftui.history.blobs import UNREADABLE, is_whole
from grafftui.history.database import FAULTS, WAIT, DamagedError, store_error, suspect
from grafftui.history.opening import Presence, plain_file
from grafftui.history.schema import APPLICATION, MIGRATIONS
from grafftui.history.snapshot import snapshot
from grafftui.history.upkeep import size_of
from grafftui.settings.paths import Paths

_MOST_FLAWS: Final = 20

_VALUES: Final = {"events": "data", "entries": "body", "messages": "body"}
"""Table → its column with JSON, or the name of a blob."""
_UNREADABLE: Final = f"SELECT count(*) FROM {{table}} WHERE {UNREADABLE}"
_OF_CONVERSATION: Final = {
    "events": "JOIN turns ON turns.id = turn_id"
    " JOIN conversations ON conversations.id = conversation_id",
    "entries": "JOIN conversations ON conversations.id = conversation_id",
    "messages": "JOIN conversations ON conversations.id = conversation_id",
}
_ROWS: Final = """
SELECT workspace, sum(length(CAST({column} AS BLOB))) FROM {table} {join} GROUP BY workspace"""
_CONVERSATIONS: Final = "SELECT workspace, count(*) FROM conversations GROUP BY workspace"
_BLOBS: Final = f"""
SELECT workspace, sum(length(data)) FROM blobs {_OF_CONVERSATION["entries"]} GROUP BY workspace"""
_INDEXED: Final = f"""
SELECT workspace, sum(chars) FROM entries {_OF_CONVERSATION["entries"]}
WHERE indexed GROUP BY workspace"""
_INDEX: Final = "SELECT total(length(block)) FROM search_data"


@dataclass(slots=True)
class Share:
    """What the conversations of a workspace take.

    Attributes:
        rows: Bytes of what stands in the database's own rows.
        blobs: Bytes of large texts, compressed.
        index: Bytes of the search index, by how much text it holds: an estimate.
    """

    workspace: str
    conversations: int = 0
    rows: int = 0
    blobs: int = 0
    index: int = 0

    @property
    def total(self) -> int:
        """All together."""
        return self.rows + self.blobs + self.index


@dataclass(slots=True)
class Report:
    """What was found.

    Attributes:
        size: Bytes of the history's files.
        version: Number of its schema.
        flaws: What is damaged, each a line.
        unreadable: Table → rows that cannot be read; shown as a line that says so.
        dropped: Large texts that were dropped to save space.
        shares: What each workspace takes, the largest first.
    """

    path: Path
    size: int
    version: int = 0
    flaws: list[str] = field(default_factory=list)
    unreadable: dict[str, int] = field(default_factory=dict)
    dropped: int = 0
    shares: list[Share] = field(default_factory=list)

    @property
    def current(self) -> bool:
        """Whether it is of this version of grafftui: of others only the file is looked at."""
        return self.version == len(MIGRATIONS)

    @property
    def sound(self) -> bool:
        """Whether nothing is damaged."""
        return not self.flaws and not any(self.unreadable.values())


def check(paths: Paths) -> Report:
    """Look at all of the history, without changing it. The next start repairs what is damaged.

    Raises:
        NotFoundError: There is none.
        StoreError: It cannot be opened, or is being repaired.
    """
    if plain_file(paths.database) is None:
        raise NotFoundError(f"there is no history at {paths.database}")
    report = Report(paths.database, size_of(paths))
    presence = Presence(Path(f"{paths.database}.open"))
    try:
        presence.share(WAIT)  # nobody repairs or replaces it meanwhile
        with snapshot(report.path) as connection:
            _look(connection, report)
    finally:
        presence.leave()
    return report


def _look(connection: sqlite3.Connection, report: Report) -> None:
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        report.version = connection.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION:
            report.flaws.append("it is no history of grafftui")
        found = connection.execute(f"PRAGMA integrity_check({_MOST_FLAWS})")
        report.flaws += [str(flaw) for (flaw,) in found if flaw != "ok"]
        report.flaws += _loose_ends(connection)
        if report.flaws:
            suspect(report.path).touch(mode=0o600)
        if not report.current:
            return
        for table, column in _VALUES.items():
            sql = _UNREADABLE.format(table=table, column=column)
            report.unreadable[table] = connection.execute(sql).fetchone()[0]
        report.unreadable["blobs"], report.dropped = _blobs(connection)
        report.shares = _shares(connection)
    except FAULTS as error:
        if not isinstance(store_error(report.path, error), DamagedError):
            raise
        report.flaws.append(str(error))


def _loose_ends(connection: sqlite3.Connection) -> list[str]:
    """Rows that name rows which are not there, by table."""
    counts: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        counts[table, parent] = counts.get((table, parent), 0) + 1
    return [
        f"{count:,} rows of {table} belong to no {parent}"
        for (table, parent), count in counts.items()
    ]


def _blobs(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many blobs are damaged, and how many were emptied."""
    damaged = dropped = 0
    with closing(connection.execute("SELECT size, data FROM blobs")) as rows:
        for size, data in rows:
            if data == b"":
                dropped += 1
            elif not is_whole(size, data):
                damaged += 1
    return damaged, dropped


def _shares(connection: sqlite3.Connection) -> list[Share]:
    shares: dict[str, Share] = {}

    def each(sql: str) -> Iterator[tuple[Share, int]]:
        for workspace, number in connection.execute(sql).fetchall():
            yield shares.setdefault(str(workspace), Share(str(workspace))), int(number or 0)

    for share, count in each(_CONVERSATIONS):
        share.conversations = count
    for table, column in _VALUES.items():
        sql = _ROWS.format(table=table, column=column, join=_OF_CONVERSATION[table])
        for share, size in each(sql):
            share.rows += size
    for share, size in each(_BLOBS):
        share.blobs = size
    indexed = list(each(_INDEXED))
    whole = sum(chars for _, chars in indexed)
    (index,) = connection.execute(_INDEX).fetchone()
    for share, chars in indexed:
        share.index = chars + int(index * chars / whole) if whole else 0
    return sorted(shares.values(), key=lambda share: share.total, reverse=True)
