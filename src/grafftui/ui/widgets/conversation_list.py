"""The left list: conversations, newest first, under their days."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.conversation_lines import Heading, Line
from grafftui.ui.themes import Signs
from grafftui.ui.widgets.virtual_list import VirtualList

_AHEAD: Final = 40
"""Lines below the window that are there before they are looked at."""
_DEEPEST: Final = 3


class ConversationList(VirtualList[Line | Heading]):
    """Titles with their state; Enter opens."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="list.filter"),
        Binding("escape", "end_filter", "All of them", show=False, id="list.end_filter"),
        Binding("n", "app_command('new')", "New", id="list.new"),
        Binding("r", "app_command('rename')", "Rename", id="list.rename"),
        Binding("p", "app_command('pin')", "Pin", id="list.pin"),
        Binding("a", "app_command('archive')", "Archive", id="list.archive"),
        Binding("d", "app_command('delete')", "Delete", id="list.delete"),
        Binding("u", "app_command('undelete')", "Undo that", id="list.undelete"),
        Binding("f", "app_command('fork')", "Fork", id="list.fork"),
        Binding("w", "app_command('all-workspaces')", "All folders", id="list.all_workspaces"),
        Binding("v", "app_command('archive-and-bin')", "Archive, bin", id="list.shelves"),
    ]

    @dataclass
    class Command(Message):
        """A key of the list stands for a command of the app."""

        command: str

    class FilterWanted(Message):
        """The person wants to type what titles are to hold."""

    class FilterEnded(Message):
        """All are wanted again."""

    class MoreWanted(Message):
        """The end of what was read is near."""

    def __init__(self, signs: Signs) -> None:
        super().__init__()
        self.is_filtered = False
        self._signs = signs
        self._has_more = False
        self._opened: object = None
        self._left_on: str | None = ""
        self._was_moved = False

    def action_app_command(self, command: str) -> None:
        """Pass a command on."""
        self.post_message(self.Command(command.replace("-", "_")))

    def action_filter(self) -> None:
        """Ask for the line to type in."""
        self.post_message(self.FilterWanted())

    def action_end_filter(self) -> None:
        """Show all again; without a filter the key is somebody else's."""
        if not self.is_filtered:
            raise SkipAction
        self.post_message(self.FilterEnded())

    def show(
        self, lines: Sequence[Line | Heading], current: str | None, opened: object, *, more: bool
    ) -> None:
        """Show these lines; the cursor goes with what is open, until the person moves it.

        Args:
            current: Id of the conversation that is open.
            opened: That conversation; another object once another was opened.
            more: Whether there are more than these.
        """
        places = {line.id: at for at, line in enumerate(lines) if isinstance(line, Line)}
        self.set_reactive(VirtualList.cursor, self._place(places, current, opened))
        self.set_rows(lines)
        self.mark(places.get(current))
        now = self.highlighted
        self._left_on = now.id if isinstance(now, Line) else ""
        if self.has_focus:
            self._show_cursor()
        self._has_more = more
        self._look_ahead()

    def _place(
        self, places: dict[str | None, int], current: str | None, opened: object
    ) -> int | None:
        """Where the cursor belongs among other lines."""
        before = self.highlighted
        if opened is not self._opened:
            self._opened, self._was_moved = opened, False
        elif isinstance(before, Line) and before.id != self._left_on:
            self._was_moved = True
        if current in places and not self._was_moved:
            return places[current]
        return places.get(before.id, self.cursor) if isinstance(before, Line) else None

    def is_choosable(self, row: Line | Heading) -> bool:
        """Headings are not."""
        return isinstance(row, Line)

    def watch_scroll_y(self, before: float, now: float) -> None:
        """There may be too little below."""
        super().watch_scroll_y(before, now)
        self._look_ahead()

    def _look_ahead(self) -> None:
        below = self.virtual_size.height - self.scroll_offset.y - self.size.height
        if self._has_more and below < _AHEAD:
            self._has_more = False
            self.post_message(self.MoreWanted())

    def render_row(self, row: Line | Heading, width: int, selected: bool) -> Content:
        """`● Add logout button      3m`."""
        if isinstance(row, Heading):
            return Content.styled(one_line(row.words, width), "$text-muted")
        signs = self._signs
        sign, style = {
            "running": (signs.running, "$text-accent"),
            "waiting": (signs.waiting, "bold $text-warning"),
            "done": (signs.done, "$text-success"),
            "failed": (signs.failed, "$text-error"),
            "idle": (signs.idle, "$text-muted"),
        }[row.phase]
        branch = "  " * (min(row.depth, _DEEPEST) - 1) + f"{signs.fork} " if row.depth else ""
        right = str(row.waiting) if row.waiting else figures.age(time.time() - row.updated_at)
        room = max(4, width - len(right) - len(branch) - 4)
        place = one_line(f" · {row.place}", room // 2) if row.place else ""
        place += f" · {one_line(row.backend, 8)}" if row.backend else ""
        title = one_line(row.title, max(4, room - len(place)))
        gap = max(1, width - len(branch) - len(title) - len(place) - len(right) - 3)
        return Content.assemble(
            (f"{sign} ", style),
            (branch, "$text-muted"),
            title,
            (place, "$text-muted"),
            " " * gap,
            (right, "$text-muted"),
            " ",
        )
