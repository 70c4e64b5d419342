"""What the session screen does with the list of conversations: reading, narrowing, opening."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from grafftui.ui.conversation_lines import Line, lines
from grafftui.ui.listing import Listing
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from textual.containers import Vertical

    from grafftui.history import Conversation
    from grafftui.history.listing import Shelf
    from grafftui.ui.widgets.conversation_list import ConversationList
    from grafftui.ui.widgets.list_filter import ListFilter
    from grafftui.ui.widgets.virtual_list import VirtualList

_MOST_PICKED: Final = 2_000
"""Conversations that are picked by a few letters; older ones are found by search."""

_TITLES: Final[dict[tuple[Shelf, bool], str]] = {
    ("list", False): "Conversations",
    ("list", True): "All folders",
    ("archive", False): "Archive",
    ("archive", True): "Archive · all folders",
    ("bin", False): "Bin",
    ("bin", True): "Bin · all folders",
}
_NEXT: Final[dict[Shelf, Shelf]] = {"list": "archive", "archive": "bin", "bin": "list"}


class SessionListing(SessionReading):
    """The list at the left, and what it shows.

    Attributes:
        rows: The conversations that were read, those on top first.
    """

    left: Vertical

    def __init__(self) -> None:
        super().__init__()
        self.listing = Listing()
        self.rows: list[Conversation] = []
        self._list_lock = asyncio.Lock()
        self._refresh_waits = False
        self._read_whole = False

    async def open_row(self, row: Conversation, entry: int | None = None) -> None:
        """Put a conversation on screen, at its end or at the entry with that ordinal."""
        raise NotImplementedError

    def conversation_chosen(self) -> None:
        """The current conversation is answered by another."""
        raise NotImplementedError

    # -- reading ---------------------------------------------------------------------------

    async def refresh_list(self, *, whole: bool = False) -> None:
        """Read the list again; calls that come meanwhile are answered by one more reading.

        Args:
            whole: The person has changed something in it, which may stand anywhere.
        """
        reader, graff = self.desk.reader, self.desk.graff
        self._read_whole |= whole
        if reader is None or graff is None or self._refresh_waits:
            return
        self._refresh_waits = True
        async with self._list_lock:
            self._refresh_waits = False
            whole, self._read_whole = self._read_whole, False
            self.listing.workspace = graff.workspace
            await self.listing.read(reader, whole=whole)
            self._show_list()

    async def on_conversation_list_more_wanted(self) -> None:
        """The end of what was read is near."""
        self.run_worker(self._read_on())

    async def _read_on(self) -> None:
        async with self._list_lock:
            if self.desk.reader is not None:
                await self.listing.read_on(self.desk.reader)
                self._show_list()

    def _show_list(self) -> None:
        if self.regions is None:
            return
        listing, desk = self.listing, self.desk
        self.rows = listing.rows
        for row in self.rows:
            live = desk.live(row.id)
            if live is not None:
                live.title = row.title or live.title
                if live.settle(row) and live is desk.current:
                    self.conversation_chosen()
        drawn = lines(listing, desk.live, desk.current, time.time())
        shown = self.regions.conversations
        shown.is_filtered = bool(listing.words)
        shown.show(drawn, desk.current.id, desk.current, more=not listing.complete)

    # -- which of them ---------------------------------------------------------------------

    async def _list_others(self) -> None:
        """Show those that are wanted now."""
        listing = self.listing
        listing.begin_anew()
        self.left.border_title = _TITLES[listing.shelf, listing.everywhere]
        await self.refresh_list()

    async def action_command_all_workspaces(self) -> None:
        """The conversations of all folders, or those of this one again."""
        self.listing.everywhere = not self.listing.everywhere
        await self._show_and_list()

    async def action_command_archive_and_bin(self) -> None:
        """From the list to the archive, to the bin, and back to the list."""
        self.listing.shelf = _NEXT[self.listing.shelf]
        await self._show_and_list()

    async def _show_and_list(self) -> None:
        self.left.display = True
        await self._list_others()
        if self.regions is not None:
            self.regions.conversations.focus()

    # -- the filter ------------------------------------------------------------------------

    async def on_conversation_list_filter_wanted(self) -> None:
        """`/` in the list."""
        from grafftui.ui.widgets.list_filter import ListFilter

        if not self.query(ListFilter):
            await self.left.mount(ListFilter(placeholder="words of the title"), before=0)
        self.query_one(ListFilter).focus()

    async def on_list_filter_typed(self, event: ListFilter.Typed) -> None:
        """Narrow the list as it is typed."""
        self.listing.words = event.words
        await self._list_others()

    def on_list_filter_left(self) -> None:
        """Choose from what is left."""
        if self.regions is not None:
            self.regions.conversations.focus()
            self.regions.conversations.action_first()

    async def on_list_filter_closed(self) -> None:
        """Esc in the line."""
        await self._end_filter()

    async def on_conversation_list_filter_ended(self) -> None:
        """Esc in the list."""
        await self._end_filter()

    async def _end_filter(self) -> None:
        await self.query("ListFilter").remove()
        self.listing.words = ""
        await self._show_and_list()

    # -- opening ---------------------------------------------------------------------------

    def on_conversation_list_command(self, event: ConversationList.Command) -> None:
        """A key of the list."""
        self.call_later(self.run_action, f"command_{event.command}")

    def action_command_conversations(self) -> None:
        """Pick one by its title."""
        self.run_worker(self._pick_conversation(), group="picker", exclusive=True)

    async def _pick_conversation(self) -> None:
        from grafftui.ui.screens.picker import Picker, Row

        reader, graff = self.desk.reader, self.desk.graff
        if reader is None or graff is None:
            return
        found = await reader.list_conversations(graff.workspace, _MOST_PICKED)
        rows = [Row(row.id, row.title or "Untitled", row.model, "") for row in found]
        chosen = await self.app.push_screen_wait(Picker("Conversations", rows))
        for row in found:
            if row.id == chosen:
                await self.open_row(row)

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """Enter or a click on a line of the list opens it."""
        if self.regions is None or event.list is not self.regions.conversations:
            return
        if isinstance(event.row, Line) and event.row.id != self.desk.current.id:
            row = self.listing.row(event.row.id)
            if row is not None:
                self.run_worker(self.open_row(row))
        self.composer.focus()
