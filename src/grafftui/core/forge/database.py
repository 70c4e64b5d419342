"""ForgeCode's `.forge.db`, read from a copy: table `conversations`, one row each."""

from __future__ import annotations

import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from grafftui.core.forge.files import copy_database
from grafftui.errors import UsageError
from grafftui.models.strict_json import loads

FILE_NAME: Final = ".forge.db"
_COLUMNS: Final = ("conversation_id", "title", "context", "created_at", "updated_at")
_MOST_BYTES: Final = 64 * 1024 * 1024
"""Of one conversation."""
_DEEPEST: Final = 200
_LATEST: Final = 1e11


@dataclass(frozen=True, slots=True)
class ForgeRow:
    """A conversation of theirs, as yet unread.

    Attributes:
        id: A UUID in its usual form.
        named: The same as it stands there.
        created_at, updated_at: Unix seconds.
    """

    id: str
    named: str
    title: str
    created_at: float
    updated_at: float


class ForgeDatabase:
    """The rows. Made by `opened`.

    Attributes:
        path: Where the original is.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._columns = self._known_columns()

    def rows(self) -> list[ForgeRow]:
        """The conversations in which something was said, oldest first. Raises `UsageError`."""
        found = self._read(
            "SELECT conversation_id, substr(title, 1, 4096), created_at, updated_at"
            " FROM conversations WHERE context IS NOT NULL"
            " ORDER BY coalesce(updated_at, created_at), conversation_id"
        )
        return [row for row in map(_row, found) if row is not None]

    def context(self, row: ForgeRow) -> dict[str, Any]:
        """What was said in a conversation. Raises `ValueError`, which says what is wrong."""
        sql = "SELECT length(CAST(context AS BLOB)), context FROM conversations"
        ((size, text),) = self._read(f"{sql} WHERE conversation_id = ?", row.named)
        if size > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES:,} bytes")
        context = loads(_text(text), longest=_MOST_BYTES, deepest=_DEEPEST)
        if not isinstance(context, dict):
            raise ValueError("its context is no object")
        return context

    def todos(self, row: ForgeRow) -> Any:
        """What its metrics say of todos, whatever that is; None for nothing."""
        if "metrics" not in self._columns:
            return None
        sql = "SELECT metrics FROM conversations WHERE conversation_id = ?"
        ((text,),) = self._read(sql, row.named)
        try:
            metrics = loads(_text(text))
        except ValueError:
            return None
        return metrics.get("todos") if isinstance(metrics, dict) else None

    def _known_columns(self) -> set[str]:
        kinds = self._read(
            "SELECT type FROM sqlite_master WHERE name = 'conversations'"
            " AND sql LIKE 'CREATE TABLE %'"
        )
        if kinds != [("table",)]:
            raise UsageError(f"{self.path}: has no table of conversations; nothing was imported")
        columns = {str(row[1]) for row in self._read("PRAGMA table_info(conversations)")}
        missing = [name for name in _COLUMNS if name not in columns]
        if missing:
            raise UsageError(
                f"{self.path}: is of a version that is not known (conversations has no column"
                f" {missing[0]}); nothing was imported"
            )
        return columns

    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except (sqlite3.Error, OverflowError, MemoryError) as error:
            raise UsageError(f"{self.path}: is damaged, or no SQLite database ({error})") from None


@contextmanager
def opened(folder: Path) -> Iterator[ForgeDatabase | None]:
    """The database in their folder; None without one. The original is never opened by SQLite.

    Raises:
        UsageError: It cannot be read, or is not what it should be.
    """
    path = folder / FILE_NAME
    with tempfile.TemporaryDirectory(prefix="grafftui-") as place:
        copy = copy_database(path, Path(place))
        if copy is None:
            yield None
            return
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            connection.execute("PRAGMA trusted_schema = OFF")
            yield ForgeDatabase(connection, path)


def _row(found: tuple[Any, ...]) -> ForgeRow | None:
    id, title, created, updated = found
    try:
        known = str(uuid.UUID(id))
    except (ValueError, TypeError, AttributeError):
        return None
    begun = _seconds(created)
    shown = title if isinstance(title, str) else ""
    return ForgeRow(known, id, shown, begun, max(begun, _seconds(updated)))


def _seconds(value: Any) -> float:
    """Unix seconds of a time as their database has it: text in UTC; 0 for none."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            value = moment.timestamp()
        return min(max(0.0, float(value)), _LATEST)
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise ValueError("its context is no text")
    return value
