"""The left list: this workspace's conversations, newest first."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.live import LiveConversation, Phase
from grafftui.ui.themes import Signs
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.history import Conversation

_STATE_PHASES: dict[str, Phase] = {
    "done": "done",
    "failed": "failed",
    "interrupted": "idle",
    "lost": "failed",
    "running": "idle",  # by another instance; this one cannot say more
}


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation as a line: sign, title, age or how many requests wait."""

    id: str | None
    title: str
    phase: Phase
    updated_at: float
    waiting: int = 0


class ConversationList(VirtualList[Line]):
    """Titles with their state; Enter opens."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "app_command('new')", "New", id="list.new"),
        Binding("r", "app_command('rename')", "Rename", id="list.rename"),
        Binding("d", "app_command('delete')", "Delete", id="list.delete"),
    ]

    @dataclass
    class Command(Message):
        """A key of the list stands for a command of the app."""

        command: str

    def __init__(self, signs: Signs) -> None:
        super().__init__()
        self._signs = signs

    def action_app_command(self, command: str) -> None:
        """Pass a command on."""
        self.post_message(self.Command(command))

    def show(
        self,
        rows: list[Conversation],
        live: Callable[[str], LiveConversation | None],
        current: LiveConversation,
    ) -> None:
        """Show `rows` as the history has them, with the state this process knows better."""
        lines = [_line(row, live(row.id)) for row in rows]
        if current.id is None:
            now = time.time()
            lines.insert(0, Line(None, current.title, current.phase, now, len(current.pending)))
        self.set_rows(lines)
        self.mark(next((i for i, line in enumerate(lines) if line.id == current.id), None))

    def render_row(self, row: Line, width: int, selected: bool) -> Content:
        """`● Add logout button      3m`."""
        signs = self._signs
        sign, style = {
            "running": (signs.running, "$text-accent"),
            "waiting": (signs.waiting, "bold $text-warning"),
            "done": (signs.done, "$text-success"),
            "failed": (signs.failed, "$text-error"),
            "idle": (signs.idle, "$text-muted"),
        }[row.phase]
        right = str(row.waiting) if row.waiting else figures.age(time.time() - row.updated_at)
        title = one_line(row.title, max(4, width - len(right) - 4))
        gap = max(1, width - len(title) - len(right) - 3)
        return Content.assemble((f"{sign} ", style), title, " " * gap, (right, "$text-muted"), " ")


def _line(row: Conversation, live: LiveConversation | None) -> Line:
    if live is not None:
        phase: Phase = live.phase if live.phase != "idle" else _STATE_PHASES.get(row.state, "idle")
        waiting = len(live.pending)
    else:
        phase, waiting = _STATE_PHASES.get(row.state, "idle"), 0
    return Line(row.id, row.title or "Untitled", phase, row.updated_at, waiting)
