"""Asks for several lines of text."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.text import one_line
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.approval.hunk_editor import HunkDraft


class TextEditor(Dialog[str | None]):
    """Returns the text as the person leaves it, or None when it was cancelled.

    Args:
        title: What is asked for.
        text: What stands there at first.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("approval.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Done", id="text_editor.save", priority=True),
        Binding("escape", "cancel", "Leave it as it was", id="text_editor.cancel"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._heading = title
        self._text = text

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        with Vertical(id="dialog", classes="-wide"):
            yield Static(Content(one_line(self._heading, 200)), id="title")
            yield HunkDraft(self._text.split("\n"))
            yield Static(Content("ctrl+s done   esc cancel"), id="hint")

    def on_mount(self) -> None:
        """The text has the focus."""
        self.query_one(HunkDraft).focus()

    def action_save(self) -> None:
        """Return the text."""
        self.dismiss(self.query_one(HunkDraft).draft.text)

    def action_cancel(self) -> None:
        """Return nothing."""
        self.dismiss(None)
