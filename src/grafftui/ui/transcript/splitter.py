"""Cuts markdown, as it arrives, into chunks that can be drawn without looking at each other.

A chunk is a paragraph, a heading, one list item, a quote, a table, or up to `CODE_LINES` lines
of a code fence. Cutting looks at each line once and never back, so a token costs the same
however long the message is, and text that flies past is never parsed.
"""

from __future__ import annotations

import re

from grafftui.ui.transcript.chunk import (
    CHUNK_CHARS,
    CHUNK_LINES,
    CODE_LINES,
    LINE_CHARS,
    TABLE_LINES,
    Chunk,
    ChunkKind,
)

_FENCE = re.compile(r"^( *)(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_HEADING = re.compile(r"^ {0,3}#{1,6}(?:[ \t]|$)")
_ITEM = re.compile(r"^( *)([-*+]|\d{1,9}[.)])(?:( +)(?=\S)|[ \t]*$)")
_RULE = re.compile(r"^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_SETEXT = re.compile(r"^ {0,3}(?:-+|=+)[ \t]*$")
_QUOTE = re.compile(r"^ {0,3}>")
_DELIMITER = re.compile(r"^ *\|?(?: *:?-+:? *\|)* *:?-+:? *\|?[ \t]*$")
_LONG_WORD = 100
"""Characters of a word that is torn rather than put whole on the next row."""
_SPECIAL = frozenset("`~#>-*+_=|:0123456789")


class Splitter:
    """Cuts a message that arrives in pieces; where the pieces end makes no difference.

    Attributes:
        chunks: The message so far. The last line, as far as it is known, is drawn as though it
            were complete, and drawn again when more of it comes.
        line_count: Number of lines put away so far (parts of over-long lines count).
    """

    __slots__ = (
        "_fence",
        "_first_changed",
        "_gap",
        "_item",
        "_open",
        "_partial",
        "_torn",
        "_undo",
        "chunks",
        "line_count",
    )

    def __init__(self, text: str = "") -> None:
        self.chunks: list[Chunk] = []
        self.line_count = 0
        self._partial = ""
        self._open: Chunk | None = None
        self._fence: tuple[str, int] | None = None  # its mark, and its indent
        self._item: int | None = None  # column where the text of the current list item begins
        self._gap = 0  # blank lines since the last chunk, at most 1
        self._torn: Chunk | None = None  # holds the first part of the line that comes next
        self._undo: _Undo | None = None
        self._first_changed = 0
        if text:
            self.feed(text)

    def feed(self, text: str) -> int:
        """Take the next piece.

        Returns:
            The index of the first chunk that is new or changed.
        """
        self._first_changed = self._take_back()
        *complete, partial = (self._partial + text).split("\n")
        for line in complete:
            self._line(self._tear(line))
            self.line_count += 1
        self._partial = self._tear(partial)
        self._undo = _Undo(self)
        if self._partial:
            self._line(self._partial)
        return self._first_changed

    def _take_back(self) -> int:
        """Forget how the unfinished line was drawn; the index from which chunks may change."""
        if self._undo is not None:
            self._undo.restore(self)
        return max(0, len(self.chunks) - 1)

    def _tear(self, line: str) -> str:
        """Put away the first parts of an over-long line, and return the rest of it."""
        while len(line) > LINE_CHARS:
            end = line.rfind(" ", LINE_CHARS - _LONG_WORD, LINE_CHARS) + 1 or LINE_CHARS
            self._line(line[:end])
            self.line_count += 1
            self._torn = self.chunks[-1] if self.chunks else None
            line = line[end:]
        return line

    # -- one line --------------------------------------------------------------------------

    def _line(self, line: str) -> None:
        line = line.removesuffix("\r")
        if self._torn is not None:
            torn, self._torn = self._torn, None
            self._go_on(torn).add(line)
        elif self._fence is not None:
            self._code_line(line)
        elif not line or line.isspace():
            self._close()
            self._gap = 1
        else:
            indent = len(line) - len(line.lstrip(" "))
            if line[indent] not in _SPECIAL or not self._marked_line(line, indent):
                self._plain_line(line, indent)

    def _marked_line(self, line: str, indent: int) -> bool:
        """Take a line that begins something; False if it does not after all."""
        local = line[self._shift(indent) :]
        if fence := _FENCE.match(local):
            self._begin_fence(fence, indent)
        elif self._underlines(local):
            self._append(local)
            self._close()
        elif _HEADING.match(local):
            self._begin("heading", indent).add(local)
            self._close()
        elif _RULE.match(local):
            self._begin("text", indent).add(local)
            self._close()
        elif _QUOTE.match(local):
            self._quote_line(local, indent)
        elif self._delimits(local):
            self._begin_table(local)
        elif item := _ITEM.match(line):
            return self._item_line(line, item)
        else:
            return False
        return True

    def _plain_line(self, line: str, indent: int) -> None:
        chunk = self._open
        if chunk is None or (chunk.kind == "table" and "|" not in line):
            self._begin("text", indent).add(line[self._shift(indent) :])
        else:
            self._append(line[min(chunk.indent, indent) :])

    def _append(self, line: str) -> None:
        """Add to the open chunk, or to a further one when it is full."""
        chunk = self._open
        assert chunk is not None
        limit = TABLE_LINES if chunk.kind == "table" else CHUNK_LINES
        if len(chunk.lines) >= limit or (chunk.kind != "table" and chunk.chars > CHUNK_CHARS):
            chunk = self._go_on(chunk)
        chunk.add(line)

    # -- lists, quotes, tables -------------------------------------------------------------

    def _shift(self, indent: int) -> int:
        """How many columns of the indent belong to the list item the line is in."""
        return self._item if self._item is not None and indent >= self._item else 0

    def _item_line(self, line: str, item: re.Match[str]) -> bool:
        indent = len(item[1])
        chunk = self._open
        if self._item is None and (indent > 3 or (chunk is not None and item[2][0] not in "-*+1")):
            return False
        text_column = item.end() if item[3] else len(item[1]) + len(item[2]) + 1
        nested = self._item is not None and indent >= self._item
        if nested and chunk is not None:
            self._append(line[min(chunk.indent, indent) :])
        elif nested:
            self._begin("text", indent).add(line[self._shift(indent) :])
        else:
            self._begin("text", 0).add(line[indent:])
            self._item = text_column
        return True

    def _quote_line(self, line: str, indent: int) -> None:
        if self._open is not None and self._open.kind == "quote":
            self._append(line)
        else:
            self._begin("quote", indent).add(line)

    def _underlines(self, line: str) -> bool:
        chunk = self._open
        return (
            chunk is not None
            and chunk.kind == "text"
            and self._item is None
            and _SETEXT.match(line) is not None
        )

    def _delimits(self, line: str) -> bool:
        """Whether the line makes the one before it the head of a table."""
        chunk = self._open
        return (
            chunk is not None
            and chunk.kind == "text"
            and "|" in line
            and "|" in chunk.lines[-1]
            and _DELIMITER.match(line) is not None
        )

    def _begin_table(self, line: str) -> None:
        chunk = self._open
        assert chunk is not None
        if len(chunk.lines) > 1:
            head = chunk.lines.pop()
            chunk.chars -= len(head) + 1
            chunk.version += 1
            table = self._begin("table", chunk.indent)
            table.first_line -= 1
            table.add(head)
        else:
            chunk.kind = "table"
        self._append(line)

    # -- fences ----------------------------------------------------------------------------

    def _begin_fence(self, fence: re.Match[str], indent: int) -> None:
        chunk = self._begin("fence", indent)
        chunk.language = fence[3].split(" ", 1)[0].strip()[:40]
        chunk.first_line += 1
        self._fence = (fence[2], indent)

    def _code_line(self, line: str) -> None:
        assert self._fence is not None
        mark, indent = self._fence
        stripped = line.strip()
        if stripped.startswith(mark) and not stripped.strip(mark[0]):
            self._end_fence()
            return
        chunk = self._open
        assert chunk is not None
        if len(chunk.lines) >= CODE_LINES or chunk.chars > 4 * CHUNK_CHARS:
            chunk = self._go_on(chunk)
        chunk.add(line[min(indent, len(line) - len(line.lstrip(" "))) :])

    def _end_fence(self) -> None:
        """Close the fence; all its parts can be coloured now."""
        self._fence = None
        self._close()
        for index in range(len(self.chunks) - 1, -1, -1):
            chunk = self.chunks[index]
            chunk.version += 1
            self._first_changed = min(self._first_changed, index)
            if not chunk.part:
                break

    # -- beginning and ending --------------------------------------------------------------

    def _begin(self, kind: ChunkKind, indent: int) -> Chunk:
        """Open a chunk; what stands left of the current list item ends the list."""
        self._close()
        shift = self._shift(indent)
        if not shift:
            self._item = None
        return self._opened(Chunk(kind, self.line_count, indent=shift, gap=self._air(kind, shift)))

    def _air(self, kind: ChunkKind, indent: int) -> int:
        """Blank lines before a chunk: what the source has, and always around what is no text."""
        if not self.chunks:
            return 0
        set_apart = not indent and (kind != "text" or self.chunks[-1].kind != "text")
        return 1 if set_apart else self._gap

    def _go_on(self, chunk: Chunk) -> Chunk:
        """Open a chunk that is a further part of `chunk`."""
        self._close()
        chunk.closed = True
        kind: ChunkKind = chunk.kind if chunk.kind == "fence" else "text"
        return self._opened(
            Chunk(
                kind,
                self.line_count,
                indent=chunk.indent,
                language=chunk.language,
                part=chunk.part + 1,
            )
        )

    def _opened(self, chunk: Chunk) -> Chunk:
        self._open = chunk
        self._gap = 0
        self.chunks.append(chunk)
        return chunk

    def _close(self) -> None:
        if self._open is not None:
            self._open.closed = True
            self._open.version += 1
            self._open = None


class _Undo:
    """How a splitter was before it drew an unfinished line."""

    __slots__ = ("_chunk", "_count", "_lines", "_state")

    def __init__(self, splitter: Splitter) -> None:
        self._count = len(splitter.chunks)
        self._chunk = chunk = splitter.chunks[-1] if splitter.chunks else None
        self._lines = (chunk.lines[:], chunk.chars, chunk.kind, chunk.closed) if chunk else None
        self._state = (
            splitter._fence,
            splitter._item,
            splitter._gap,
            splitter._open,
            splitter._torn,
        )

    def restore(self, splitter: Splitter) -> None:
        """Make it so again."""
        del splitter.chunks[self._count :]
        chunk = self._chunk
        if chunk is not None and self._lines is not None:
            lines, chars, kind, closed = self._lines
            if (chunk.lines, chunk.kind, chunk.closed) != (lines, kind, closed):
                chunk.lines, chunk.chars, chunk.kind, chunk.closed = lines, chars, kind, closed
                chunk.version += 1
        (
            splitter._fence,
            splitter._item,
            splitter._gap,
            splitter._open,
            splitter._torn,
        ) = self._state
