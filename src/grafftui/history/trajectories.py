"""What happened in the turns of a conversation, event by event, as it was committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from grafftui.history.database import Database
from grafftui.history.folding import EVENTS_OF_TURN, StoredEvent, stored_event

_TURNS: Final = """
SELECT turns.id, turns.state, prompt, started_at, ended_at,
       coalesce(usage.agent, conversations.agent), coalesce(usage.model, conversations.model),
       usage.id IS NOT NULL
FROM turns JOIN conversations ON conversations.id = conversation_id
LEFT JOIN usage ON usage.id = (
    SELECT min(id) FROM usage WHERE turn_id = turns.id AND purpose = 'turn')
WHERE conversation_id = ? ORDER BY turns.id"""


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A turn, as it ended or stands.

    Attributes:
        id: Its number in the history.
        state: running, done, failed, interrupted or lost.
        prompt: "" where nothing was said.
        started_at, ended_at: Unix seconds; None while it runs.
        agent: Who answered it.
        model: What it was answered by first; "" where that was never settled.
        was_charged: Whether a model has answered any request of it.
    """

    id: int
    state: str
    prompt: str
    started_at: float
    ended_at: float | None
    agent: str
    model: str
    was_charged: int

    @property
    def was_answered(self) -> bool:
        """Whether it was a model's to answer: no compaction, no command of the person's own."""
        own = not self.prompt or self.prompt.startswith("!")
        return bool(self.was_charged) or not own


class Trajectories:
    """Reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def turns(self, conversation_id: str) -> list[PastTurn]:
        """The turns of a conversation, oldest first."""
        return [PastTurn(*row) for row in self._database.rows(_TURNS, (conversation_id,))]

    def events(self, turn_id: int) -> list[StoredEvent]:
        """The events of a turn, each with the Unix second it was committed at."""
        rows = self._database.rows(EVENTS_OF_TURN, (turn_id,))
        return [stored_event(row) for row in rows]
