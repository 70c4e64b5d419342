"""Style names to colours: component classes of the stylesheet, resolved once per theme."""

from __future__ import annotations

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget

from grafftui.text.sgr import Colour, TextStyle
from grafftui.ui.transcript.lines import Cells, Row
from grafftui.ui.transcript.render_output import look_of

NAMES = (
    "card", "card-mark", "card-subject", "card-title", "code", "code-block", "count",
    "count-added", "count-removed", "diff-added", "diff-context", "diff-file", "diff-hunk",
    "diff-number", "diff-removed", "diff-sign", "doubtful", "emphasis", "found", "found-current",
    "gutter", "gutter-cursor", "gutter-prompt", "heading", "heading-1", "link", "marker",
    "notice-error", "notice-info", "notice-warning", "output", "place", "placeholder",
    "prompt", "quote", "quote-bar", "reasoning", "rule", "state-done", "state-failed",
    "state-pending", "state-running", "state-waiting", "strike", "strong", "table-head",
    "thought",
)  # fmt: skip
"""Every style of an entry; in a stylesheet they are `.entry--strong` and so on."""

MOST_STYLES = 2_000
"""Output may have a colour for each character."""


class Palette:
    """The styles of one widget in the current theme.

    A name is a component class without its prefix, "@" and a style as Textual's highlighter
    writes it, or what `look_name` makes of a look of command output; names joined by "+" are
    laid over each other.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[str, Style] = {}

    def __getitem__(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            if len(self._styles) > MOST_STYLES:
                self._styles.clear()
            style = self._styles[name] = self.visual(name).rich_style
        return style

    def visual(self, name: str) -> VisualStyle:
        """The style before it is made one of Rich's."""
        names = dict.fromkeys(name.split("+")) if name else ()
        classes = [f"entry--{part}" for part in names if part in _KNOWN]
        style = self._widget.get_visual_style(*classes)
        for part in names:
            if part.startswith("@"):
                style += VisualStyle.parse(part[1:])
            elif part.startswith("~"):
                style += _visual_of(look_of(part))
            elif part == "selection":
                selection = self._widget.screen.get_component_styles("screen--selection")
                style += VisualStyle.from_styles(selection)
        return style

    def clear(self) -> None:
        """Forget all, because the theme changed."""
        self._styles.clear()

    def strip(self, row: Row, gutter: Cells, width: int) -> Strip:
        """`row` as `width` columns of a screen, with `gutter` at its left."""
        segments = [Segment(text, self[style]) for text, style in gutter]
        segments += [Segment(text, self[_over(row.style, style)]) for text, style in row.before]
        segments += self._text(row)
        used = sum(segment.cell_length for segment in segments)
        right = [Segment(text, self[style]) for text, style in row.right]
        spare = width - used - sum(segment.cell_length for segment in right)
        if spare > 0:
            segments.append(Segment(" " * spare, self[row.style if row.fill else ""]))
        return Strip([*segments, *right])

    def _text(self, row: Row) -> list[Segment]:
        text, base = row.text, row.style
        if not row.runs:
            return [Segment(text, self[base])] if text else []
        segments, position = [], 0
        for start, end, style in row.runs:
            if start > position:
                segments.append(Segment(text[position:start], self[base]))
            if end > start:
                segments.append(Segment(text[start:end], self[_over(base, style)]))
            position = max(position, end)
        if position < len(text):
            segments.append(Segment(text[position:], self[base]))
        return segments


def _visual_of(look: TextStyle) -> VisualStyle:
    """A look of command output in the theme's palette."""
    style = VisualStyle(
        bold=look.bold or None,
        dim=look.dim or None,
        italic=look.italic or None,
        underline=look.underline or None,
        reverse=look.reverse or None,
    )
    if look.fg is not None:
        style += VisualStyle(foreground=_textual_colour(look.fg))
    if look.bg is not None:
        style += VisualStyle(background=_textual_colour(look.bg))
    return style


def _textual_colour(colour: Colour) -> Color:
    if isinstance(colour, tuple):
        return Color(*colour)
    if colour < 16:
        return Color(0, 0, 0, ansi=colour)
    return Color(*RichColor.from_ansi(colour).get_truecolor())


def _over(base: str, style: str) -> str:
    return f"{base}+{style}" if base and style else base or style


_KNOWN = frozenset(NAMES)
