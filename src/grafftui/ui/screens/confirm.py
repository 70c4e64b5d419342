"""Asks before something that cannot be taken back."""

from __future__ import annotations

import time
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from grafftui.text import display, one_line
from grafftui.ui.screens.dialog import Dialog

GUARD: Final = 0.3
"""Seconds after it appears during which nothing is an answer: what was typed before it could
be read was meant for something else."""

_MOST_WORDS: Final = 2_000


class Answers(Widget, can_focus=True):
    """No, and the word for yes. No is chosen at first; Enter takes what is chosen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"answers--chosen"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,right,tab,shift+tab,up,down", "other", "The other", id="confirm.other"),
        Binding("enter", "take", "Take it", id="confirm.take"),
        Binding("escape,n", "refuse", "No", id="confirm.no"),
    ]

    class Taken(Message):
        """The chosen answer was taken.

        Attributes:
            yes: Whether it was yes.
        """

        def __init__(self, yes: bool) -> None:
            super().__init__()
            self.yes = yes

    def __init__(self, yes_label: str) -> None:
        super().__init__()
        self._labels = one_line("No", 20), one_line(yes_label, 40)
        self._yes = False
        self._deaf_until = float("inf")

    def on_mount(self) -> None:
        """Answers count from a moment after it can be seen."""
        self.call_after_refresh(self._listen)

    def _listen(self) -> None:
        self._deaf_until = time.monotonic() + GUARD

    def on_key(self, event: events.Key) -> None:
        """Drop keys that were pressed too early, however late they come."""
        if event.time < self._deaf_until:
            event.stop()
            event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        """A click on a word takes it."""
        event.stop()
        if event.time < self._deaf_until:
            return
        no_ends = len(self._labels[0]) + 4
        x = event.get_content_offset_capture(self).x
        if x < no_ends:
            self.post_message(self.Taken(False))
        elif no_ends + 2 <= x < no_ends + 6 + len(self._labels[1]):
            self.post_message(self.Taken(True))

    def render(self) -> Content:
        """Both words, the chosen one in brackets and in the cursor's colours."""
        no, yes = self._labels
        chosen = self.get_visual_style("answers--chosen")
        if self._yes:
            return Content.assemble(f"  {no}    ", (f"[ {yes} ]", chosen))
        return Content.assemble((f"[ {no} ]", chosen), f"    {yes}  ")

    def action_other(self) -> None:
        """Choose the other answer."""
        self._yes = not self._yes
        self.refresh()

    def action_take(self) -> None:
        """Take the chosen answer."""
        self.post_message(self.Taken(self._yes))

    def action_refuse(self) -> None:
        """Take No."""
        self.post_message(self.Taken(False))


class Confirm(Dialog[bool]):
    """Returns whether the person chose yes, which takes moving there and then Enter.

    Args:
        question: What is asked; untrusted parts are drawn harmlessly.
        yes_label: The word for yes, naming the act: "Delete".
    """

    def __init__(self, question: str, yes_label: str) -> None:
        super().__init__()
        self._question = question
        self._yes_label = yes_label

    def compose(self) -> ComposeResult:
        """The question and the two answers."""
        with Vertical(id="dialog"):
            yield Static(Content(display(self._question[:_MOST_WORDS])), id="question")
            yield Answers(self._yes_label)

    def on_mount(self) -> None:
        """The answers have the focus."""
        self.query_one(Answers).focus()

    def on_answers_taken(self, message: Answers.Taken) -> None:
        """That is the answer."""
        message.stop()
        self.dismiss(message.yes)
