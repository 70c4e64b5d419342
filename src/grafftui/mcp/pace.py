"""How fast a server may talk: what comes faster waits in the server, not in our memory."""

from __future__ import annotations

from typing import Final

import anyio

MOST_A_SECOND: Final = 1_000
"""Messages of a program, or lines of a stream of events."""


class Pace:
    """Lets about `MOST_A_SECOND` through."""

    def __init__(self) -> None:
        self._since = anyio.current_time()
        self._count = 0

    async def keep(self, count: int = 1) -> None:
        """So many more have come. Waits where that was too fast."""
        self._count += count
        if self._count < MOST_A_SECOND:
            return
        rest = self._since + 1 - anyio.current_time()
        if rest > 0:
            await anyio.sleep(rest)
        self._since, self._count = anyio.current_time(), 0
