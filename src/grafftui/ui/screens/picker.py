"""One list to pick from, by a few letters: models, agents, themes, conversations, commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from grafftui.text import one_line
from grafftui.ui import fuzzy
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.widgets.line_input import LineInput
from grafftui.ui.widgets.virtual_list import VirtualList


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to pick.

    Attributes:
        value: What picking it returns.
        label: What it is called.
        detail: What helps to tell it from others: keys, a size, a description; or "".
        group: What it belongs to, at the right; or "".
    """

    value: str
    label: str
    detail: str = ""
    group: str = ""


class PickerList(VirtualList[Row], can_focus=False):
    """The rows that match, the letters that made them match underlined."""

    query_text = ""

    def render_row(self, row: Row, width: int, selected: bool) -> Content:
        """Label, detail, and the group at the right."""
        group = one_line(row.group, width // 3)
        label = one_line(row.label, max(8, width - len(group) - 3))
        shown = Content(label)
        if label == row.label:
            for at in fuzzy.positions(self.query_text, label):
                shown = shown.stylize("underline", at, at + 1)
        room = width - shown.cell_length - len(group) - 5
        detail = one_line(row.detail, room) if room > 4 else one_line("", 0)
        used = Content.assemble(" ", shown, "  ", (detail, "$text-muted"))
        gap = max(1, width - used.cell_length - Content(group).cell_length - 1)
        return Content.assemble(used, " " * gap, (group, "$text-muted"), " ")


class Picker(Dialog[str | None]):
    """Asks for one of `rows`; returns its value, or None.

    Args:
        title: What is asked.
        rows: What there is.
        preview: Called with the value under the cursor whenever the person moves it.
        current: Value the cursor starts on; "" for the first row.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", id="picker.cancel"),
        Binding("up,ctrl+p", "move(-1)", "Up", show=False, id="picker.up"),
        Binding("down,ctrl+n", "move(1)", "Down", show=False, id="picker.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="picker.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="picker.page_down"),
    ]

    def __init__(
        self,
        title: str,
        rows: Sequence[Row],
        *,
        preview: Callable[[str], None] | None = None,
        current: str = "",
    ) -> None:
        super().__init__()
        self._heading = title
        self._rows = rows
        self._names = [row.label for row in rows]
        self._contexts = [f"{row.group} {row.detail} {row.label}" for row in rows]
        self._preview = preview
        self._previewed = current
        self._current = current

    def compose(self) -> ComposeResult:
        """Title, filter, rows, and how many there are."""
        with Vertical(id="dialog", classes="-tall"):
            yield Static(Content(one_line(self._heading, 60)), id="title")
            yield LineInput(placeholder="type to filter")
            yield PickerList()
            yield Static(id="hint")

    def on_mount(self) -> None:
        """The filter has the focus, the list the cursor."""
        self.query_one(LineInput).focus()
        found = (at for at, row in enumerate(self._rows) if row.value == self._current)
        self._list.set_rows(self._rows)
        self._list.cursor = next(found, 0) if self._rows else None
        self._count(len(self._rows))

    @property
    def _list(self) -> PickerList:
        return self.query_one(PickerList)

    def _count(self, shown: int) -> None:
        count = f"{shown:,} of {len(self._rows):,}" if shown < len(self._rows) else f"{shown:,}"
        self.query_one("#hint", Static).update(
            Content(f"{count}   enter choose   esc close" if self._rows else "nothing to choose")
        )

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what matches, the likeliest first."""
        event.stop()
        query = event.value
        listed = self._list
        listed.query_text = query
        order: Sequence[int] = range(len(self._rows))
        if query.strip():
            best = fuzzy.rank(query, self._names)
            known = set(best)
            order = best + [at for at in fuzzy.rank(query, self._contexts) if at not in known]
        listed.cursor = None
        listed.set_order(order)
        listed.cursor = 0 if order else None
        self._count(len(order))
        self._show_preview()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the row under the cursor."""
        event.stop()
        self._list.action_select()

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """A row was taken, by Enter or a click."""
        event.stop()
        self.dismiss(event.row.value)

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._list.action_move(rows)
        self._show_preview()

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._list.action_page(pages)
        self._show_preview()

    def _show_preview(self) -> None:
        row = self._list.highlighted
        if self._preview is not None and row is not None and row.value != self._previewed:
            self._previewed = row.value
            self._preview(row.value)

    def action_cancel(self) -> None:
        """Pick nothing."""
        self.dismiss(None)
