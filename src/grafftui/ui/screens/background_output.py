"""The end of what one background command prints, as it prints it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from grafftui.text import display, one_line
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet

if TYPE_CHECKING:
    from grafftui.tools.background_commands import BackgroundCommand

_LOOK_EVERY = 0.25
"""Seconds, while this is open."""


class BackgroundOutput(Dialog[None]):
    """Follows the output of `command`, unless the person has scrolled up."""

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("background.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop", "Stop it, with all it started", id="background_output.stop"),
        Binding("escape", "close", "Back", id="background_output.close"),
    ]

    def __init__(self, command: BackgroundCommand) -> None:
        super().__init__()
        self._command = command
        self._scroll = VerticalScroll()
        self._output = Static(id="output", markup=False)
        self._hint = Static(id="hint", markup=False)
        self._drawn = ("", "")

    def compose(self) -> ComposeResult:
        """The command, its output, how it stands and the keys."""
        with Vertical(id="dialog", classes="-tall"):
            yield Static(Content(one_line(self._command.text, 200)), id="title")
            with self._scroll:
                yield self._output
            yield self._hint

    async def on_mount(self) -> None:
        """Show it, and what comes."""
        self._scroll.focus()
        await self._look()
        self.set_interval(_LOOK_EVERY, self._look)

    async def _look(self) -> None:
        state = self._command.state  # before the output: what is over has printed everything
        tail = await asyncio.to_thread(lambda: display(self._command.tail()))
        if (state, tail) == self._drawn:
            return
        self._drawn = state, tail
        following = self._scroll.scroll_offset.y >= self._scroll.max_scroll_y
        self._output.update(Content(tail or "It has printed nothing."))
        stop = "s stop   " if self._command.running else ""
        self._hint.update(Content(f"{one_line(state, 60)}   {stop}esc back"))
        if following:
            self._scroll.scroll_end(animate=False)

    async def action_stop(self) -> None:
        """Stop it."""
        await asyncio.to_thread(self._command.stop)

    def action_close(self) -> None:
        """Back to the list."""
        self.dismiss(None)
