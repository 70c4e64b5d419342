"""Server-sent events, split on bytes.

Follows the WHATWG specification: lines end with CR, LF or CRLF and nothing else (a text
reader would also split at U+2028 and U+0085, which may stand inside the JSON), one space
after the colon is dropped, several data lines are joined, lines that begin with a colon are
comments, a byte-order mark may come first, and an event without its blank line is dropped.
"""

from __future__ import annotations

import re
from typing import NamedTuple

EVENT_LIMIT = 16 * 1024 * 1024
"""Bytes of one event, above which the stream is refused."""

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")


class ServerSentEvent(NamedTuple):
    """One event: its name ("" when it has none) and its data."""

    name: str
    data: str


class EventTooLong(ValueError):
    """An event grew beyond the limit."""


class EventSplitter:
    """Turns the pieces of a stream, cut anywhere, into events.

    Args:
        limit: Bytes one event may have.
    """

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._limit = limit
        self._unfinished: list[bytes] = []
        self._unfinished_size = 0
        self._name = ""
        self._data: list[bytes] = []
        self._data_size = 0
        self._at_start = True
        self._after_cr = False

    def feed(self, piece: bytes) -> list[ServerSentEvent]:
        """The events that `piece` completes, in order.

        Raises:
            EventTooLong: An event is over the limit, finished or not.
        """
        if self._after_cr:
            self._after_cr = False
            if piece.startswith(b"\n"):
                piece = piece[1:]
        if b"\n" not in piece and b"\r" not in piece:
            self._keep(piece)
            return []
        if self._unfinished:
            piece = b"".join([*self._unfinished, piece])
            self._unfinished.clear()
            self._unfinished_size = 0
        if b"\r" in piece:
            lines = _LINE_END.split(piece)
            self._after_cr = piece.endswith(b"\r")
        else:
            lines = piece.split(b"\n")
        rest = lines.pop()
        events = self._events(lines)
        self._keep(rest)
        return events

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._unfinished.append(rest)
            self._unfinished_size += len(rest)
        if self._unfinished_size + self._data_size > self._limit:
            raise EventTooLong(f"an event of more than {self._limit // 1024 // 1024} MB")

    def _events(self, lines: list[bytes]) -> list[ServerSentEvent]:
        if self._at_start and lines:
            self._at_start = False
            lines[0] = lines[0].removeprefix(_BOM)
        events = []
        data = self._data
        for line in lines:
            if line.startswith(b"data: "):
                data.append(line[6:])
                self._data_size += len(line)
            elif line:
                self._field(line)
            else:
                if data:
                    whole = data[0] if len(data) == 1 else b"\n".join(data)
                    events.append(ServerSentEvent(self._name, whole.decode("utf-8", "replace")))
                    data.clear()
                    self._data_size = 0
                self._name = ""
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._data_size += len(line)
        elif name == b"event":
            self._name = value.decode("utf-8", "replace")
