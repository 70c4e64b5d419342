"""Which rows a fork copies, and what in the copies is another.

The rows of a table are numbered first, in `forked_<table>`: `old` is the row that is copied, `new`
its number among the copies, which for turns and messages is their id.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_FORKED: Final = re.compile(r" \(fork(?: \d+)?\)\Z")


def _rekeyed(column: str) -> str:
    """A column that may hold a blob's key: that of the fork's own copy of the blob."""
    return f"CASE typeof({column}) WHEN 'blob' THEN of_fork(:fork, {column}) ELSE {column} END"


@dataclass(frozen=True, slots=True)
class _Table:
    """How the rows of a table are copied.

    Attributes:
        instead: Column → what stands in the copy; every other column is copied as it is.
        source: Where the rows come from.
        rows: Query of the rows to number.
        has_ids: Whether their numbers are ids, which nobody else is given.
    """

    instead: Mapping[str, str]
    source: str
    rows: str = ""
    has_ids: bool = False


def _stays(column: str) -> str:
    """A column that says what goes on in a workspace: a copy in another begins without."""
    return f"CASE WHEN coalesce(:workspace, workspace) = workspace THEN {column} ELSE '' END"


def _numbered(table: str, *joins: str) -> str:
    """The part of a table's rows whose numbers are asked for, with their turns' copies."""
    parts = [
        f"FROM forked_{table} AS n JOIN {table} ON {table}.id = n.old",
        *joins,
        "WHERE n.new > :after AND n.new <= :upto",
    ]
    return " ".join(parts)


_ITS_TURN: Final = "JOIN forked_turns AS t ON t.old = turn_id"
_KEYS: Final = " UNION ALL ".join(
    f"SELECT {column} FROM forked_{table} JOIN {table} ON {table}.id = old"
    f" WHERE typeof({column}) = 'blob'"
    for table, column in (("events", "data"), ("entries", "body"), ("messages", "body"))
)

# A summary stands in an older turn than that in which it was made.
_COMPACTED: Final = (
    "compaction IN (SELECT compactions.id FROM compactions"
    " JOIN forked_turns AS made ON made.old = compactions.turn_id WHERE made.old <> :cut"
    " OR compactions.id IN (SELECT value FROM json_each(:kept_compactions)))"
)
_EVENT: Final = f"""
CASE WHEN type = 'Compacted' AND typeof(data) = 'text' AND json_valid(data)
     THEN json_set(data, '$.compaction_id',
                   of_fork(:fork, json_extract(data, '$.compaction_id')))
     ELSE {_rekeyed("data")} END"""

_TABLES: Final = {
    "conversations": _Table(
        {
            "id": ":fork",
            "title": ":title",
            "parent_id": ":parent",
            "forked_at": ":shared",
            "state": "'idle'",
            "activity": "NULL",
            "created_at": ":at",
            "updated_at": ":at",
            "pinned": "0",
            "archived": "0",
            "deleted_at": "NULL",
            "compaction_due": "''",
            "workspace": "coalesce(:workspace, workspace)",
            "mode": _stays("mode"),
            "sandbox": _stays("sandbox"),
            "sandbox_root": _stays("sandbox_root"),
        },
        "FROM conversations WHERE id = :parent",
    ),
    "turns": _Table(
        {
            "id": "n.new",
            "conversation_id": ":fork",
            "rewound": "CASE WHEN :rewound IS NULL OR rewound < :rewound THEN rewound END",
        },
        _numbered("turns"),
        "SELECT id FROM turns WHERE conversation_id = :parent AND id <= :last",
        has_ids=True,
    ),
    "events": _Table(
        {"turn_id": "t.new", "data": _EVENT},
        _numbered("events", _ITS_TURN),
        "SELECT events.id FROM events JOIN forked_turns ON turn_id = old"
        " WHERE old <> :cut OR seq IN (SELECT value FROM json_each(:kept_events))",
    ),
    "entries": _Table(
        {
            "conversation_id": ":fork",
            "turn_id": "t.new",
            "body": _rekeyed("entries.body"),
            "indexed": "0",
        },
        _numbered("entries", _ITS_TURN),
        "SELECT entries.id FROM entries JOIN forked_turns ON turn_id = old"
        " WHERE conversation_id = :parent AND ordinal < :shared AND (old <> :cut OR NOT :running)",
    ),
    "messages": _Table(
        {
            "id": "n.new",
            "conversation_id": ":fork",
            "turn_id": "t.new",
            "body": _rekeyed("messages.body"),
            "place": "p.new",
            "compaction": "of_fork(:fork, compaction)",
        },
        _numbered("messages", _ITS_TURN, "LEFT JOIN forked_messages AS p ON p.old = place"),
        "SELECT messages.id FROM messages JOIN forked_turns ON turn_id = old"
        f" WHERE conversation_id = :parent AND CASE WHEN compaction IS NOT NULL THEN {_COMPACTED}"
        " ELSE old <> :cut OR messages.id IN (SELECT value FROM json_each(:kept_messages)) END",
        has_ids=True,
    ),
    "blobs": _Table(
        {"conversation_id": ":fork", "sha256": "of_fork(:fork, sha256)"},
        _numbered("blobs"),
        f"SELECT id FROM blobs WHERE conversation_id = :parent AND sha256 IN ({_KEYS})",
    ),
    "compactions": _Table(
        {
            "id": "of_fork(:fork, compactions.id)",
            "conversation_id": ":fork",
            "turn_id": "t.new",
        },
        "FROM forked_messages AS n JOIN messages ON messages.id = n.old"
        " JOIN compactions ON compactions.id = messages.compaction"
        " JOIN forked_turns AS t ON t.old = compactions.turn_id ORDER BY number",
    ),
    "compacted": _Table(
        {"compaction_id": "of_fork(:fork, compaction_id)", "message_id": "n.new"},
        "FROM compacted JOIN forked_messages AS n ON n.old = message_id"
        " WHERE EXISTS (SELECT 1 FROM compactions WHERE id = of_fork(:fork, compaction_id))",
    ),
}

MANY: Final = ("events", "entries", "messages", "blobs")
"""Tables of which a conversation may have very many or very large rows."""


def new_id() -> str:
    """The id of a new conversation."""
    return str(uuid.uuid4())


def prepare(connection: sqlite3.Connection) -> None:
    """Tell a connection what copying takes; what an earlier copy left there is dropped."""
    connection.create_function("of_fork", 2, _of_fork, deterministic=True)
    for table in ("turns", *MANY):
        connection.execute(f"DROP TABLE IF EXISTS temp.forked_{table}")


def number(connection: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> range:
    """Number the rows of a table that are to be copied, oldest first. Returns the numbers."""
    known = _TABLES[table]
    before = 0
    if known.has_ids:
        highest = f"SELECT coalesce(max(id), 0) FROM {table}"  # one may have been moved there
        given = f"SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = '{table}'"
        before = int(connection.execute(f"SELECT max(({highest}), ({given}))").fetchone()[0])
    name = f"forked_{table}"
    connection.execute(f"CREATE TEMP TABLE {name} (new INTEGER PRIMARY KEY, old INTEGER UNIQUE)")
    numbered = connection.execute(
        f"INSERT INTO {name} SELECT :before + row_number() OVER (ORDER BY id), id"
        f" FROM ({known.rows})",
        {**values, "before": before},
    )
    last = before + numbered.rowcount
    if known.has_ids:
        sql = "UPDATE sqlite_sequence SET seq = ? WHERE name = ?"
        connection.execute(sql, (last, table))
    return range(before + 1, last + 1)


def copy(connection: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> None:
    """Copy rows of a table: of one that is numbered those from `after` + 1 to `upto`."""
    known = _TABLES[table]
    info = connection.execute(f"PRAGMA table_info({table})").fetchall()
    columns = {
        name: known.instead.get(name, f"{table}.{name}")
        for _, name, kind, _, _, key in info
        if name in known.instead or (kind, key) != ("INTEGER", 1)  # SQLite's number of the row
    }
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
        f" {known.source}",
        values,
    )


def title_of(title: Any, forks: int) -> str:
    """What a fork is called, of a conversation that has been forked `forks` times."""
    words = _FORKED.sub("", str(title or "Untitled"))
    return f"{words} (fork {forks + 1})" if forks else f"{words} (fork)"


def _of_fork(fork: str, key: Any) -> Any:
    """What a blob or a compaction is called in a fork."""
    if isinstance(key, bytes):
        return hashlib.sha256(fork.encode() + key).digest()
    return None if key is None else str(uuid.uuid5(uuid.UUID(fork), str(key)))
