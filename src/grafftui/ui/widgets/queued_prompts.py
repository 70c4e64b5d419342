"""Prompts that wait until the turn is over: seen, editable, removable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from grafftui.text import one_line
from grafftui.ui.themes import Signs, signs
from grafftui.ui.widgets.virtual_list import VirtualList

MOST_ROWS: Final = 4
_SHOWN: Final = 2_000
"""Characters of a prompt that can matter for one line of it."""


class QueuedPrompts(VirtualList[str]):
    """One line for each; hidden while there is none."""

    DEFAULT_CSS = """
    QueuedPrompts { display: none; width: 1fr; height: auto; max-height: 4; }
    QueuedPrompts.-open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "select", "Edit", id="queue.edit"),
        Binding("delete,backspace,d", "remove", "Remove", id="queue.remove"),
    ]

    @dataclass
    class Edit(Message):
        """The person wants the prompt at `index` back in the composer."""

        index: int

    @dataclass
    class Remove(Message):
        """The prompt at `index` shall not be sent."""

        index: int

    def __init__(self, signs_: Signs | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._signs = signs_ or signs()

    def show(self, prompts: Sequence[str]) -> None:
        """Show what waits, in the order it will be sent."""
        self.set_rows([prompt[:_SHOWN] for prompt in prompts])
        height = min(MOST_ROWS, len(prompts))
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height
        self.set_class(bool(prompts), "-open")

    def render_row(self, row: str, width: int, selected: bool) -> Content:
        """`   ◌ next: also update the changelog          enter edit   del remove`."""
        keys = "enter edit   del remove " if selected and self.has_focus and width > 50 else ""
        words = one_line(" ".join(row.split()), max(8, width - len(keys) - 16))
        start = Content.assemble(
            "   ", (self._signs.pending, "$text-muted"), (" queued  ", "$text-muted"), words
        )
        gap = " " * max(1, width - start.cell_length - len(keys))
        return Content.assemble(start, gap, (keys, "$text-muted"))

    def on_focus(self) -> None:
        """The first one is highlighted when nothing is."""
        if self.cursor is None and self.rows:
            self.cursor = 0

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """Enter or a click: edit it."""
        event.stop()
        self.post_message(self.Edit(event.index))

    def action_remove(self) -> None:
        """Remove the highlighted one."""
        if self.cursor is not None:
            self.post_message(self.Remove(self.cursor))
