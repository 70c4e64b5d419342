"""What is in the context of a conversation, as a bar and in figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.errors import GrafftuiError
from grafftui.ui import figures
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.themes import needs_ascii

if TYPE_CHECKING:
    from grafftui.core.context_breakdown import ContextBreakdown

_PARTS: Final[dict[str, tuple[str, str, str, str]]] = {
    "system": ("System prompt", "█", "S", "$text-muted"),
    "tools": ("Tools", "▓", "T", "$text-muted"),
    "files": ("Files that were read", "█", "F", "$text-success"),
    "results": ("Other tool calls", "▓", "R", "$text-warning"),
    "conversation": ("Prompts and answers", "█", "C", "$text-accent"),
    "reasoning": ("Reasoning", "▓", "N", "$text-accent"),
    "free": ("Free", "░", ".", "$text-disabled"),
}
"""Part → what it is called, how a cell of it is drawn, its twin in ASCII, its colour."""


_ROOMY: Final = 40
"""Cells from which figures have room on both sides."""


class ContextScreen(Dialog[None]):
    """Shows a breakdown.

    Args:
        read: Makes it; called on a thread.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("usage.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="context.close")
    ]

    def __init__(self, read: Callable[[], ContextBreakdown]) -> None:
        super().__init__()
        self._read = read
        self._breakdown: ContextBreakdown | None = None

    def compose(self) -> ComposeResult:
        """Bar and figures."""
        with Vertical(id="dialog"):
            yield Static(Content("What is in the context"), id="title")
            yield Static(Content("Counting…"), id="figures")
            yield Static(Content("esc close"), id="hint")

    def on_mount(self) -> None:
        """Count, then draw."""
        self.run_worker(self._load(), exclusive=True)

    async def _load(self) -> None:
        try:
            self._breakdown = await asyncio.to_thread(self._read)
        except GrafftuiError as error:
            self.query_one("#figures", Static).update(Content(str(error)))
            return
        self._draw()

    def on_resize(self) -> None:
        """The bar is as wide as there is room."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if self._breakdown is not None:
            shown = self.query_one("#figures", Static)
            width, short = shown.content_size.width, self.has_class("-short")
            shown.update(drawn(self._breakdown, width, ascii=needs_ascii(), short=short))

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(None)


def drawn(breakdown: ContextBreakdown, width: int, *, ascii: bool, short: bool = False) -> Content:
    """The bar, a line for each part, and, unless it is to be `short`, how sure the figures are."""
    parts = breakdown.parts.named()
    if breakdown.free is not None:
        parts["free"] = breakdown.free
    whole = max(1, sum(parts.values()))
    cells = _shares(list(parts.values()), width)
    bar = Content.assemble(
        *(
            (_PARTS[name][1 + ascii] * count, _PARTS[name][3])
            for name, count in zip(parts, cells, strict=True)
        )
    )
    lines = [_line(name, tokens, tokens / whole, width, ascii) for name, tokens in parts.items()]
    window = breakdown.window
    full = f"{figures.tokens(breakdown.used)} tokens"
    full += f" of {figures.tokens(window)}, {breakdown.used / window:.0%}" if window else ""
    basis = "Estimated, corrected by what the provider last counted."
    how = basis if breakdown.counted else "Estimated: four characters to a token."
    if short:
        return Content("\n").join([Content.styled(full, "bold"), bar, *lines])
    rows = [Content.styled(full, "bold"), Content(""), bar, Content(""), *lines]
    return Content("\n").join([*rows, Content(""), Content.styled(how, "$text-muted")])


def _line(name: str, tokens: int, share: float, width: int, ascii: bool) -> Content:
    title, *glyphs, style = _PARTS[name]
    numbers = f"{figures.tokens(tokens):>{8 if width >= _ROOMY else 6}}{share:>7.1%}"
    gap = " " * max(0, min(width, 60) - len(title) - 3 - len(numbers))
    return Content.assemble((glyphs[ascii], style), f"  {title}{gap}{numbers}")


def _shares(values: list[int], cells: int) -> list[int]:
    """`cells` divided as the values are; the rounding never adds or loses one."""
    whole, before, given = max(1, sum(values)), 0, []
    for value in values:
        upto = before + value
        given.append(round(upto * cells / whole) - round(before * cells / whole))
        before = upto
    return given
