"""The line under the transcript in which is typed what to find there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from grafftui.ui.widgets.line_input import LineInput


class FindBar(Horizontal):
    """What is looked for, and at its right how many there are: `tea           3 of 17`."""

    DEFAULT_CSS = """
    FindBar { height: 1; width: 1fr; }
    FindBar > LineInput { width: 1fr; }
    FindBar > Static { width: 20; text-align: right; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", "Next match", show=False, id="find.next"),
        Binding("up,shift+enter", "step(-1)", "Match before", show=False, id="find.previous"),
        Binding("escape", "close", "End of finding", show=False, id="find.close"),
    ]

    @dataclass
    class Typed(Message):
        """Look for `text`."""

        text: str

    @dataclass
    class Step(Message):
        """Go to the next match, or with -1 to the one before; `entered` by Enter."""

        by: int
        entered: bool = False

    class Closed(Message):
        """Look for nothing any more."""

    def compose(self) -> ComposeResult:
        """The line and the count."""
        yield LineInput(placeholder="Find in this conversation")
        yield Static()

    @property
    def line(self) -> LineInput:
        """Where it is typed."""
        return self.query_one(LineInput)

    def begin(self) -> None:
        """Show it with what was looked for last, which is looked for again."""
        self.display = True
        self.line.select_all()
        self.post_message(self.Typed(self.line.value))

    def load(self, text: str) -> None:
        """Show it with what is being looked for already."""
        self.display = True
        with self.prevent(Input.Changed):
            self.line.value = text

    def say(self, words: str) -> None:
        """How many there are."""
        style = "$text-warning" if words == "not found" else "$text-muted"
        self.query_one(Static).update(Content.styled(f"{words} ", style), layout=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Find as it is typed."""
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on, in the transcript."""
        event.stop()
        self.post_message(self.Step(1, entered=True))

    def action_step(self, by: int) -> None:
        """Go to another match, and type on."""
        self.post_message(self.Step(by))

    def action_close(self) -> None:
        """Look for nothing any more."""
        self.post_message(self.Closed())
