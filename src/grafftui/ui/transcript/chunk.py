"""A piece of an entry that can be drawn without looking at the others."""

from __future__ import annotations

from typing import Literal

ChunkKind = Literal[
    "text", "heading", "quote", "fence", "table", "plain", "card", "thought", "diff", "output"
]
"""The first five are markdown; "card" and "thought" are the one line of a folded entry."""

LINE_CHARS = 2_000
"""Longer lines are torn, and go on in the next line."""
CHUNK_LINES = 60
CHUNK_CHARS = 4_000
CODE_LINES = 100
TABLE_LINES = 200


class Chunk:
    """One piece of a message.

    Attributes:
        kind: How to draw it.
        indent: Columns it stands to the right, because it belongs to a list item.
        gap: Blank lines above it, 0 or 1.
        language: The info string of a fence.
        position: Of a piece of a diff: how far the diff was read before it.
        runs: Colours of each line of output, if it has any.
        part: 0, or which further part of the same block this is.
        first_line: Number of its first line in the message, from 0.
        version: Changes whenever the text does.
        closed: Whether the text can still grow.
    """

    __slots__ = (
        "chars",
        "closed",
        "first_line",
        "gap",
        "indent",
        "kind",
        "language",
        "lines",
        "part",
        "position",
        "runs",
        "version",
    )

    def __init__(
        self,
        kind: ChunkKind,
        first_line: int,
        *,
        indent: int = 0,
        gap: int = 0,
        language: str = "",
        part: int = 0,
    ) -> None:
        self.kind: ChunkKind = kind
        self.first_line = first_line
        self.indent = indent
        self.gap = gap
        self.language = language
        self.part = part
        self.position: object = None
        self.runs: list[tuple[tuple[int, int, str], ...]] | None = None
        self.lines: list[str] = []
        self.chars = 0
        self.version = 0
        self.closed = False

    def __repr__(self) -> str:
        return f"Chunk({self.kind!r}, {self.source!r}, indent={self.indent}, gap={self.gap})"

    @property
    def source(self) -> str:
        """The text, without what `indent` stands for and without the marks of a fence."""
        return "\n".join(self.lines)

    def add(self, line: str) -> None:
        """Append a line."""
        self.lines.append(line)
        self.chars += len(line) + 1
        self.version += 1

    def shape(self) -> tuple[object, ...]:
        """Everything but the version, for comparing."""
        return (
            self.kind,
            self.lines,
            self.indent,
            self.gap,
            self.language,
            self.part,
            self.first_line,
            self.closed,
        )

    def estimate(self, width: int) -> int:
        """About how many rows it takes, without drawing it."""
        width = max(1, width - self.indent)
        rows = sum(1 + (len(line) - 1) // width if line else 1 for line in self.lines)
        return self.gap + max(1, rows)


def plain_chunks(kind: ChunkKind, text: str, *, gap: int = 0, language: str = "") -> list[Chunk]:
    """`text`, line by line, in chunks of at most `CODE_LINES` lines; over-long lines are torn."""
    chunks: list[Chunk] = []
    chunk = None
    for number, line in enumerate(text.split("\n")):
        for start in range(0, len(line) or 1, LINE_CHARS):
            if chunk is None or len(chunk.lines) >= CODE_LINES or chunk.chars > 4 * CHUNK_CHARS:
                chunk = Chunk(kind, number, language=language, part=len(chunks))
                chunk.gap = 0 if chunks else gap
                chunks.append(chunk)
            chunk.add(line[start : start + LINE_CHARS])
    for chunk in chunks:
        chunk.closed = True
    return chunks
