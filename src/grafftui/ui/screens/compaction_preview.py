"""A compaction before it is made: how the context would look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.cancellation import Cancellation
from grafftui.core.compaction.compactor import Prepared
from grafftui.errors import AbortedError, GrafftuiError
from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.screens.ledger import show_whole
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.ledger_panes import LedgerPanes, legend

if TYPE_CHECKING:
    from grafftui.core.compaction.ledger import Preview


class CompactionPreview(Dialog[Prepared | None]):
    """Returns what is to be done, or None.

    Args:
        prepare: Gives the preview, None where there is nothing to compact; on a thread.
        waiting: What is said until it is there.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("ledger.tcss")]  # noqa: RUF012
    HORIZONTAL_BREAKPOINTS = [(0, "-stacked"), (100, "-beside")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "compact", "Compact", id="preview.compact"),
        Binding("escape", "cancel", "Leave it as it is", id="preview.cancel"),
    ]

    def __init__(self, prepare: Callable[[Cancellation], Preview | None], waiting: str) -> None:
        super().__init__()
        self._prepare = prepare
        self._waiting = waiting
        self._cancellation = Cancellation()
        self._preview: Preview | None = None
        self._panes = LedgerPanes()
        self._state = Static(id="state", markup=False)

    def compose(self) -> ComposeResult:
        """Title, how much it saves, both lists, the keys."""
        with Vertical(id="dialog", classes="-tall -wide"):
            yield Static(Content("Compact: how it would be"), id="title")
            yield self._state
            yield self._panes
            yield Static(Content(legend()), id="legend")
            yield Static(Content("c compact   enter read   esc leave it as it is"), id="hint")

    def on_mount(self) -> None:
        """Prepare it, then show it."""
        self._state.update(Content(self._waiting))
        self._panes.said.focus()
        self.run_worker(self._load(), exclusive=True)

    async def _load(self) -> None:
        try:
            self._preview = await asyncio.to_thread(self._prepare, self._cancellation)
        except AbortedError:
            return
        except GrafftuiError as error:
            self._state.update(Content(one_line(str(error), 300)))
            return
        if self._preview is None:
            self._state.update(Content("There is nothing to compact yet."))
            return
        self._state.update(Content(_saves(self._preview)))
        self._panes.show(self._preview.ledger)

    def on_virtual_list_selected(self) -> None:
        """Read the whole message."""
        show_whole(self, self._panes.row)

    def action_compact(self) -> None:
        """Do what is shown."""
        if self._preview is not None:
            self.dismiss(self._preview.prepared)

    def action_cancel(self) -> None:
        """Do nothing; a model that writes is stopped."""
        self._cancellation.cancel()
        self.dismiss(None)


def _saves(shown: Preview) -> str:
    ledger = shown.ledger
    how = "written by the model" if shown.summariser == "model" else "extracted, no model asked"
    before, after = figures.tokens(ledger.tokens_before), figures.tokens(ledger.tokens_after)
    words = f"About {before} → {after} tokens. The summary is {how}; it can be undone later."
    return f"{words}\n{shown.prepared.remark}" if shown.prepared.remark else words
