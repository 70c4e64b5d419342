"""A widget that is a list of strips, and repaints those that are not the same as before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip


class Canvas(ScrollView):
    """Shows what `paint` was last given. It takes no border and no padding."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._frame: list[Strip] = []

    def stale(self) -> None:
        """The frame does not fit the widget's size (any more): paint another. For subclasses."""

    def paint(self, frame: list[Strip]) -> None:
        """Show `frame`, a strip of the widget's width for each of its lines.

        Lines whose strips are the same objects as before are not repainted.
        """
        before, self._frame = self._frame, frame
        if len(before) != len(frame):
            self.refresh()
            return
        width = self.size.width
        regions = [Region(0, top, width, end - top) for top, end in _different(before, frame)]
        if regions:
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the frame in `crop`, filtered as Textual asks."""
        width, height = self.size
        if len(self._frame) != height or (height and self._frame[0].cell_length != width):
            self.stale()
        strips = self._frame[crop.y : crop.bottom]
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips


def _different(before: Sequence[Strip], now: Sequence[Strip]) -> Iterator[tuple[int, int]]:
    """Beginning and end of each run of lines that are not the same objects."""
    same = [-1, *(y for y, strip in enumerate(now) if strip is before[y]), len(now)]
    for above, below in pairwise(same):
        if below > above + 1:
            yield above + 1, below
