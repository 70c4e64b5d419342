"""What tools print: lines in which only the colours mean something."""

from __future__ import annotations

from grafftui.text.sgr import Colour, StyleSpan, TextStyle, parse_sgr, terminal_lines
from grafftui.ui.transcript.chunk import Chunk, plain_chunks
from grafftui.ui.transcript.lines import Line, Run, runs_between

HEAD_LINES = 1_000
TAIL_LINES = 1_000
"""Of longer text the head and the tail are shown."""
MOST_CHARS = 400_000

FLAGS = ("bold", "dim", "italic", "underline", "reverse")


def head_and_tail(text: str) -> str:
    """`text`, or where it is very long its head and tail with what is left out counted."""
    text = text.rstrip("\n")
    if len(text) > MOST_CHARS:
        half = MOST_CHARS // 2
        more = len(text) - 2 * half
        text = f"{text[:half]}\n… {more:,} characters more …\n{text[-half:]}"
    lines = text.split("\n")
    if len(lines) > HEAD_LINES + TAIL_LINES:
        more = len(lines) - HEAD_LINES - TAIL_LINES
        lines = [*lines[:HEAD_LINES], f"… {more:,} lines more …", *lines[-TAIL_LINES:]]
    return "\n".join(lines)


def output_chunks(output: str, *, gap: int = 0) -> list[Chunk]:
    """A tool's output as a terminal would show it in the end, in chunks that know its colours."""
    safe, spans = parse_sgr(terminal_lines(head_and_tail(output)))
    chunks = plain_chunks("output", str(safe), gap=gap)
    if spans:
        _colour(chunks, str(safe), spans)
    return chunks


def _colour(chunks: list[Chunk], text: str, spans: list[StyleSpan]) -> None:
    """Hand each line the styles that lie in it."""
    runs = [(span.start, span.end, look_name(span.style)) for span in spans]
    position = first = 0
    for chunk in chunks:
        found: list[tuple[Run, ...]] = []
        for line in chunk.lines:
            end = position + len(line)
            while first < len(runs) and runs[first][1] <= position:
                first += 1
            last = first
            while last < len(runs) and runs[last][0] < end:
                last += 1
            found.append(runs_between(runs[first:last], position, end))
            position = end + (end < len(text) and text[end] == "\n")
        chunk.runs = found


def output_lines(chunk: Chunk) -> list[Line]:
    """The lines of a chunk of output; its text is safe already."""
    runs = chunk.runs or [()] * len(chunk.lines)
    return [
        Line(line, run, "output", wrap="fold") for line, run in zip(chunk.lines, runs, strict=True)
    ]


# -- looks as style names ------------------------------------------------------------------


def look_name(look: TextStyle) -> str:
    """A look as the name of a style: "~", foreground, background and flags."""
    flags = "".join(flag[0] for flag in FLAGS if getattr(look, flag))
    return f"~{_colour_name(look.fg)}/{_colour_name(look.bg)}/{flags}"


def look_of(name: str) -> TextStyle:
    """The look that has this name."""
    fg, bg, flags = name[1:].split("/")
    on = {flag: True for flag in FLAGS if flag[0] in flags}
    return TextStyle(fg=_colour_of(fg), bg=_colour_of(bg), **on)


def _colour_name(colour: Colour | None) -> str:
    if colour is None:
        return ""
    return str(colour) if isinstance(colour, int) else ".".join(map(str, colour))


def _colour_of(name: str) -> Colour | None:
    if not name:
        return None
    if "." not in name:
        return int(name)
    red, green, blue = map(int, name.split("."))
    return red, green, blue
