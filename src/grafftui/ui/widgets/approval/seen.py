"""How much of a widget is really on the screen."""

from __future__ import annotations

from textual.errors import NoWidget
from textual.widget import Widget


def hidden_rows(widget: Widget) -> int:
    """Rows at the end of a widget's window that are cut off by what it lies in.

    One that has not been laid out yet shows nothing: all of its rows are hidden, and one more.
    """
    try:
        place = widget.screen.find_widget(widget)
    except NoWidget:
        return widget.size.height + 1
    return max(0, place.region.bottom - place.visible_region.bottom)
