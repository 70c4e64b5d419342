"""Pastes, taken out of what arrives from the terminal before it is read as keys.

Three things go wrong with pastes, and all are settled here, before an event exists:

- A large one costs Textual's parser a second per megabyte and far more memory than text:
  here it is found by searching, and cut at `LIMIT`.
- One that holds an end mark itself (`ESC[201~`) goes on as keys, and "y, Enter" is among them.
  A terminal delivers a paste in one go, so what comes right behind an end mark and is followed by
  another mark, or is more than fingers can do, still belongs to the paste.
- A terminal without bracketed paste sends it all as keys, line ends as Enter: `BURST` characters
  in one read are a paste, too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

START, END = "\x1b[200~", "\x1b[201~"
_MARK = re.compile(f"{re.escape(START)}|{re.escape(END)}")
_PARTIAL = re.compile(r"\x1b(?:\[(?:2(?:0(?:[01])?)?)?)?\Z")
"""The beginning of a mark at the end of a piece."""
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

LIMIT = 1_000_000
"""Characters kept of one paste."""
BURST = 256
"""Characters in one read that nobody types."""
SETTLE = 0.03
"""Seconds after an end mark in which more of the paste may come."""


class Pasted(NamedTuple):
    """One paste.

    Attributes:
        text: With LF line ends and no other control characters than tabs, at most `LIMIT` long.
        dropped: How many characters there were beyond that.
    """

    text: str
    dropped: int


class PasteReader:
    """Tells pastes from keys. Not thread-safe: it belongs to the thread that reads the terminal.

    Args:
        clock: Seconds, steadily increasing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tail = ""  # end of the keys already given, in which a start mark may have begun
        self._parts: list[str] | None = None  # the paste so far, or None outside one
        self._kept = self._dropped = 0
        self._held: str | None = None  # what came behind an end mark, or None before it
        self._rest = ""  # the beginning of a mark
        self._settled_at = 0.0

    @property
    def wait(self) -> float | None:
        """Seconds after which `settle` is due, or None if it is not."""
        if self._held is None:
            return None
        return max(0.0, self._settled_at - self._clock())

    def feed(self, text: str) -> Iterator[str | Pasted]:
        """Take in what arrived; what it means: keys as text, and pastes.

        A start mark that is given as keys is followed by an end mark, because the parser of keys
        may have seen the beginning of it already: it makes an empty paste of the two.
        """
        yield from self.settle()
        if self._parts is None:
            if len(text) >= BURST and "\x1b" not in text:
                self._open()
                self._keep(text)
                self._hold()
                return
            joined = self._tail + text
            at = joined.find(START)
            if at < 0:
                self._tail = joined[-len(START) + 1 :]
                yield text
                return
            end = at + len(START)
            yield joined[len(self._tail) : end] + END
            text = joined[end:]
            self._open()
        self._inside(text)

    def settle(self) -> Iterator[str | Pasted]:
        """Call when `wait` is over: the paste is complete, what was held behind it are keys."""
        if self._held is None or self._clock() < self._settled_at:
            return
        if len(self._held) >= BURST:
            self._keep(self._held)
            self._hold()
            return
        behind, parts = self._held, self._parts or []
        pasted = Pasted(_clean("".join(parts)), self._dropped)
        self._parts = self._held = None
        yield pasted
        if behind:
            self._tail = behind[-len(START) + 1 :]
            yield behind

    def quiet(self) -> None:
        """Call when nothing came for a while: what came before was no part of a mark."""
        self._tail = ""

    def _open(self) -> None:
        self._tail = self._rest = ""
        self._parts, self._kept, self._dropped, self._held = [], 0, 0, None

    def _hold(self) -> None:
        self._held = ""
        self._settled_at = self._clock() + SETTLE

    def _inside(self, text: str) -> None:
        """Text that belongs to a paste, or stands behind its end mark."""
        text = (self._held or self._rest) + text
        self._rest = ""
        at = 0
        for mark in _MARK.finditer(text):
            self._keep(text[at : mark.start()])
            at = mark.end()
            self._held = None
            if mark[0] == END:
                self._hold()
        text = text[at:]
        if self._held is not None:
            self._held = text
            return
        if partial := _PARTIAL.search(text):
            self._rest = partial[0]
            text = text[: partial.start()]
        self._keep(text)

    def _keep(self, text: str) -> None:
        room = LIMIT - self._kept
        if self._parts is not None and room > 0 and text:
            self._parts.append(text[:room])
            self._kept += min(room, len(text))
        self._dropped += max(0, len(text) - max(0, room))


def _clean(text: str) -> str:
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
