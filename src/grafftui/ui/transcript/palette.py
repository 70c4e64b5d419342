"""Style names to colours: component classes of the stylesheet, resolved once per theme."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget

from grafftui.ui.transcript.lines import Cells, Row

NAMES = tuple(
    [
        "card",
        "card-mark",
        "card-subject",
        "card-title",
        "code",
        "code-block",
        "count",
        "count-added",
        "count-removed",
        "diff-added",
        "diff-context",
        "diff-file",
        "diff-hunk",
        "diff-number",
        "diff-removed",
        "diff-sign",
        "doubtful",
        "emphasis",
        "gutter",
        "gutter-cursor",
        "gutter-prompt",
        "heading",
        "heading-1",
        "link",
        "marker",
        "notice-error",
        "notice-info",
        "notice-warning",
        "output",
        "place",
        "placeholder",
        "prompt",
        "quote",
        "quote-bar",
        "reasoning",
        "rule",
        "state-done",
        "state-failed",
        "state-pending",
        "state-running",
        "state-waiting",
        "strike",
        "strong",
        "table-head",
        "thought",
    ]
)
"""Every style of an entry; in a stylesheet they are `.entry--strong` and so on."""

COMPONENT_CLASSES = frozenset(f"entry--{name}" for name in NAMES)


class Palette:
    """The styles of one widget in the current theme.

    A name is a component class without its prefix, or "@" and a style as Textual's
    highlighter writes it; names joined by "+" are laid over each other.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[str, Style] = {}

    def __getitem__(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
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
            elif part == "selection":
                style += self._widget.selection_style
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


def _over(base: str, style: str) -> str:
    return f"{base}+{style}" if base and style else base or style


_KNOWN = frozenset(NAMES)
