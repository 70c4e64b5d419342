"""Chunks to lines: the one place that knows how each kind of chunk looks."""

from __future__ import annotations

from grafftui.entries import Entry
from grafftui.text import display
from grafftui.text.diff_lines import START, DiffPosition, read_diff
from grafftui.ui.themes import signs
from grafftui.ui.transcript.blocks import Block
from grafftui.ui.transcript.chunk import Chunk
from grafftui.ui.transcript.glyphs import glyphs
from grafftui.ui.transcript.highlighting import Highlighter, LineRuns
from grafftui.ui.transcript.lines import Line, indented
from grafftui.ui.transcript.render_code import code_lines
from grafftui.ui.transcript.render_diff import colours, diff_line
from grafftui.ui.transcript.render_markdown import markdown_lines
from grafftui.ui.transcript.render_output import output_lines
from grafftui.ui.transcript.render_table import table_lines
from grafftui.ui.transcript.render_tool import card_line

BASE_STYLES = {"prompt": "prompt", "reasoning": "reasoning"}


def lines_of(block: Block, index: int, width: int, highlighter: Highlighter) -> list[Line]:
    """The lines of the `index`th chunk of a block."""
    chunk = block.chunks[index]
    style = BASE_STYLES.get(block.kind, "")
    if block.kind in ("notice", "compaction"):
        style = f"notice-{block.entry.level}"
    match chunk.kind:
        case "card":
            return [card_line(block.entry, folded=block.folded)]
        case "thought":
            return [thought_line(block.entry)]
        case "fence":
            lines = _fence_lines(block, index, highlighter)
        case "table":
            lines = table_lines(chunk.source, width - chunk.indent)
        case "diff":
            lines = _diff_lines(chunk, highlighter)
        case "output":
            lines = output_lines(chunk)
        case "plain":
            lines = [Line(line, style=style) for line in _safe_lines(chunk)]
            if block.kind == "notice":
                lines = _signed(lines, block.entry.level, index)
        case _:
            lines = markdown_lines(chunk.source, style)
    return indented(lines, chunk.indent)


def thought_line(entry: Entry) -> Line:
    """The one line of folded reasoning."""
    if entry.ended_at is None:
        return Line(f"{glyphs().opened} thinking", style="thought")
    seconds = round(entry.ended_at - entry.started_at)
    span = f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{max(1, seconds)} s"
    return Line(f"{glyphs().folded} thought for {span}", style="thought", wrap="clip")


def _signed(lines: list[Line], level: str, index: int) -> list[Line]:
    """A notice, with a sign that says how bad it is without its colour."""
    sign = {"error": signs().failed, "warning": "!"}.get(level)
    if sign is None:
        return lines
    lines = indented(lines, 2)
    if not index:
        lines[0] = lines[0]._replace(first=((f"{sign} ", ""),))
    return lines


def _safe_lines(chunk: Chunk) -> list[str]:
    """The chunk's lines made safe, exactly one for each."""
    if len(chunk.lines) == 1:
        return str(display(chunk.lines[0])).split("\n")[:1]
    safe = str(display(chunk.source)).split("\n")
    if len(safe) == len(chunk.lines):
        return safe
    return [str(display(line)).replace("\n", "␊") for line in chunk.lines]


def _fence_lines(block: Block, index: int, highlighter: Highlighter) -> list[Line]:
    chunk = block.chunks[index]
    lines = _safe_lines(chunk)
    whole = block.fence_of(index) if chunk.closed and chunk.language else None
    runs: LineRuns | None = None
    if whole is not None:
        code, offset = whole
        known = highlighter.runs(str(display(code)), chunk.language)
        runs = known[offset : offset + len(lines)] if known is not None else None
    return code_lines(lines, runs)


def _diff_lines(chunk: Chunk, highlighter: Highlighter) -> list[Line]:
    position = chunk.position if isinstance(chunk.position, DiffPosition) else START
    lines = [line for line, _ in read_diff(_safe_lines(chunk), position)]
    runs = colours(lines, chunk.language, highlighter)
    return [
        diff_line(line, run)
        for line, run in zip(lines, runs, strict=True)
        if line.kind != "file" and (line.text or line.kind != "note")
    ]
