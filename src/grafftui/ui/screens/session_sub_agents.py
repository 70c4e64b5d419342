"""What the session screen does about sub-agents: to read what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafftui.ui import figures
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.history import Conversation
    from grafftui.history.reader import Reader
    from grafftui.ui.screens.picker import Row
    from grafftui.ui.transcript import TranscriptView


class SessionSubAgents(SessionReading):
    """Action `command_sub_agents`, and Enter on a sub-agent in the transcript."""

    async def open_row(self, row: Conversation, entry: int | None = None) -> None:
        """Put a conversation on screen."""
        raise NotImplementedError

    def on_transcript_view_entry_activated(self, event: TranscriptView.EntryActivated) -> None:
        """An entry of a sub-agent leads to its conversation, unless it waits for the person."""
        card = event.entry.tool
        if card is not None and card.conversation and event.entry.state != "waiting":
            self.run_worker(self._open_sub_agent(card.conversation))

    async def _open_sub_agent(self, conversation_id: str) -> None:
        reader = self.desk.reader
        row = await reader.conversation(conversation_id) if reader is not None else None
        if row is None:
            self.notify("What this agent said is not in the history.", markup=False)
        else:
            await self.open_row(row)

    def action_command_sub_agents(self) -> None:
        """Pick one of the agents called in this conversation, or the one that called it."""
        self.run_worker(self._pick_sub_agent(), group="picker", exclusive=True)

    async def _pick_sub_agent(self) -> None:
        from grafftui.ui.screens.picker import Picker

        reader, current = self.desk.reader, self.desk.current
        row = await reader.conversation(current.id) if reader and current.id else None
        if reader is None or row is None:
            self.notify("No agent was called here yet.", markup=False)
            return
        caller = await reader.conversation(row.caller_id) if row.caller_id else None
        found = [(0, caller)] if caller is not None else []
        found += await _called(reader, row.id)
        if not found:
            self.notify("No agent was called here yet.", markup=False)
            return
        rows = [_row(depth, one, one is caller) for depth, one in found]
        chosen = await self.app.push_screen_wait(Picker("Sub-agents", rows))
        for _, one in found:
            if one.id == chosen:
                await self.open_row(one)


async def _called(reader: Reader, id: str, depth: int = 0) -> list[tuple[int, Conversation]]:
    """Those called in a conversation, each with those it called below it."""
    found: list[tuple[int, Conversation]] = []
    for one in await reader.called(id):
        found += [(depth, one), *await _called(reader, one.id, depth + 1)]
    return found


def _row(depth: int, one: Conversation, is_caller: bool) -> Row:
    import time

    from grafftui.ui.screens.picker import Row

    name = "back to" if is_caller else f"{'  ' * depth}{one.agent}:"
    age = figures.age(time.time() - one.updated_at)
    return Row(one.id, f"{name} {one.title or 'Untitled'}", one.state, age)
