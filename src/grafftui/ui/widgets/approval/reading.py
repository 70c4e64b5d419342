"""A guarded panel about something that has to be read first: nothing is accepted unseen."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from grafftui.ui.widgets.approval.guarded import Choice, GuardedPanel
from grafftui.ui.widgets.command_view import CommandView
from grafftui.ui.widgets.diff_view import DiffView

_SHORT: Final = 16
"""Rows of a screen below which every row counts."""

_HIGH: Final = 30
"""Rows from which there is room for blank ones."""

_OTHER_ROWS: Final = 4
"""Rows of title, status and an empty composer, and one of the transcript."""


class ReadingPanel(GuardedPanel):
    """A question, what it is about, the answers; what it is about scrolls.

    Args:
        full: It has a screen to itself.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", "Scroll up", show=False, id="approval.up"),
        Binding("down", "scroll(1)", "Scroll down", show=False, id="approval.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="approval.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="approval.page_down"),
        Binding("home", "scroll(-1000000)", "To the start", show=False, id="approval.home"),
        Binding("end", "scroll(1000000)", "To the end", show=False, id="approval.end"),
    ]

    def __init__(self, *, full: bool = False) -> None:
        super().__init__(classes="-full" if full else None)
        self._full = full

    def compose(self) -> ComposeResult:
        """A question, what matters most about it, the answers; the rest comes between."""
        yield Static(id="question", markup=False)
        yield Static(id="facts", markup=False)
        yield Static(id="choices", markup=False)
        yield Static(id="hint", markup=False)

    def ask(self, question: Content, facts: Content) -> None:
        """Draw the question, and what stands below it whatever is scrolled."""
        self.query_one("#question", Static).update(question)
        line = self.query_one("#facts", Static)
        line.update(facts)
        line.set_class(not facts, "-none")

    async def put(self, body: DiffView | CommandView) -> None:
        """Show what it is about; no larger at first than there is certainly room for."""
        if not self._full:
            body.styles.max_height = 2
        await self.mount(body, before="#choices")
        self.fit()
        self.draw_choices()
        self.call_after_refresh(self.fit)

    # -- room ------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """The answers stay in sight, whatever the height."""
        super().on_resize()
        self.fit()

    def fit(self) -> None:
        """Leave what is asked about the rows that question and answers do not need."""
        if not self.is_attached:  # answered, and gone, before the frame after it was asked
            return
        height = self.screen.size.height
        self.set_class(height < _SHORT, "-short")
        self.set_class(height >= _HIGH, "-high")
        if not self._full:
            room = self._room(height)
            for body in self.scrolled():
                body.styles.max_height = room
        for body in self._bodies():
            body.look()  # it may have been moved, and be cut off no more

    def _room(self, height: int) -> int:
        """Rows for what is asked about, on a screen of `height`."""
        short = height < _SHORT
        room = height - _OTHER_ROWS if short else max(height * 6 // 10, min(height - 8, 17))
        lines = [line for line in self.children if isinstance(line, Static) and line.display]
        used = sum(line.outer_size.height or 1 for line in lines)
        return max(2, room - used - (0 if short else 2))

    def scrolled(self) -> list[Widget]:
        """Whatever gives way when there is little room."""
        return [*self._bodies()]

    # -- reading ---------------------------------------------------------------------------

    def _bodies(self) -> list[DiffView | CommandView]:
        return [*self.query(DiffView), *self.query(CommandView)]

    def all_seen(self) -> bool:
        """Whether all of it has been on screen."""
        bodies = self._bodies()
        return bool(bodies) and all(body.seen_all for body in bodies)

    def may_accept(self) -> bool:
        """The same; says so when it is not."""
        if seen := self.all_seen():
            return seen
        self.say("there is more: scroll to the end first (end)")
        return False

    def on_command_view_looked(self) -> None:
        """More of it was seen."""
        self.draw_choices()

    def on_diff_view_looked(self) -> None:
        """More of it was seen."""
        self.draw_choices()

    def action_scroll(self, lines: int) -> None:
        """Scroll what is asked about."""
        for body in self._bodies():
            body.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by what is on screen, less a line."""
        for body in self._bodies():
            body.scroll_relative(y=pages * max(1, body.size.height - 1), animate=False)

    def draw_choices(self) -> None:
        """Draw the answers; they may need another number of rows."""
        super().draw_choices()
        if self.has_class("-open"):
            self.call_after_refresh(self.fit)

    # -- drawing ---------------------------------------------------------------------------

    def style_of(self, choice: Choice) -> str:
        """What cannot be accepted yet is pale."""
        return "$text-disabled" if choice.accepts and not self.all_seen() else ""

    def hint(self) -> Content:
        """How to come here; how much is still to be read."""
        if not self.has_focus:
            return Content.styled("tab to answer", "$text-muted")
        if not self.all_seen():
            below = sum(body.rows_below for body in self._bodies())
            more = f"{below:,} more lines – scroll (end)" if below else "there is more"
            warning = Content.styled(f"▾ {more}", "$text-warning")
            both = Content.assemble(warning, "   ", self.keys_hint())
            return both if both.cell_length <= self.content_size.width else warning
        return self.keys_hint()

    def keys_hint(self) -> Content:
        """What there is besides the answers."""
        return Content("")
