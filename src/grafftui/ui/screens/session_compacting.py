"""Commands about the context: compact, look at the ledger, pin an entry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from grafftui.backends.registry import title_of
from grafftui.errors import GrafftuiError
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.core.compaction.compactions import Asked
    from grafftui.events import AgentEvent


class SessionCompacting(SessionReading):
    """Actions `command_…` of these commands."""

    def action_command_ledger(self) -> None:
        """What is sent of the conversation on screen, and what became of the rest."""
        from grafftui.ui.ledger_desk import CoreLedgerDesk
        from grafftui.ui.screens.ledger import LedgerScreen

        graff, id = self.desk.graff, self.desk.current.id
        if graff is None or id is None:
            self.notify("Nothing was said here yet.", markup=False)
        elif self.allows("context"):
            self.app.push_screen(LedgerScreen(CoreLedgerDesk(graff, id)))

    def action_command_compact(self, keep: str = "") -> None:
        """Choose how, see what it would come to, then do it.

        Args:
            keep: What a summary that the model writes should keep; "" asks how.
        """
        graff, current, backend = self.desk.graff, self.desk.current, self.desk.backend
        id = current.id
        if graff is None or backend is None or id is None:
            self.notify("Nothing was said here yet.", markup=False)
        elif current.running:
            self.notify("It is running: interrupt it first (Esc).", markup=False)
        elif self.desk.can("context"):
            self.run_worker(self._compact(graff, id, keep), group="picker", exclusive=True)
        elif keep:
            words = f"{title_of(current.backend)} cannot be told what to keep: /compact alone."
            self.notify(words, markup=False)
        elif self.allows("compact"):
            self._begin_compacting(id, lambda: backend.compact(id))

    async def _compact(self, graff: Graff, id: str, keep: str) -> None:
        from grafftui.core.compaction.compactions import Asked
        from grafftui.ui.screens.compaction_preview import CompactionPreview

        try:
            ledger = await asyncio.to_thread(graff.context_ledger, id)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if not ledger.visible:
            self.action_command_ledger()  # which says why
            return
        if keep:
            asked: Asked | None = Asked("model", keep)
        else:
            asked = await self._ask_how(graff, id, is_due=ledger.due == "announced")
        if asked is None:
            return
        by_model = asked.summariser == "model"
        prepared = await self.app.push_screen_wait(
            CompactionPreview(
                lambda cancellation: graff.preview_compaction(id, asked, cancellation),
                "The model writes a summary…" if by_model else "Summarising…",
            )
        )
        if prepared is not None:
            self._begin_compacting(id, lambda: graff.compact(id, prepared=prepared))

    def _begin_compacting(self, id: str, stream: Callable[[], Iterator[AgentEvent]]) -> None:
        if not self.desk.run(id, "compacting", stream):
            self.notify("A turn began meanwhile: nothing was compacted.", markup=False)

    async def _ask_how(self, graff: Graff, id: str, *, is_due: bool) -> Asked | None:
        """What the person wants; None for nothing, or once the announced one was refused."""
        from grafftui.core.compaction.compactions import Asked
        from grafftui.ui.screens.picker import Picker, Row
        from grafftui.ui.screens.text_prompt import TextPrompt

        rows = [
            Row("extractive", "Extract a summary", "No model is asked", ""),
            Row("model", "Have the model write a summary…", "Costs a request", ""),
        ]
        if is_due:
            rows += [
                Row("announced", "See what the next turn would do", "It was announced", ""),
                Row("refuse", "Refuse what was announced", "Until it must be", ""),
            ]
        match await self.app.push_screen_wait(Picker("Compact", rows)):
            case "extractive":
                return Asked()
            case "announced":
                return Asked(as_announced=True)
            case "model":
                question = "What should the summary keep? (enter for nothing in particular)"
                instructions = await self.app.push_screen_wait(TextPrompt(question))
                return None if instructions is None else Asked("model", instructions.strip())
            case "refuse":
                await asyncio.to_thread(graff.store.contexts.refuse_compaction, id)
                self.notify("It is not compacted at the next turn.", markup=False)
        return None
