"""Which backends there are, and each of them once it is wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grafftui.errors import NotFoundError
from grafftui.events import BACKEND_TITLES

if TYPE_CHECKING:
    from grafftui.backends.backend import Backend
    from grafftui.core import Graff

OURS: Final = "graff"
"""The name of our own core."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A backend there could be.

    Attributes:
        name: As in `Conversation.backend`.
        about: What it is, in a line.
        make: Makes it; nothing is started by that.
    """

    name: str
    about: str
    make: Callable[[Graff], Backend]

    @property
    def title(self) -> str:
        """What it is called."""
        return BACKEND_TITLES[self.name]


def _own_core(graff: Graff) -> Backend:
    from grafftui.backends.own_core import OwnCore

    return OwnCore(graff)


def _codex(graff: Graff) -> Backend:
    from grafftui.backends.codex.conversing import CodexBackend

    return CodexBackend(graff)


KINDS: Final = (
    Kind(OURS, "Its own core, with any model there is a key for", _own_core),
    Kind("codex", "The codex program, with its own models and sign-in", _codex),
)


def title_of(name: str) -> str:
    """What the backend is called; its name where it is not known."""
    return BACKEND_TITLES.get(name, name)


class Backends:
    """The backends of one `Graff`. Safe from any thread.

    Args:
        graff: Whose history they share. It is not closed with this.
        kinds: Which there are.
    """

    def __init__(self, graff: Graff, kinds: Sequence[Kind] = KINDS) -> None:
        self._graff = graff
        self._kinds = {kind.name: kind for kind in kinds}
        self._made: dict[str, Backend] = {}
        self._lock = threading.Lock()
        self._closed = False

    @property
    def kinds(self) -> list[Kind]:
        """All of them, our own core first."""
        return list(self._kinds.values())

    def knows(self, name: str) -> bool:
        """Whether there is a backend called so."""
        return name in self._kinds

    def get(self, name: str) -> Backend:
        """The backend called so. The first time its code is loaded: not for the event loop.

        Raises:
            NotFoundError: There is none, or all is closed.
        """
        with self._lock:
            if name not in self._made:
                kind = self._kinds.get(name)
                if kind is None or self._closed:
                    raise NotFoundError(
                        f"there is no backend {name!r}",
                        hint=f"there are {', '.join(self._kinds)}",
                    )
                self._made[name] = kind.make(self._graff)
            return self._made[name]

    def keeper(self, name: str) -> Backend:
        """Who keeps the conversations of a backend: our own core those of one nobody knows."""
        return self.get(name if self.knows(name) else OURS)

    def at_hand(self, name: str) -> Backend | None:
        """The backend, if it was wanted before; at once."""
        return self._made.get(name)

    def close(self) -> None:
        """Stop their turns, and end what they started."""
        with self._lock:
            self._closed = True
            made = list(self._made.values())
        for backend in made:
            backend.close()
