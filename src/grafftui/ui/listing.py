"""Which conversations the list holds: read a page at a time, as far as somebody has looked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from grafftui.history import Conversation
    from grafftui.history.listing import Selection, Shelf
    from grafftui.history.reader import Reader

PAGE: Final = 100
"""Conversations read at first, and at least with every further page."""
_MOST: Final = 1_000
_PINS: Final = 200


@dataclass(slots=True)
class Listing:
    """Conversations of one folder or of all, newest first, and which of them are wanted.

    Attributes:
        workspace: The folder we work in.
        everywhere: Those of all folders, not of this one only.
        shelf: The list proper, the archive, or the bin.
        words: Only those with these words in their titles.
        pinned: Those on top of the list proper.
        others: All others, as far as they were read.
        complete: Whether there are no more.
    """

    workspace: str = ""
    everywhere: bool = False
    shelf: Shelf = "list"
    words: str = ""
    pinned: list[Conversation] = field(default_factory=list)
    others: list[Conversation] = field(default_factory=list)
    complete: bool = False
    _page: int = PAGE

    @property
    def rows(self) -> list[Conversation]:
        """All that was read."""
        return [*self.pinned, *self.others]

    def row(self, conversation_id: str | None) -> Conversation | None:
        """The conversation with this id, if it was read."""
        return next((row for row in self.rows if row.id == conversation_id), None)

    def begin_anew(self) -> None:
        """Others are wanted than were read."""
        self.others, self.complete, self._page = [], False, PAGE

    async def read(self, reader: Reader, *, whole: bool = False) -> None:
        """Read the newest again, where something has changed by itself.

        Args:
            whole: Read all again that was read before: the person has changed something.
        """
        wanted = self._selection(pinned=False)
        count = max(PAGE, len(self.others)) if whole else PAGE
        pinned: list[Conversation] = []
        if self.shelf == "list":
            pinned = await reader.conversations(self._selection(pinned=True), limit=_PINS)
        newest = await reader.conversations(wanted, limit=count)
        if wanted != self._selection(pinned=False):
            return  # something else is wanted by now, and will be read
        known = {row.id for row in (*pinned, *newest)}
        older: list[Conversation] = []
        if len(newest) == count:
            older = [row for row in self.others if row.id not in known and _follows(row, newest)]
        self.pinned, self.others = pinned, newest + older
        self.complete = len(newest) < count or (self.complete and bool(older))

    async def read_on(self, reader: Reader) -> None:
        """Read the next page; each is larger than the one before."""
        if self.complete or not self.others:
            return
        wanted, last = self._selection(pinned=False), self.others[-1]
        page = await reader.conversations(wanted, before=last.activity, limit=self._page)
        if wanted != self._selection(pinned=False) or self.others[-1] is not last:
            return
        self.others += page
        self.complete = len(page) < self._page
        self._page = min(2 * self._page, _MOST)

    def _selection(self, *, pinned: bool) -> Selection:
        from grafftui.history.listing import Selection

        workspace = None if self.everywhere else self.workspace
        wanted = Selection(workspace, self.shelf, pinned, self.words)
        return wanted if self.shelf == "list" else replace(wanted, pinned=None)


def _follows(row: Conversation, newest: list[Conversation]) -> bool:
    """Whether a conversation comes after those that were just read."""
    return (row.activity or 0) < (newest[-1].activity or 0)
