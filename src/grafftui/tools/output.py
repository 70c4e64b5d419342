"""A command's output in flat memory: its first and last lines, the whole of it in a file."""

from __future__ import annotations

import codecs
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from grafftui.text.redact import RedactingStream
from grafftui.tools.base import ToolFailure
from grafftui.tools.kept_files import new_file

MAX_SPILL_BYTES = 16 << 20
"""Output kept in the file; what comes after is only counted."""

PIECES_PER_SECOND = 20
MAX_PIECE_BYTES = 4_096
"""Live pieces: at most so many, each the last so many bytes of what came since the one before."""

# Bytes kept of a line whose first n characters are wanted: up to four each in UTF-8
_BYTES_PER_CHARACTER = 4


class LineWindow:
    """The first and the last lines of a stream of any length.

    Of a line that was drawn over with carriage returns only the last state counts.

    Args:
        first: Lines kept from the start.
        last: Lines kept from the end, at least 1.
        characters: Characters kept of each line.
        clean: What is done to a line before it is cut.

    Attributes:
        lines: How many lines there were.
        cut: Whether a line may have been longer than what is kept of it.
    """

    def __init__(self, first: int, last: int, characters: int, clean: Callable[[str], str]) -> None:
        self.lines = 0
        self.cut = False
        self._first = first
        self._characters = characters
        self._clean = clean
        self._head: list[bytes] = []
        self._tail: deque[bytes] = deque(maxlen=last)
        self._last = last
        self._open = b""

    def feed(self, chunk: bytes) -> None:
        """Take in the next bytes. Cost: about that of counting the newlines in them."""
        while len(self._head) < self._first:
            line, newline, chunk = chunk.partition(b"\n")
            self._extend(line)
            if not newline:
                return
            self._close()
        pieces = chunk.rsplit(b"\n", self._last + 1)
        passed_over = chunk.count(b"\n") - (len(pieces) - 1)
        if passed_over:
            self.lines += passed_over + 1
            self._open = b""
            del pieces[0]
        for line in pieces[:-1]:
            self._extend(line)
            self._close()
        self._extend(pieces[-1])

    def finish(self) -> None:
        """The stream has ended; a line without a newline is one, too."""
        if self._open:
            self._close()

    @property
    def omitted(self) -> int:
        """Lines that are neither among the first nor among the last."""
        return self.lines - len(self._head) - len(self._tail)

    def first_lines(self) -> list[str]:
        """The lines from the start."""
        return [self._text(line) for line in self._head]

    def last_lines(self) -> list[str]:
        """The lines from the end that are not among the first."""
        return [self._text(line) for line in self._tail]

    def _extend(self, piece: bytes) -> None:
        line = self._open + piece
        drawn_over = line.rstrip(b"\r").rfind(b"\r")
        line = line[drawn_over + 1 :]
        kept = line[: self._characters * _BYTES_PER_CHARACTER + 1]  # 1: shows that it is cut
        drawn_over_next = line.endswith(b"\r") and len(kept) < len(line)
        self._open = kept + b"\r" if drawn_over_next else kept

    def _close(self) -> None:
        (self._head if len(self._head) < self._first else self._tail).append(self._open)
        self.lines += 1
        self.cut = self.cut or len(self._open) > self._characters
        self._open = b""

    def _text(self, line: bytes) -> str:
        text = self._clean(line.rstrip(b"\r").decode("utf-8", "replace"))
        if len(text) <= self._characters:
            return text
        return text[: self._characters] + "… (cut)"


class SecretFilter:
    """What a command prints on one stream, without secrets; bytes that are no text stay.

    Looks at as much as is kept in a file: to look at gigabytes would take minutes.

    Attributes:
        over: Whether there was more. What comes then is given as it is.
    """

    def __init__(self) -> None:
        self.over = False
        self._left = MAX_SPILL_BYTES
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._redacting = RedactingStream()

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes; give what can be given."""
        if self.over:
            return chunk
        self._left -= len(chunk)
        shown = self._encoded(self._redacting.feed(self._decode(chunk)))
        if self._left < 0:
            shown += self.close()
            self.over = True
        return shown

    def close(self) -> bytes:
        """What was held back; nothing more comes."""
        if self.over:
            return b""
        rest = self._redacting.feed(self._decode(b"", True)) + self._redacting.close()
        return self._encoded(rest)

    def _encoded(self, text: str) -> bytes:
        return text.encode("utf-8", "surrogateescape")


class Spill:
    """A private file with the whole output, up to a limit. Made when the first bytes come.

    Attributes:
        path: The file, or None.
        kept: Bytes it holds.
        whole: Whether that is all there was to keep.
    """

    def __init__(self, directory: Path) -> None:
        self.path: Path | None = None
        self.kept = 0
        self.whole = True
        self._directory = directory
        self._file: int | None = None

    def write(self, chunk: bytes) -> None:
        """Keep `chunk`, as far as there is room."""
        if not chunk or not self.whole:
            return
        room = MAX_SPILL_BYTES - self.kept
        try:
            if self._file is None:
                self._file, self.path = new_file(self._directory, "output-", ".txt")
            self.kept += os.write(self._file, chunk[:room])
        except (OSError, ToolFailure):  # the disk is full: the command goes on, the file ends here
            self.whole = False
        self.whole = self.whole and len(chunk) <= room

    def close(self, *, keep: bool) -> None:
        """Close the file; unless `keep`, remove it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self.path is not None and not keep:
            with suppress(OSError):
                self.path.unlink()
            self.path = None


class LivePieces:
    """Hands out what a command prints while it prints, not more often than can be drawn.

    Args:
        report: Called with each piece of text.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._pending = ""
        self._due = 0.0
        utf_8 = codecs.getincrementaldecoder("utf-8")
        self._decoders = {name: utf_8("replace") for name in ("stdout", "stderr")}

    def feed(self, stream: str, chunk: bytes) -> None:
        """Take in the next bytes of "stdout" or "stderr"."""
        text = self._decoders[stream].decode(chunk[-MAX_PIECE_BYTES:])
        self._pending = (self._pending + text)[-MAX_PIECE_BYTES:]

    def tick(self) -> float | None:
        """Hand out what is due; returns the seconds until the next piece is, or None."""
        now = time.monotonic()
        if self._pending and now >= self._due:
            self._due = now + 1 / PIECES_PER_SECOND
            self.flush()
        return self._due - now if self._pending else None

    def flush(self) -> None:
        """Hand out what there is."""
        text, self._pending = self._pending, ""
        if text:
            self._report(text)
