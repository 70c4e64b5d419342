"""Commands about tokens and money."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from grafftui.errors import GrafftuiError
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from textual.worker import WorkType

    from grafftui.core import Graff
    from grafftui.core.budgets import Limit
    from grafftui.ui.live import LiveConversation


class SessionCosts(SessionReading):
    """Actions `command_…` of these commands."""

    def show_in_panel(self, conversation: LiveConversation) -> None:
        """Part of `SessionPanel`."""
        raise NotImplementedError

    def show_spent(self) -> None:
        """Draw what the conversation on screen and the day have cost, once no turn runs."""
        current = self.desk.current
        if self.desk.reader is not None and current.id is not None and not current.running:
            # Not a coroutine yet: the next one may come before this one begins
            work: WorkType[None] = partial(self._show_spent, current, current.id)
            self.run_worker(work, group="spent", exclusive=True)

    async def _show_spent(self, conversation: LiveConversation, id: str) -> None:
        graff, reader = self.desk.graff, self.desk.reader
        if graff is None or reader is None:
            return
        try:
            day = await asyncio.to_thread(graff.store.ledger.today)
            here, today = await reader.costs.spent_in(id), await reader.costs.spent_on(day)
        except GrafftuiError:
            return  # said by whatever else cannot be read
        usage = conversation.usage
        usage.conversation_cost, usage.day_cost = here.dollars or None, today.dollars or None
        if conversation is self.desk.current:
            self.show_in_panel(conversation)

    def action_command_usage(self) -> None:
        """What was spent, by day, model, project, turn and tool."""
        from grafftui.ui.screens.usage import UsageScreen
        from grafftui.ui.usage_report import read_usage

        graff, reader = self.desk.graff, self.desk.reader
        if graff is not None and reader is not None:
            conversation_id = self.desk.current.id
            self.app.push_screen(UsageScreen(lambda: read_usage(graff, reader, conversation_id)))

    def action_command_context(self) -> None:
        """What fills the context of the conversation on screen."""
        from grafftui.ui.screens.context import ContextScreen

        graff, conversation_id = self.desk.graff, self.desk.current.id
        if graff is None or conversation_id is None:
            self.notify("Nothing was said here yet.", markup=False)
            return
        if not self.allows("context"):
            return
        self.app.push_screen(ContextScreen(lambda: graff.context_breakdown(conversation_id)))

    # -- budgets ---------------------------------------------------------------------------

    def action_command_budget(self) -> None:
        """Pick a budget, and say how much it is to be."""
        if self.desk.graff is not None:
            self.run_worker(self._change_budget(self.desk.graff), group="picker", exclusive=True)

    async def _change_budget(self, graff: Graff) -> None:
        from grafftui.ui.screens.picker import Picker, Row
        from grafftui.ui.screens.text_prompt import TextPrompt

        conversation_id = self.desk.current.id
        try:
            limits = await asyncio.to_thread(graff.budget_limits, conversation_id)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        rows = [Row(str(at), _title(limit), _state(limit)) for at, limit in enumerate(limits)]
        chosen = await self.app.push_screen_wait(Picker("Budget", rows))
        if chosen is None:
            return
        limit = limits[int(chosen)]
        written = await self.app.push_screen_wait(TextPrompt(_question(limit), ""))
        if written is None or not written.strip():
            return
        try:
            amount = float(written.strip().lstrip("$").replace(",", ""))
            await asyncio.to_thread(
                graff.set_budget, conversation_id, limit.reach, limit.unit, amount
            )
        except ValueError as error:
            words = str(error) if isinstance(error, GrafftuiError) else f"{written} is no number."
            self.notify(words, severity="error", markup=False)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"{_title(limit)}: up to {limit.said(amount)}.", markup=False)


def _title(limit: Limit) -> str:
    which = "Today" if limit.reach == "day" else "This conversation"
    return f"{which}, in {'tokens' if limit.unit == 'tokens' else 'US dollars'}"


def _state(limit: Limit) -> str:
    most = "no limit" if limit.hard is None else f"of {limit.said(limit.hard)}"
    return f"{limit.said(limit.used)} used, {most}"


def _question(limit: Limit) -> str:
    return f"{_title(limit)} ({_state(limit)}): up to how much?"
