"""Asks for one line of text."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from grafftui.text import one_line
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.widgets.line_input import LineInput


class TextPrompt(Dialog[str | None]):
    """Returns the line, which may be empty, or None when it was cancelled.

    Args:
        title: What is asked for.
        value: What stands there at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", id="text_prompt.cancel")
    ]

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self._heading = title
        self._value = value

    def compose(self) -> ComposeResult:
        """Title, line, keys."""
        with Vertical(id="dialog"):
            yield Static(Content(one_line(self._heading, 200)), id="title")
            yield LineInput(self._value)
            yield Static(Content("enter done   esc cancel"), id="hint")

    def on_mount(self) -> None:
        """The line has the focus."""
        self.query_one(LineInput).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter returns the line."""
        event.stop()
        self.dismiss(event.value)

    def action_cancel(self) -> None:
        """Return nothing."""
        self.dismiss(None)
