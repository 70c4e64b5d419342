"""How a backend that runs commands itself says they are held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grafftui.backends.registry import title_of
from grafftui.errors import GrafftuiError

if TYPE_CHECKING:
    from grafftui.backends.backend import ForeignBackend


@dataclass(frozen=True, slots=True)
class ForeignHold:
    """What is known of it.

    Attributes:
        holder: What the backend is called.
        holds: Whether its sandbox was shown to hold; None as long as nobody has tried.
        words: That in a sentence.
    """

    holder: str
    holds: bool | None
    words: str


def tried(backend: ForeignBackend) -> ForeignHold:
    """Try the backend's sandbox. Blocks: not for the event loop."""
    title = title_of(backend.name)
    try:
        found = backend.sandbox_state()
    except GrafftuiError as error:
        return ForeignHold(title, False, str(error))
    return ForeignHold(title, found.holds, found.words)
