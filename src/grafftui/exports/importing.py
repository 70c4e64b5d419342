"""Taking in a conversation that `records` has written: all of it, or nothing and one clear line.

The file is somebody else's: what it says is checked before anything is made of it, and what it
says of paths and decisions is only shown. What looks like a secret is not kept.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass
from typing import IO

from grafftui.core.redaction import redacted
from grafftui.exports.reading import Record, RecordFile
from grafftui.exports.records import lines
from grafftui.exports.redacted_records import MessageEnds, RedactedRecords
from grafftui.history import Store
from grafftui.history.arriving import Arrival
from grafftui.history.messages import consistent
from grafftui.history.portable import TABLES
from grafftui.history.snapshot import snapshot
from grafftui.history.whole import WholeConversation

_TABLES = {table.kind: table for table in TABLES}


@dataclass(frozen=True, slots=True)
class Imported:
    """What has become of a file.

    Attributes:
        id: Of the conversation.
        was_there: Whether the same conversation was here already, so nothing was done.
    """

    id: str
    title: str | None
    was_there: bool


def import_conversation(store: Store, file: IO[bytes], *, workspace: str | None = None) -> Imported:
    """Take in the conversation that `file`, which is read twice, holds.

    It keeps its id and its times; if another conversation has the id, it gets a new one.

    Args:
        workspace: Real path of the folder it is to belong to, instead of the one it did.

    Raises:
        UsageError: The file is no such export, or not whole; says in which line. Nothing is kept.
        StoreError: It cannot be written.
    """
    begin = file.tell()
    if file.read(len(BOM_UTF8)) == BOM_UTF8:  # an editor's
        begin = file.tell()
    file.seek(begin)
    checked = RecordFile(file)
    header = checked.header()
    header = redacted(header) | {"id": header["id"]}
    ends = MessageEnds()
    for record in checked.records():  # all of it once, before others are kept from writing
        ends.note(record)
    file.seek(begin)
    id: str | None = header["id"]
    if store.conversation(header["id"]) is not None:
        if _is_same(store, header["id"], file):
            store.order.restore(header["id"])  # whoever takes it in does not want it in the bin
            return Imported(header["id"], header["title"], True)
        id = None
    file.seek(begin)
    with store.arrivals.one(id) as arrival:
        _fill(arrival, header, RecordFile(file), ends)
        if workspace is not None:
            arrival.move_to(workspace)
    return Imported(arrival.id, header["title"], False)


def _is_same(store: Store, id: str, file: IO[bytes]) -> bool:
    """Whether the conversation that is here would be exported as this file."""
    with snapshot(store.paths.database) as connection:
        return all(
            file.readline() == line.encode() for line in lines(WholeConversation(connection, id))
        )


def _fill(arrival: Arrival, header: Record, file: RecordFile, ends: MessageEnds) -> None:
    file.header()
    for record in RedactedRecords(ends).of(file.records()):
        with file.blamed():
            _add(arrival, record)
    with file.blamed():
        arrival.finish(header)
        live = list(WholeConversation(arrival.connection, arrival.id).live_bodies())
        if consistent(live, "") != live:
            raise ValueError("a tool call in its messages has no result, or a result no call")


def _add(arrival: Arrival, record: Record) -> None:
    match record["kind"]:
        case "event":
            arrival.event(record["type"], record["data"], record["at"])
        case "turn":
            arrival.turn(record)
        case kind:
            arrival.row(_TABLES[kind], record)
