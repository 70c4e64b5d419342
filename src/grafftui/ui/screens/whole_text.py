"""A text in full, to be read."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from grafftui.text import display, one_line
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet

_MOST: Final = 200_000
"""Characters that are drawn; of more, the first."""


class WholeText(Dialog[None]):
    """Shows `text` under a heading."""

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("ledger.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Back", id="whole_text.close")
    ]

    def __init__(self, heading: str, text: str) -> None:
        super().__init__()
        self._heading = heading
        self._text = text

    def compose(self) -> ComposeResult:
        """Heading, text, keys."""
        more = f"\n… {len(self._text) - _MOST:,} characters more" if len(self._text) > _MOST else ""
        with Vertical(id="dialog", classes="-tall -wide"):
            yield Static(Content(one_line(self._heading, 200)), id="title")
            with VerticalScroll():
                yield Static(Content(display(self._text[:_MOST]) + more), id="text")
            yield Static(Content("↑ ↓ scroll   esc back"), id="hint")

    def on_mount(self) -> None:
        """The keys scroll it."""
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)
