"""The commands that run in the background, of every conversation: how each stands, and its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.themes import Signs, signs
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.tools import BackgroundCommands
    from grafftui.tools.background_commands import BackgroundCommand

_LOOK_EVERY = 0.5
"""Seconds; only while one of these screens is open."""

_STATE_COLUMN = 20
_TITLE_COLUMN = 24


class BackgroundList(VirtualList["BackgroundCommand"]):
    """One line each: how it stands, the command, how old it is, whose it is."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        super().__init__()
        self._titles = titles
        self._signs = signs()

    def render_row(self, row: BackgroundCommand, width: int, selected: bool) -> Content:
        """` ● running             npm run dev           12m  Add a logout button`."""
        title = one_line(self._titles.get(row.conversation_id, ""), min(_TITLE_COLUMN, width // 4))
        age = figures.age(time.monotonic() - row.started_at)
        right = Content.assemble((f"{age:>4}  ", "$text-muted"), title)
        sign, style = _sign(row, self._signs)
        state = one_line(row.state, _STATE_COLUMN - 1)
        left = Content.assemble((f" {sign} {state:<{_STATE_COLUMN}}", style))
        room = max(8, width - left.cell_length - right.cell_length - 3)
        command = Content(one_line(row.text, room))
        gap = max(1, width - left.cell_length - command.cell_length - right.cell_length - 1)
        return Content.assemble(left, command, " " * gap, right, " ")


def _sign(command: BackgroundCommand, signs: Signs) -> tuple[str, str]:
    if command.running:
        return signs.running, "$text-accent"
    if command.ended is not None and (command.ended.code == 0 or command.ended.cancelled):
        return signs.done, "$text-muted"
    return signs.failed, "$text-error"


class BackgroundScreen(Dialog[None]):
    """Lists `commands`, oldest first, those that have ended too.

    Args:
        commands: Has them.
        titles: Conversation id → its title.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("background.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop", "Stop it, with all it started", id="background.stop"),
        Binding("escape", "close", "Close", id="background.close"),
    ]

    def __init__(self, commands: BackgroundCommands, titles: Mapping[str, str]) -> None:
        super().__init__()
        self._commands = commands
        self._listed = BackgroundList(titles)
        self._whole = Static(id="whole", markup=False)
        self._drawn: dict[int, tuple[str, str]] = {}

    def compose(self) -> ComposeResult:
        """Title, the commands, all of what the cursor is on, the keys."""
        with Vertical(id="dialog", classes="-tall"):
            yield Static(Content("Background commands"), id="title")
            yield self._listed
            yield self._whole
            yield Static(Content("enter output   s stop   esc close"), id="hint")

    async def on_mount(self) -> None:
        """List them, and again and again."""
        self._listed.focus()
        await self._look()
        self._listed.action_last()
        self.set_interval(_LOOK_EVERY, self._look)

    async def _look(self) -> None:
        """Draw what differs; the cursor stays on its command."""
        commands = await asyncio.to_thread(self._commands.all)
        now = time.monotonic()
        drawn = {one.number: (one.state, figures.age(now - one.started_at)) for one in commands}
        listed = self._listed
        if drawn.keys() != self._drawn.keys():
            under = listed.highlighted
            listed.set_rows(commands)
            numbers = [one.number for one in commands]
            if under is not None and under.number in numbers:
                listed.cursor = numbers.index(under.number)
        else:
            for index, one in enumerate(commands):
                if drawn[one.number] != self._drawn[one.number]:
                    listed.refresh_row(index)
        self._drawn = drawn
        self._show_whole()

    def on_virtual_list_highlighted(self) -> None:
        """Another line: show all of it."""
        self._show_whole()

    def _show_whole(self) -> None:
        one = self._listed.highlighted
        words = "Nothing runs in the background, and nothing has."
        if one is not None:
            held = f"sandbox: {one.sandbox}" if one.sandbox else "no sandbox"
            words = f"{one_line(one.text, 300)} – {one_line(held, 100)}"
        self._whole.update(Content.styled(words, "$text-muted"))

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """Enter or a click: what it prints."""
        from grafftui.ui.screens.background_output import BackgroundOutput

        event.stop()
        self.app.push_screen(BackgroundOutput(event.row))

    async def action_stop(self) -> None:
        """Stop the one under the cursor."""
        one = self._listed.highlighted
        if one is not None:
            await asyncio.to_thread(one.stop)

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(None)
