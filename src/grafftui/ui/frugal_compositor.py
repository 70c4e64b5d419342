"""Paints what changed and nothing else (Textual 8.2.8 renders every widget for every frame).

Textual's compositor asks each widget of the screen for all its lines whenever one line of one
widget changed, and then drops what was not asked for: measured, two thirds of a frame.
"""

from __future__ import annotations

from itertools import pairwise

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

_Cells = dict[int, Strip | None]
"""One line of the screen, cut wherever a widget begins or ends: first column → what is there."""


class FrugalCompositor(Compositor):
    """A compositor that asks only the widgets that are seen where something changed, and only
    for the lines that did. What it writes is the same (a test compares)."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The lines that changed since the last frame, or None."""
        screen = self.size.region
        changed = [part for dirty in self._dirty_regions if (part := dirty.intersection(screen))]
        self._dirty_regions.clear()
        if not changed:
            return None
        spans = list(self._regions_to_spans(changed))
        lines = {y for y, _, _ in spans}
        screen_cells: list[_Cells] = [
            dict.fromkeys(cuts[:-1]) if y in lines else {} for y, cuts in enumerate(self.cuts)
        ]
        for region in changed:
            self._fill(region, screen_cells)
        return ChopsUpdate(screen_cells, spans, [cuts[1:] for cuts in self.cuts])

    def _fill(self, changed: Region, screen_cells: list[_Cells]) -> None:
        """Render the cells that `changed` touches, from the widgets in front to those behind."""
        empty = {y: self._touched(y, changed, screen_cells[y]) for y in changed.line_range}
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            part = seen.intersection(changed)
            if not part:
                continue
            wanted = [y for y in part.line_range if any(_inside(c, seen) for c in empty[y])]
            if not wanted:
                continue
            first, last = wanted[0], wanted[-1]
            crop = Region(seen.x, first, seen.width, last + 1 - first)
            strips = widget.render_lines(crop.translate(-region.offset))
            for y in wanted[: len(strips)]:  # a widget may have shrunk since the last layout
                strip, left = strips[y - first], []
                for cell in empty[y]:
                    if _inside(cell, seen):
                        start, end = cell
                        screen_cells[y][start] = strip.crop(start - seen.x, end - seen.x)
                    else:
                        left.append(cell)
                empty[y] = left
            if not any(empty.values()):
                return

    def _touched(self, y: int, changed: Region, cells: _Cells) -> list[tuple[int, int]]:
        """Beginning and end of the empty cells of a line that `changed` reaches into."""
        cuts, (left, right) = self.cuts[y], changed.column_span
        return [
            (start, end)
            for start, end in pairwise(cuts)
            if start < right and end > left and cells[start] is None
        ]


def _inside(cell: tuple[int, int], seen: Region) -> bool:
    """Whether a cell is the widget's; as cuts are at every edge, it is so wholly or not at all."""
    return seen.x <= cell[0] < seen.x + seen.width
