"""What became of what was to be taken over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["imported", "known", "skipped", "failed"]
"""`known`: it was here already. `skipped`: it cannot be used here, and why. `failed`: it could not
be kept, and why: to import again tries it again."""


@dataclass(frozen=True, slots=True)
class ForgeItem:
    """A key or a conversation.

    Attributes:
        kind: "credential" or "conversation".
        id: Of the provider, or of the conversation.
        title: Of the conversation; of a key the address it will be sent to. Text from outside.
        why: Why it was skipped or failed, or "".
        hint: What can be done about that, or "".
    """

    kind: Literal["credential", "conversation"]
    id: str
    title: str
    outcome: Outcome
    why: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ForgeImport:
    """All of it.

    Attributes:
        folder: Where it was looked for.
        dry_run: Whether nothing was kept: "imported" is then what would be.
    """

    folder: str
    items: tuple[ForgeItem, ...]
    dry_run: bool = False

    def count(self, outcome: Outcome, kind: str | None = None) -> int:
        """How many came out so."""
        return sum(item.outcome == outcome and kind in (None, item.kind) for item in self.items)
