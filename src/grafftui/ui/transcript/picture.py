"""A passage of the transcript as an SVG picture: as it is drawn on the screen, at a fixed width.

Nothing in the picture is loaded from anywhere: its fonts are those of whoever looks at it, and
every run of text is stretched to its columns, so that any of them fits.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from grafftui.entries import Entry, EntryKind
from grafftui.errors import UsageError
from grafftui.ui.transcript.blocks import Block, gap_between
from grafftui.ui.transcript.drawing import lines_of
from grafftui.ui.transcript.edges import GUTTER, gutter_of
from grafftui.ui.transcript.highlighting import MOST_CHARS, Highlighter, LineRuns, highlight_runs
from grafftui.ui.transcript.layout import Layout
from grafftui.ui.transcript.lines import Row
from grafftui.ui.transcript.palette import Palette

if TYPE_CHECKING:
    from rich.color import Color
    from rich.segment import Segment
    from rich.style import Style
    from rich.terminal_theme import TerminalTheme

COLUMNS: Final = 100
"""Width of a picture's text; the gutter comes to it."""
MOST_ROWS: Final = 1_000

_FONT_SIZE: Final = 14
_CELL: Final = 8.4
_ROW: Final = 20
_EDGE: Final = 16
_SPACE: Final = "\xa0"
"""Others run together."""
_STYLE: Final = (
    f"text {{ font: {_FONT_SIZE}px ui-monospace, 'Cascadia Mono', Menlo, Consolas,"
    " 'DejaVu Sans Mono', monospace; white-space: pre; }"
)

PictureRow = tuple[EntryKind, Row]
"""Of which kind of entry, and the row."""


@dataclass(frozen=True, slots=True)
class Colours:
    """What a picture is painted in.

    Attributes:
        foreground, background: As `#rrggbb`.
        ansi: What the sixteen colours of commands are.
    """

    foreground: str
    background: str
    ansi: TerminalTheme


class _Instantly(Highlighter):
    """Colours of code, made at once: nothing is drawn again."""

    def runs(self, code: str, language: str) -> LineRuns | None:
        """The styles of `code`, or None where there are none."""
        return highlight_runs(code, language) if language and len(code) <= MOST_CHARS else None


def picture_rows(entries: Sequence[Entry], opened: Container[int] = ()) -> list[PictureRow]:
    """The rows of a picture. Takes time: for a worker thread.

    Args:
        opened: Places in `entries` of those that are drawn unfolded.

    Raises:
        UsageError: There are none, or more than a picture has.
    """
    highlighter = _Instantly(lambda: None)
    rows: list[PictureRow] = []
    above: EntryKind | None = None
    for place, entry in enumerate(entries):
        block = Block(entry, gap_between(above, entry.kind))
        block.folded = block.folded and place not in opened
        block.cut(COLUMNS)
        for index, chunk in enumerate(block.chunks):
            gap = chunk.gap + (0 if index else block.gap)
            lines = lines_of(block, index, COLUMNS, highlighter)
            rows += [(entry.kind, row) for row in Layout(chunk, lines, gap, COLUMNS).rows]
            if len(rows) > MOST_ROWS:
                words = f"a picture has at most {MOST_ROWS:,} rows, and this would have more"
                raise UsageError(words, hint="choose fewer entries")
        above = entry.kind
    if not rows:
        raise UsageError("there is nothing there to make a picture of")
    return rows


def svg(
    rows: Sequence[PictureRow], palette: Palette, colours: Colours, title: str
) -> Iterator[str]:
    """The picture in pieces; well-formed XML."""
    width = (COLUMNS + GUTTER) * _CELL + 2 * _EDGE
    height = len(rows) * _ROW + 2 * _EDGE
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height}"'
        f' viewBox="0 0 {width:g} {height}">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect width="100%" height="100%" rx="8" fill="{colours.background}"/>\n'
    )
    for at, (kind, row) in enumerate(rows):
        strip = palette.strip(row, gutter_of(kind), COLUMNS + GUTTER)
        yield from _row(list(strip), _EDGE + at * _ROW, colours)
    yield "</svg>\n"


def _row(segments: Sequence[Segment], top: int, colours: Colours) -> Iterator[str]:
    column = 0
    for segment in segments:
        left, cells = _EDGE + column * _CELL, segment.cell_length
        column += cells
        fore, back = _painted(segment.style, colours)
        if back != colours.background and cells:
            yield (
                f'<rect x="{left:g}" y="{top}" width="{cells * _CELL:g}" height="{_ROW}"'
                f' fill="{back}"/>'
            )
        if text := segment.text.strip(" "):  # not all who draw pictures keep spaces at the ends
            left += (len(segment.text) - len(segment.text.lstrip(" "))) * _CELL
            yield (
                f'<text x="{left:g}" y="{top + 15}" textLength="{cell_len(text) * _CELL:g}"'
                f' lengthAdjust="spacingAndGlyphs" fill="{fore}"{_face(segment.style)}>'
                f"{escape(text).replace(' ', _SPACE)}</text>"
            )
    yield "\n"


def _painted(style: Style | None, colours: Colours) -> tuple[str, str]:
    """Colour of the text and of what is behind it."""
    if style is None:
        return colours.foreground, colours.background
    fore = _hex(style.color, colours.foreground, colours)
    back = _hex(style.bgcolor, colours.background, colours)
    return (back, fore) if style.reverse else (fore, back)


def _hex(colour: Color | None, otherwise: str, colours: Colours) -> str:
    if colour is None or colour.is_default:
        return otherwise
    return str(colour.get_truecolor(colours.ansi).hex)


def _face(style: Style | None) -> str:
    if style is None:
        return ""
    face = ' font-weight="bold"' if style.bold else ""
    face += ' font-style="italic"' if style.italic else ""
    face += ' opacity="0.6"' if style.dim else ""
    lines = [
        name for name, on in (("underline", style.underline), ("line-through", style.strike)) if on
    ]
    return face + (f' text-decoration="{" ".join(lines)}"' if lines else "")
