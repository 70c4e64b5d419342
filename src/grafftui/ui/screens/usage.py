"""Usage and cost: budgets, the last days, models, projects, and the turns of a conversation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from grafftui.errors import GrafftuiError
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.themes import needs_ascii, signs
from grafftui.ui.usage_drawing import Drawing
from grafftui.ui.usage_report import UsageReport


class UsageScreen(Dialog[None]):
    """Shows a report.

    Args:
        read: Reads it.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("usage.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "switch", "Tokens or money", id="usage.switch"),
        Binding("escape", "close", "Close", id="usage.close"),
    ]

    def __init__(self, read: Callable[[], Awaitable[UsageReport]]) -> None:
        super().__init__()
        self._read = read
        self._report: UsageReport | None = None
        self._in_tokens = False

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Vertical(id="dialog", classes="-tall"):
            yield Static(Content("Usage and cost"), id="title")
            with VerticalScroll():
                yield Static(Content("Reading…"), id="figures")
            yield Static(Content("t tokens or money   ↑ ↓ scroll   esc close"), id="hint")

    async def on_mount(self) -> None:
        """Read, then draw."""
        self.query_one(VerticalScroll).focus()
        self.run_worker(self._load(), exclusive=True)

    async def _load(self) -> None:
        try:
            self._report = await self._read()
        except GrafftuiError as error:
            self.query_one("#figures", Static).update(Content(str(error)))
            return
        self._in_tokens = self._report.total.known_cost is None
        self._draw()

    def on_resize(self) -> None:
        """The charts are as wide as there is room."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if self._report is None:
            return
        width = self.query_one(VerticalScroll).scrollable_content_region.width
        drawing = Drawing(self._report, width, signs(), needs_ascii(), self._in_tokens)
        self.query_one("#figures", Static).update(drawing.drawn())

    def action_switch(self) -> None:
        """Count the other thing."""
        self._in_tokens = not self._in_tokens
        self._draw()

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(None)
