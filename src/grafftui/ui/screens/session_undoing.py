"""Commands that take back: words, files, or both; and that redo."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from grafftui.errors import GrafftuiError
from grafftui.text import one_line
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.core.undo_plans import Undone, UndoPlan
    from grafftui.ui.live import LiveConversation

T = TypeVar("T")


class SessionUndoing(SessionReading):
    """Actions `command_undo` and `command_redo`."""

    def action_command_undo(self) -> None:
        """Pick a turn, look at what going back would do, do it."""
        self.run_worker(self._undo(), group="undo", exclusive=True)

    def action_command_redo(self) -> None:
        """Look at what taking the last undo back would do, do it."""
        self.run_worker(self._redo(), group="undo", exclusive=True)

    async def _show_current(self, live: LiveConversation) -> None:
        """Draw the conversation anew, as the history has it."""
        raise NotImplementedError

    async def _undo(self) -> None:
        from grafftui.ui.screens.undo import UndoPlanScreen, UndoTurns

        graff, live = self.desk.graff, self.desk.current
        if graff is None or not self._may_go_back(live):
            return
        turns = await self._asked(graff.undo_turns, live.id or "")
        if not turns:
            self.notify("Nothing was done here yet.", markup=False)
            return
        chosen = await self.app.push_screen_wait(UndoTurns(turns))
        if chosen is None:
            return
        plan = await self._asked(graff.undo_plan, live.id or "", chosen)
        if plan is None:
            return
        standing = [turn.id for turn in turns if not turn.rewound]
        may_forget = chosen in standing and self.allows("undo")  # else files go back, words stay
        count = sum(1 for id in standing if id >= chosen) if may_forget else 0
        wanted = await self.app.push_screen_wait(UndoPlanScreen(plan, graff, count))
        if wanted is None:
            return

        def undo() -> Undone:
            return graff.undo(
                plan, files=wanted.files, words=wanted.words, overwrite=wanted.overwrite
            )

        await self._done(plan, live, await self._asked(undo))

    async def _redo(self) -> None:
        from grafftui.ui.screens.undo import UndoPlanScreen

        graff, live = self.desk.graff, self.desk.current
        if graff is None or not self._may_go_back(live):
            return
        plan = await self._asked(graff.redo_plan, live.id or "")
        if plan is None:
            return
        turns = await asyncio.to_thread(_taken_back_by, graff, plan)
        wanted = await self.app.push_screen_wait(UndoPlanScreen(plan, graff, turns))
        if wanted is not None:

            def redo() -> Undone:
                return graff.redo(plan, overwrite=wanted.overwrite)

            await self._done(plan, live, await self._asked(redo))

    def _may_go_back(self, live: LiveConversation) -> bool:
        if live.id is None:
            self.notify("Nothing was done here yet.", markup=False)
        elif live.running:
            self.notify("It is running: interrupt it first (Esc).", markup=False)
        else:
            return True
        return False

    async def _asked(self, question: Callable[..., T], *arguments: object) -> T | None:
        """What the core answers, off the event loop; None, and the reason said, if it cannot."""
        try:
            return await asyncio.to_thread(question, *arguments)
        except GrafftuiError as error:
            words = f"{error} — {error.hint}" if error.hint else str(error)
            self.notify(words, severity="error", markup=False)
            return None

    async def _done(self, plan: UndoPlan, live: LiveConversation, done: Undone | None) -> None:
        """Say what was done, and draw what is different."""
        if done is None:
            return
        self.notify(told(plan, done), markup=False, timeout=10)
        for path, why in list(done.left.items())[:3]:
            words = f"{one_line(path, 60)} was left as it is: {one_line(why, 100)}."
            self.notify(words, severity="warning", markup=False, timeout=10)
        if done.words_left:
            self.notify(f"{done.words_left}.", severity="warning", markup=False, timeout=10)
        if done.turns and live is self.desk.current:
            live.draft = self.composer.prompt_text
            if plan.act == "undo" and not live.draft.strip():
                live.draft = plan.turn.prompt
            live.forget_entries(0)
            await self._show_current(live)


def told(plan: UndoPlan, done: Undone) -> str:
    """What was done, and how it is taken back, in a line."""
    parts = []
    if done.turns:
        turns = f"{done.turns} turn{'s' if done.turns > 1 else ''}"
        parts.append(f"{turns} taken back" if plan.act == "undo" else f"{turns} stand again")
    if done.restored:
        count = len(done.restored)
        which = "before" if plan.act == "undo" else "after"
        files = f"{count:,} file{'s' if count > 1 else ''}"
        parts.append(f"{files} as {which} “{one_line(plan.turn.prompt, 30)}”")
    if not parts:
        return "Nothing was changed."
    undone = plan.act == "undo"
    # Not "/redo": the prompt that was taken back stands in the composer, before what is typed.
    how = "Ctrl+P, redo brings it back" if undone else "Ctrl+P, undo takes it back again"
    return f"{', '.join(parts)}. {how}."


def _taken_back_by(graff: Graff, plan: UndoPlan) -> int:
    """How many turns a redo would let stand again."""
    if not plan.words:
        return 0
    turns = graff.undo_turns(plan.conversation_id)
    return sum(1 for turn in turns if turn.rewound and turn.id >= plan.turn.id)
