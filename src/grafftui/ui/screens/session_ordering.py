"""Commands that keep conversations in order: pin, archive, delete and back again, fork."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from grafftui.errors import GrafftuiError
from grafftui.text import one_line
from grafftui.ui.conversation_lines import Line
from grafftui.ui.screens.session_listing import SessionListing

if TYPE_CHECKING:
    from grafftui.history import Conversation
    from grafftui.history.ordering import Ordering
    from grafftui.ui.transcript import TranscriptView

_TITLE_CELLS = 40


class SessionOrdering(SessionListing):
    """Actions `command_…` of these commands."""

    def __init__(self) -> None:
        super().__init__()
        self.opened_row: Conversation | None = None
        self._undoable: list[tuple[str, Callable[[Ordering], bool]]] = []

    async def open_new(self) -> None:
        """Put an empty conversation on screen."""
        raise NotImplementedError

    @property
    def target(self) -> Conversation | None:
        """The conversation the list's cursor is on if the list has the focus, else the current."""
        wanted = self.desk.current.id
        if self.regions is not None and self.regions.conversations.has_focus:
            line = self.regions.conversations.highlighted
            wanted = line.id if isinstance(line, Line) else wanted
        opened = self.opened_row
        found = self.listing.row(wanted)
        if found is None and opened is not None and opened.id == wanted:
            return opened  # it is not in the list: of another folder, archived, far below
        return found

    async def action_command_rename(self, title: str = "") -> None:
        """Give it that title, or ask for one."""
        from grafftui.ui.screens.text_prompt import TextPrompt

        row, graff = self.target, self.desk.graff
        if row is None or graff is None:
            return
        rename = graff.rename_conversation

        async def renamed(title: str | None) -> None:
            if title and title.strip():
                await self._order(lambda _: rename(row.id, title.strip()) is None)

        if title:
            await renamed(title)
        else:
            self.app.push_screen(TextPrompt("Title", row.title or ""), renamed)

    # -- pin, archive, delete --------------------------------------------------------------

    async def action_command_pin(self) -> None:
        """Keep it on top of the list, or no more."""
        row = self.target
        if row is not None:
            change = "unpin" if row.pinned else "pin"
            await self._order(lambda order: getattr(order, change)(row.id))

    async def action_command_archive(self) -> None:
        """Take it out of the list, or back into it."""
        row = self.target
        if row is None or self._is_busy(row):
            return
        if row.archived:
            await self._order(self._archiving(row, False))
            self._say(f"{_named(row)} is back in the list.")
        elif await self._order(self._archiving(row, True)):
            self._undoable.append((_named(row), self._archiving(row, False)))
            self._say(f"{_named(row)} is in the archive. “Undelete”, or u in the list: undo.")
            await self._leave(row)

    def _archiving(self, row: Conversation, on: bool) -> Callable[[Ordering], bool]:
        """Into the archive, or out of it, as its backend does that."""

        def change(order: Ordering) -> bool:
            backends = self.desk.backends
            if backends is not None:
                backends.keeper(row.backend).archive(row.id, on)
            return backends is not None

        return change

    async def action_command_delete(self) -> None:
        """Put it into the bin; what is there already is deleted for good, after a question."""
        row = self.target
        if row is None or self._is_busy(row):
            return
        if row.deleted_at is not None:
            self._delete_for_good(row)
        elif await self._order(lambda order: order.bin(row.id)):
            self._undoable.append((_named(row), lambda order: order.restore(row.id)))
            self._say(f"{_named(row)} is deleted. “Undelete”, or u in the list: undo.")
            await self._leave(row)

    async def action_command_undelete(self) -> None:
        """In the bin: bring back the chosen one; else what was deleted or archived last."""
        row = self.target
        if row is not None and row.deleted_at is not None:
            await self._order(lambda order: order.restore(row.id))
            self._say(f"{_named(row)} is back.")
        elif self._undoable:
            name, undo = self._undoable.pop()
            await self._order(undo)
            self._say(f"{name} is back.")
        else:
            self._say("Nothing was deleted here since the start. v in the list shows the bin.")

    def action_command_empty_bin(self) -> None:
        """Delete for good what is in the bin, after a question."""
        from grafftui.ui.screens.confirm import Confirm

        graff = self.desk.graff
        if graff is None:
            return
        workspace = None if self.listing.everywhere else graff.workspace
        where = "of all folders" if workspace is None else "of this folder"

        async def confirmed(yes: bool | None) -> None:
            if yes and await self._order(lambda order: bool(order.empty_bin(workspace))):
                self._say("The bin is empty.")

        question = f"Delete for good every conversation in the bin {where}?"
        self.app.push_screen(Confirm(question, "Delete for good"), confirmed)

    def _delete_for_good(self, row: Conversation) -> None:
        from grafftui.ui.screens.confirm import Confirm

        graff = self.desk.graff
        assert graff is not None
        delete = graff.store.delete_conversation

        async def confirmed(yes: bool | None) -> None:
            if yes and await self._order(lambda _: delete(row.id, binned=True)):
                await self._leave(row)

        question = f"Delete {_named(row)} for good? It cannot be brought back."
        self.app.push_screen(Confirm(question, "Delete for good"), confirmed)

    def _is_busy(self, row: Conversation) -> bool:
        live = self.desk.live(row.id)
        if live is None or not live.running:
            return False
        self._say("It is running: interrupt it first (Esc).")
        return True

    async def _leave(self, row: Conversation) -> None:
        """Do not stay in a conversation that has been put away."""
        if self.desk.current.id == row.id:
            await self.open_new()
        self.desk.forget(row.id)

    async def _order(self, change: Callable[[Ordering], bool]) -> bool:
        """Change something off the event loop; say what is wrong with it. Whether it changed."""
        graff, done = self.desk.graff, False
        if graff is None:
            return False
        try:
            done = await asyncio.to_thread(change, graff.store.order)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
        await self.refresh_list(whole=True)
        if self.opened_row is not None and self.desk.reader is not None:
            self.opened_row = await self.desk.reader.conversation(self.opened_row.id)
        return done

    def _say(self, words: str) -> None:
        self.notify(words, markup=False)

    # -- forks -----------------------------------------------------------------------------

    def action_command_fork(self) -> None:
        """Copy the conversation, all of it, and go on in the copy."""
        row = self.target
        if row is not None:
            self.run_worker(self._fork(row.id, row.backend, None))

    def on_transcript_view_fork_wanted(self, event: TranscriptView.ForkWanted) -> None:
        """`f` in the transcript: copy it up to the entry under the cursor."""
        current = self.desk.current
        if current.id is not None:
            self.run_worker(self._fork(current.id, current.backend, event.entry))

    async def _fork(self, conversation_id: str, backend: str, entry: int | None) -> None:
        backends, reader = self.desk.backends, self.desk.reader
        if backends is None or reader is None:
            return
        try:
            fork = await asyncio.to_thread(
                lambda: backends.keeper(backend).fork(conversation_id, entry)
            )
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        row = await reader.conversation(fork)
        if row is not None:
            await self.open_row(row)
            copy = "This is a copy to go on in. The original is as it was."
            self._say(self.desk.way_there if self.desk.elsewhere else copy)
            self.composer.focus()

    async def origin_of(self, row: Conversation) -> str:
        """The folder that a conversation was forked from, if that is another than its own."""
        reader = self.desk.reader
        parent = await reader.conversation(row.parent_id) if reader and row.parent_id else None
        return parent.workspace if parent and parent.workspace != row.workspace else ""

    def action_command_forks(self) -> None:
        """Pick one of the conversations this one was forked from, or that come of it."""
        self.run_worker(self._pick_fork(), group="picker", exclusive=True)

    async def _pick_fork(self) -> None:
        from grafftui.ui.fork_rows import fork_rows
        from grafftui.ui.screens.picker import Picker

        row, reader = self.target, self.desk.reader
        if row is None or reader is None:
            return
        family = await reader.family(row.id)
        if len(family) < 2:
            self._say("It has no forks yet. f in the transcript forks it at an entry.")
            return
        picker = Picker("Forks", fork_rows(family), current=row.id)
        chosen = await self.app.push_screen_wait(picker)
        for member in family:
            if member.id == chosen and chosen != self.desk.current.id:
                await self.open_row(member)


def _named(row: Conversation) -> str:
    return f"“{one_line(row.title or 'Untitled', _TITLE_CELLS)}”"
