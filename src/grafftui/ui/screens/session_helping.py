"""Commands that have a model write something short: a commit's message, a shell command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from grafftui.errors import GrafftuiError
from grafftui.ui.screens.session_prompts import SessionPrompts

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.core.committing import ProposedCommit

_MANY: Final = 10_000


class SessionHelping(SessionPrompts):
    """Actions `command_commit`, `command_commit_preview` and `command_suggest`."""

    def action_command_commit(self, guidance: str = "") -> None:
        """Propose a commit; make it if the person says yes."""
        self.run_worker(self._commit(guidance), group="picker", exclusive=True)

    def action_command_commit_preview(self, guidance: str = "") -> None:
        """Show what a commit would be."""
        self.run_worker(self._preview_commit(guidance), group="picker", exclusive=True)

    def action_command_suggest(self, description: str = "") -> None:
        """Put a command that does what is described into the composer."""
        self.run_worker(self._suggest(description), group="picker", exclusive=True)

    async def _commit(self, guidance: str) -> None:
        from grafftui.ui.screens.commit import CommitScreen

        graff = self.desk.graff
        if graff is None:
            return
        if self.desk.current.running:
            self.notify("A turn runs here: commit when it is over.", markup=False)
            return
        proposed = await self._ask_for_commit(graff, guidance)
        if proposed is None:
            return
        message = await self.app.push_screen_wait(CommitScreen(proposed))
        if message is None:
            return
        try:
            command = await asyncio.to_thread(graff.commit_command, proposed, message)
        except GrafftuiError as error:
            self._say_why(error)
        else:
            self.desk.send(f"!{command}")

    async def _preview_commit(self, guidance: str) -> None:
        from grafftui.ui.screens.commit import files, heading
        from grafftui.ui.screens.whole_text import WholeText

        graff = self.desk.graff
        proposed = await self._ask_for_commit(graff, guidance) if graff is not None else None
        if proposed is not None:
            text = "\n".join([proposed.message, "", *files(proposed, _MANY)])
            self.app.push_screen(WholeText(heading(proposed), text))

    async def _ask_for_commit(self, graff: Graff, guidance: str) -> ProposedCommit | None:
        self.notify("A model reads what has changed…", timeout=2, markup=False)
        current = self.desk.current
        try:
            return await asyncio.to_thread(
                graff.propose_commit,
                guidance,
                conversation_id=current.id,
                provider=current.provider or None,
                model=current.model or None,
            )
        except GrafftuiError as error:
            self._say_why(error)
            return None

    async def _suggest(self, description: str) -> None:
        from grafftui.ui.screens.text_prompt import TextPrompt

        graff, current = self.desk.graff, self.desk.current
        if graff is None:
            return
        if not description:
            question = TextPrompt("What is the command to do?")
            written = await self.app.push_screen_wait(question)
            description = (written or "").strip()
        if not description:
            return
        self.notify("A model is asked for a command…", timeout=2, markup=False)
        try:
            command = await asyncio.to_thread(
                graff.suggest_command,
                description,
                conversation_id=current.id,
                provider=current.provider or None,
                model=current.model or None,
            )
        except GrafftuiError as error:
            self._say_why(error)
            return
        await self.put_away()
        self.composer.load(f"!{command}")
        self.composer.focus()

    def _say_why(self, error: GrafftuiError) -> None:
        words = f"{error} — {error.hint}" if error.hint else str(error)
        self.notify(words, severity="error", markup=False)
