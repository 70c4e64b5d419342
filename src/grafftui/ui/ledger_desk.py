"""What the ledger screen asks of the core about one conversation; called on a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.core.compaction.ledger import LedgerView


class LedgerDesk(Protocol):
    """A context that can be looked at and changed. Methods raise `GrafftuiError`."""

    def read(self) -> LedgerView:
        """How it stands."""
        ...

    def pin(self, message_id: int, pinned: bool) -> None:
        """Keep a message out of every compaction, or no longer."""
        ...

    def put_back(self, message_id: int) -> None:
        """Have a compacted message sent again."""
        ...

    def edit(self, compaction_id: str, text: str) -> None:
        """Change a summary."""
        ...

    def undo(self, compaction_id: str) -> None:
        """Undo a compaction."""
        ...

    def redo(self, compaction_id: str) -> None:
        """Redo a compaction that was undone."""
        ...

    def refuse(self) -> None:
        """Have the compaction that was announced not made."""
        ...


class CoreLedgerDesk:
    """A `LedgerDesk` for a conversation of `graff`."""

    def __init__(self, graff: Graff, conversation_id: str) -> None:
        self._graff = graff
        self._id = conversation_id

    def read(self) -> LedgerView:
        """Part of `LedgerDesk`."""
        return self._graff.context_ledger(self._id)

    def pin(self, message_id: int, pinned: bool) -> None:
        """Part of `LedgerDesk`."""
        self._graff.store.contexts.pin(self._id, message_id, pinned)

    def put_back(self, message_id: int) -> None:
        """Part of `LedgerDesk`."""
        self._graff.store.contexts.put_back(self._id, message_id)

    def edit(self, compaction_id: str, text: str) -> None:
        """Part of `LedgerDesk`."""
        self._graff.edit_summary(compaction_id, text)

    def undo(self, compaction_id: str) -> None:
        """Part of `LedgerDesk`."""
        self._graff.store.contexts.undo_compaction(compaction_id)

    def redo(self, compaction_id: str) -> None:
        """Part of `LedgerDesk`."""
        self._graff.store.contexts.redo_compaction(compaction_id)

    def refuse(self) -> None:
        """Part of `LedgerDesk`."""
        self._graff.store.contexts.refuse_compaction(self._id)
