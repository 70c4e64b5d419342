"""The line over the list in which is typed what titles have to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from grafftui.ui.widgets.line_input import LineInput


class ListFilter(LineInput):
    """Narrows the list as it is typed; Enter or Down goes to what is left, Esc ends it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "leave", "To the list", show=False, id="filter.list"),
        Binding("escape", "close", "All of them", show=False, id="filter.close"),
    ]

    @dataclass
    class Typed(Message):
        """Only those with these words are wanted."""

        words: str

    class Left(Message):
        """What is left is to be chosen from."""

    class Closed(Message):
        """All are wanted again."""

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list as it is typed."""
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: choose from what is left."""
        event.stop()
        self.action_leave()

    def action_leave(self) -> None:
        """Choose from what is left."""
        self.post_message(self.Left())

    def action_close(self) -> None:
        """Show all again."""
        self.post_message(self.Closed())
