"""Tool calls to lines: one when folded; arguments, output and diff when open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from grafftui.entries import Entry, EntryState, ToolCard
from grafftui.text import display, one_line
from grafftui.text.auditing import audit
from grafftui.text.diff_lines import START, after
from grafftui.ui.figures import tokens
from grafftui.ui.themes import signs
from grafftui.ui.transcript.chunk import Chunk, plain_chunks
from grafftui.ui.transcript.glyphs import glyphs
from grafftui.ui.transcript.lines import Cells, Line
from grafftui.ui.transcript.render_output import head_and_tail, output_chunks

TITLE_CELLS = 24
WHERE_CELLS = 28
"""Added where the title says which sandbox it was done in."""
SUBJECT_CELLS = 400
DOING_CELLS = 32
DETAIL_INDENT = 2

MOST_ARGUMENT_CHARS = 20_000


def state_cell(state: EntryState) -> tuple[str, str]:
    """Sign and word of a state, and its style."""
    sign = signs()
    return {
        "running": (f"{sign.running} running", "state-running"),
        "waiting": (f"{sign.waiting} waiting for you", "state-waiting"),
        "done": (sign.done, "state-done"),
        "failed": (f"{sign.failed} failed", "state-failed"),
        "declined": (f"{sign.failed} declined", "state-failed"),
        "incomplete": (f"{sign.pending} cut off", "state-pending"),
        "unknown": ("? outcome unknown", "state-pending"),
    }[state]


def card_line(entry: Entry, *, folded: bool) -> Line:
    """The one line of a tool call."""
    card = entry.tool or ToolCard("")
    mark = f"{glyphs().folded if folded else glyphs().opened} "
    most = TITLE_CELLS + (WHERE_CELLS if card.executor else 0)
    title = one_line((card.title or card.name or "tool").lower(), most)
    subject = one_line(card.subject, SUBJECT_CELLS)
    text = f"{mark}{title} {subject}".rstrip()
    start = len(mark) + len(title)
    runs = (
        (0, len(mark), "card-mark"),
        (len(mark), start, "card-title"),
        (min(start + 1, len(text)), len(text), "card-subject"),
    )
    return Line(text, runs, "card", wrap="clip", right=_facts(entry, card))


def _facts(entry: Entry, card: ToolCard) -> Cells:
    """What stands at the right: numbers when it is done, the state in words when not."""
    if card.conversation:
        return _agent_facts(entry, card)
    if entry.state != "done":
        return (state_cell(entry.state),)
    if card.lines_added or card.lines_removed:
        return (
            (f"+{card.lines_added}", "count-added"),
            (f" {glyphs().minus}{card.lines_removed}", "count-removed"),
        )
    text = entry.text
    count = text.count("\n") + (not text.endswith("\n")) if text else 0
    if count:
        return ((f"{count} line{'s' if count > 1 else ''}", "count"),)
    return (state_cell("done"),)


def _agent_facts(entry: Entry, card: ToolCard) -> Cells:
    """Of a sub-agent: what it does while it works, then what it took."""
    if entry.state == "running":
        doing = one_line(card.doing or "starting", DOING_CELLS)
        return ((f"{doing}  ", "count"), state_cell("running"))
    if entry.state == "done" and card.tokens:
        return ((f"{tokens(card.tokens)} tokens", "count"),)
    return (state_cell(entry.state),)


def card_chunks(entry: Entry, *, folded: bool) -> list[Chunk]:
    """The chunks of a tool call: its line, and when open what belongs to it."""
    card = Chunk("card", 0)
    card.add("")
    card.closed = True
    if folded:
        return [card]
    details = list(_details(entry))
    for chunk in details:
        chunk.indent = 0 if chunk.kind == "diff" else DETAIL_INDENT
    return _numbered([card, *details])


def _numbered(chunks: list[Chunk]) -> list[Chunk]:
    line = 0
    for chunk in chunks:
        chunk.first_line = line
        line += len(chunk.lines)
    return chunks


def _details(entry: Entry) -> Iterator[Chunk]:
    card = entry.tool or ToolCard("")
    arguments = _arguments(card.arguments)
    if card.diff:
        yield from diff_chunks(card.diff, card.subject)
    elif arguments:
        yield from plain_chunks("output", arguments)
    if card.reason:
        yield from plain_chunks("output", display(f"Reason: {card.reason}"))
    if entry.text and not (card.diff and entry.state == "done"):
        yield from output_chunks(entry.text, gap=1)


def diff_chunks(diff: str, path: str) -> list[Chunk]:
    """A unified diff in chunks that know where in it they begin."""
    chunks = plain_chunks("diff", head_and_tail(diff.rstrip("\n")), language=language_of(path))
    position = START
    for chunk in chunks:
        chunk.position = position
        position = after(chunk.lines, position)
    return chunks


def language_of(path: str) -> str:
    """What Pygments calls the language of a file: here, the end of its name."""
    name = path.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[-1][:20].lower() if "." in name else ""


def _arguments(arguments: Any) -> str:
    """The arguments, one per line, as they will be used."""
    if arguments is None or arguments == {}:
        return ""
    if isinstance(arguments, dict):
        text = "\n".join(f"{name}: {value_text(value)}" for name, value in arguments.items())
    else:
        text = value_text(arguments)
    if len(text) > MOST_ARGUMENT_CHARS:
        more = len(text) - MOST_ARGUMENT_CHARS
        text = f"{text[:MOST_ARGUMENT_CHARS]}\n… {more:,} characters more"
    return "\n".join(audit(line) for line in text.split("\n"))


def value_text(value: Any) -> str:
    """An argument as it is shown: text as it is, all else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return "(arguments that cannot be shown)"
