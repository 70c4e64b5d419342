"""The compaction ledger: what was said, what is sent, and how the one came of the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.errors import GrafftuiError
from grafftui.text import one_line
from grafftui.ui.key_lines import key_lines
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.ledger_panes import LedgerPanes, legend

if TYPE_CHECKING:
    from grafftui.core.compaction.ledger import LedgerRow, LedgerView
    from grafftui.history import Compaction
    from grafftui.history.context_rows import Standing
    from grafftui.ui.ledger_desk import LedgerDesk

_MOST_TOLD = 3
"""Compactions of which is said how they stand."""
_KEYS = (
    *("p pin", "b put back", "e edit summary", "u undo", "r redo"),
    *("enter read", "esc close"),
)
_NOT_HERE = (
    "This conversation's context is kept by another program, which compacts it there: what it"
    " keeps and what it leaves out is not visible here."
)


class LedgerScreen(Dialog[None]):
    """Shows the ledger of a conversation, and changes it.

    Args:
        desk: Has it.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("ledger.tcss")]  # noqa: RUF012
    HORIZONTAL_BREAKPOINTS = [(0, "-stacked"), (100, "-beside")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pin", "Pin, or no longer", id="ledger.pin"),
        Binding("b", "put_back", "Put back", id="ledger.put_back"),
        Binding("e", "edit", "Edit the summary", id="ledger.edit"),
        Binding("u", "undo", "Undo a compaction", id="ledger.undo"),
        Binding("r", "redo", "Redo a compaction", id="ledger.redo"),
        Binding("x", "refuse", "Refuse the one announced", id="ledger.refuse"),
        Binding("escape", "close", "Close", id="ledger.close"),
    ]

    def __init__(self, desk: LedgerDesk) -> None:
        super().__init__()
        self._desk = desk
        self._ledger: LedgerView | None = None
        self._panes = LedgerPanes()
        self._state = Static(id="state", markup=False)

    def compose(self) -> ComposeResult:
        """Title, how it stands, both lists, the keys."""
        with Vertical(id="dialog", classes="-tall -wide"):
            yield Static(Content("Context ledger"), id="title")
            yield self._state
            yield self._panes
            yield Static(Content(legend()), id="legend")
            yield Static(id="hint")

    async def on_mount(self) -> None:
        """Read it."""
        self._panes.said.focus()
        await self._load()

    def on_resize(self) -> None:
        """The keys take as many lines as they need."""
        self.call_after_refresh(self._draw_keys)

    def _draw_keys(self) -> None:
        hint = self.query_one("#hint", Static)
        hint.update(Content(key_lines(_KEYS, hint.content_size.width, 2)))

    async def _load(self) -> None:
        try:
            self._ledger = await asyncio.to_thread(self._desk.read)
        except GrafftuiError as error:
            self._say(error)
            return
        self._panes.display = self._ledger.visible
        self._state.update(Content(_stands(self._ledger)))
        self._panes.show(self._ledger)

    # -- what the keys do ------------------------------------------------------------------

    async def action_pin(self) -> None:
        """Keep the message out of compactions, or no longer."""
        row = self._panes.row
        if row is not None and row.id is not None:
            message, pinned = row.id, not row.pinned
            await self._change(lambda: self._desk.pin(message, pinned))

    async def action_put_back(self) -> None:
        """Have the message sent again."""
        row = self._panes.row
        if row is not None and row.id is not None:
            message = row.id
            await self._change(lambda: self._desk.put_back(message))

    async def action_undo(self) -> None:
        """Undo the compaction under the cursor, else the latest that counts."""
        found = self._compaction("active")
        if found is None:
            self.notify("There is no compaction to undo.", markup=False)
        else:
            await self._change(lambda: self._desk.undo(found.id))

    async def action_redo(self) -> None:
        """Redo the latest compaction that was undone."""
        found = self._ledger.latest("undone") if self._ledger is not None else None
        if found is None:
            self.notify("There is no compaction to redo.", markup=False)
        else:
            await self._change(lambda: self._desk.redo(found.id))

    async def action_refuse(self) -> None:
        """Have the compaction that was announced not made."""
        if self._ledger is not None and self._ledger.due == "announced":
            await self._change(self._desk.refuse)

    def action_edit(self) -> None:
        """Edit the summary under the cursor, else the latest."""
        from grafftui.ui.screens.text_editor import TextEditor

        found = self._compaction("active")
        text = self._summary_of(found)
        if found is None or text is None:
            self.notify("There is no summary to edit.", markup=False)
            return

        async def edited(new: str | None) -> None:
            if new is not None and new != text:
                await self._change(lambda: self._desk.edit(found.id, new))

        self.app.push_screen(TextEditor("What the model is told instead", text), edited)

    def on_virtual_list_selected(self) -> None:
        """Read the whole message."""
        show_whole(self, self._panes.row)

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(None)

    # -- within ----------------------------------------------------------------------------

    def _compaction(self, standing: Standing) -> Compaction | None:
        """The compaction whose summary the cursor is on, else the latest that stands so."""
        if self._ledger is None:
            return None
        row = self._panes.row
        here = self._ledger.compaction(row.compaction) if row is not None else None
        return here or self._ledger.latest(standing)

    def _summary_of(self, compaction: Compaction | None) -> str | None:
        rows = self._ledger.after if self._ledger is not None else ()
        texts = (row.text for row in rows if compaction and row.compaction == compaction.id)
        return next(texts, None)

    async def _change(self, change: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(change)
        except GrafftuiError as error:
            self._say(error)
        await self._load()

    def _say(self, error: GrafftuiError) -> None:
        words = f"{error} – {error.hint}" if error.hint else str(error)
        self.notify(one_line(words, 300), severity="error", markup=False)


def show_whole(screen: Dialog[Any], row: LedgerRow | None) -> None:
    """Open a message to be read."""
    from grafftui.ui.screens.whole_text import WholeText

    if row is not None:
        screen.app.push_screen(WholeText(row.who, row.text))


def _stands(ledger: LedgerView) -> str:
    """What is to be said of all of it."""
    if not ledger.visible:
        return _NOT_HERE
    count = len(ledger.compactions)
    latest = list(enumerate(ledger.compactions, 1))[-_MOST_TOLD:]
    words = [f"{_MOST_TOLD} of {count} compactions:"] if count > _MOST_TOLD else []
    words += [_told(number, one) for number, one in latest]
    if not ledger.compactions:
        words = ["Nothing was compacted: the model is sent all that was said."]
    if ledger.due == "announced":
        words.append("The next turn begins with a compaction: x refuses it.")
    elif ledger.due == "refused":
        words.append("The next compaction was refused; it is made when it must be.")
    return "\n".join(words)


def _told(number: int, one: Compaction) -> str:
    who = "by itself" if one.by == "auto" else "by you"
    how = "written by the model" if one.summariser == "model" else "extracted"
    stands = {
        "active": "",
        "swallowed": ", taken in by a later one",
        "undone": ", undone",
        "rewound": ", of turns that were taken back",
    }[one.standing]
    few = f"{one.messages_before:,} → {one.messages_after:,} messages"
    return f"Compaction {number}, {who}, {how}: {few}{stands}"
