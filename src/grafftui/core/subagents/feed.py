"""All that sub-agents say and do, for whoever reads along: their callers' streams have less."""

from __future__ import annotations

from collections.abc import Callable

from grafftui.events import AgentEvent
from grafftui.history import Conversation

Put = Callable[[Conversation, int, AgentEvent | None], None]


class SubAgentFeed:
    """Of one `Graff`. One may follow it; who does not misses nothing that is not in the history."""

    def __init__(self) -> None:
        self.put: Put = lambda conversation, first, event: None

    def follow(self, put: Put) -> None:
        """Have `put` called with each event, committed already, on the sub-agent's thread.

        Args:
            put: Takes the sub-agent's conversation, the ordinal of its turn's first entry, and
                the event; None for the end of the turn.
        """
        self.put = put
