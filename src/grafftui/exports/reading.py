"""The lines that `records` has written, read and checked one by one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Final

from grafftui.errors import UsageError
from grafftui.exports.records import FORMAT, VERSION
from grafftui.exports.shapes import check_event, check_message, check_todos
from grafftui.history.portable import CONVERSATION, MESSAGES, TABLES, TIME, TURNS, Fit, Table
from grafftui.models.strict_json import loads

LONGEST: Final = 20 * 1024 * 1024
"""Characters of a line; the history keeps no value that makes a longer one."""
_MOST_BYTES: Final = 4 * 1024**3
_DEEPEST: Final = 120
_LONGEST_TYPE: Final = 100
_TABLES: Final = {table.kind: table for table in TABLES}

Record = dict[str, Any]


class RecordFile:
    """Gives the records of a file, each found to fit.

    Attributes:
        line: Number of the line that was read last.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.line = 0

    def header(self) -> Record:
        """The conversation's fields, of the first line. Raises `UsageError`."""
        with self.blamed():
            record = self._next()
            if record is None or record.get("format") != FORMAT:
                raise ValueError("this is no conversation that grafftui has exported as JSONL")
            version = record.get("version")
            if version != VERSION:
                raise ValueError(f"version {version!a} of the format is not known to this grafftui")
            return _conversation(record.get("conversation"))

    def records(self) -> Iterator[Record]:
        """The other records, in order. Raises `UsageError`, also if the end is missing."""
        while True:
            with self.blamed():
                record = self._next()
                if record is None:
                    raise ValueError("the file ends before its end: it is not whole")
                kind = record.get("kind")
                if kind == "end":
                    self._require_end(record)
                    return
                checked = _CHECKS.get(kind if isinstance(kind, str) else "", _unknown)(record)
            yield {**checked, "kind": kind}

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """What is wrong is wrong with the line that was read last."""
        try:
            yield
        except UsageError:
            raise
        except ValueError as error:
            raise UsageError(f"nothing was imported: line {self.line}: {error}") from None

    def _next(self) -> Record | None:
        self.line += 1
        raw = self._file.readline(4 * LONGEST + 1)
        if not raw:
            return None
        if self._file.tell() > _MOST_BYTES:
            raise ValueError(f"the file is longer than {_MOST_BYTES:,} bytes")
        if len(raw) > 4 * LONGEST:
            raise ValueError(f"longer than {LONGEST:,} characters")
        try:
            record = loads(raw.decode(), longest=LONGEST, deepest=_DEEPEST)
        except UnicodeDecodeError as error:
            raise ValueError(f"not UTF-8 (byte {error.start})") from None
        if not isinstance(record, dict):
            raise ValueError("no object")
        return record

    def _require_end(self, record: Record) -> None:
        if record.get("lines") != self.line:
            raise ValueError(f"the file has {self.line} lines, and says otherwise")
        if self._file.read(1):
            self.line += 1
            raise ValueError("something follows the end")


def _conversation(fields: Any) -> Record:
    if not isinstance(fields, dict):
        raise ValueError("conversation is no object")
    checked = _fields(fields, CONVERSATION)
    try:
        id = str(uuid.UUID(fields.get("id")))
    except (ValueError, TypeError, AttributeError):
        raise ValueError("id is no id of a conversation") from None
    return {**checked, "id": id, "todos": check_todos(fields.get("todos", []))}


def _turn(record: Record) -> Record:
    unknown = record.get("unknown", [])
    if not isinstance(unknown, list) or not all(isinstance(call, str) for call in unknown):
        raise ValueError("unknown is no list of ids")
    return {**_row(TURNS, record), "unknown": unknown}


def _event(record: Record) -> Record:
    kind, data = record.get("type"), record.get("data")
    if not isinstance(kind, str) or len(kind) > _LONGEST_TYPE:
        raise ValueError("type is no event's type")
    if not isinstance(data, dict):
        raise ValueError("data is no object")
    check_event(kind, data)
    return {"type": kind, "data": data, **_fields(record, {"at": TIME})}


def _message(record: Record) -> Record:
    row = _row(MESSAGES, record)
    check_message(row["role"], record.get("body"))
    return {**row, "body": record["body"]}


def _row(table: Table, record: Record) -> Record:
    number = record.get("number")
    if not _is_number(number):
        raise ValueError("number is no number from 1 on")
    links = {column: record.get(column) for column in table.links}
    for column, linked in links.items():
        if linked is not None and not _is_number(linked):
            raise ValueError(f"{column} is no number from 1 on")
    return {"number": number, **links, **_fields(record, table.fields)}


def _fields(record: Record, fields: Mapping[str, Fit]) -> Record:
    checked = {}
    for name, fit in fields.items():
        if name not in record:
            raise ValueError(f"{name} is missing")
        try:
            checked[name] = fit.check(record[name])
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
    return checked


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def _unknown(record: Record) -> Record:
    raise ValueError(f"{str(record.get('kind'))[:40]!a} is no kind of record")


def _check_of(table: Table) -> Callable[[Record], Record]:
    return lambda record: _row(table, record)


_CHECKS: Final[Mapping[str, Callable[[Record], Record]]] = {
    **{kind: _check_of(table) for kind, table in _TABLES.items()},
    "turn": _turn,
    "event": _event,
    "message": _message,
}
