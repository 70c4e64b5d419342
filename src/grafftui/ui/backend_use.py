"""What the desk knows of backends: the one of the conversation on screen, and what it can do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from grafftui.backends.backend import Backend, Capability, ForeignBackend
    from grafftui.backends.registry import Backends
    from grafftui.core import Graff
    from grafftui.ui.live import LiveConversation


class BackendUse:
    """The part of `Desk` that speaks of backends.

    Attributes:
        current: The conversation on screen.
        backends: All there are, once the core is open.
    """

    current: LiveConversation
    backends: Backends | None = None

    def open_backends(self, graff: Graff) -> Backends:
        """The core is ready, and with it our own backend."""
        from grafftui.backends.registry import OURS, Backends

        self.backends = Backends(graff)
        self.backends.get(OURS)
        return self.backends

    async def close_backends(self) -> None:
        """End what they started."""
        if self.backends is not None:
            await asyncio.to_thread(self.backends.close)

    async def make_ready(self, backend: str) -> None:
        """Load a backend, so that it can be asked what it can do. Raises `GrafftuiError`."""
        if self.backends is not None and self.backends.at_hand(backend) is None:
            await asyncio.to_thread(self.backends.get, backend)

    @property
    def backend(self) -> Backend | None:
        """What runs the turns of the conversation on screen, once it is there."""
        return self.backends.at_hand(self.current.backend) if self.backends else None

    @property
    def foreign(self) -> ForeignBackend | None:
        """The same, if it has models and an account of its own."""
        return self.foreign_called(self.current.backend)

    def foreign_called(self, name: str) -> ForeignBackend | None:
        """The backend with a name, if it is there and has models and an account of its own."""
        backend = self.backends.at_hand(name) if self.backends else None
        has_account = backend is not None and "login" in backend.capabilities
        return cast("ForeignBackend", backend) if has_account else None

    @property
    def is_in_use(self) -> bool:
        """Whether somebody means to speak there: a conversation that is only read starts no
        program.
        """
        live = self.current
        return live.id is None or live.in_turn or bool(live.entries)

    def can(self, capability: Capability) -> bool:
        """Whether the backend of the conversation on screen can do something."""
        return self.backend is not None and capability in self.backend.capabilities
