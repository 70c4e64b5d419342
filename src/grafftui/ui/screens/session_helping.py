"""Commands that have a model write something short: a commit's message, a shell command."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypedDict

from grafftui.backends.registry import OURS
from grafftui.cancellation import Cancellation
from grafftui.errors import GrafftuiError
from grafftui.ui.screens.session_prompts import SessionPrompts

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.core.committing import ProposedCommit
    from grafftui.ui.live import LiveConversation

_MANY: Final = 10_000


class ModelChoice(TypedDict):
    """By what the core finds a model."""

    conversation_id: str | None
    provider: str | None
    model: str | None


class SessionHelping(SessionPrompts):
    """Actions `command_commit`, `command_commit_preview` and `command_suggest`."""

    _asking: Cancellation | None = None

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
        current = self.desk.current
        try:
            with self._while_asking("A model reads what has changed…") as signal:
                return await asyncio.to_thread(
                    graff.propose_commit,
                    guidance,
                    **self._whose(current),
                    signal=signal,
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
        try:
            with self._while_asking("A model is asked for a command…") as signal:
                command = await asyncio.to_thread(
                    graff.suggest_command,
                    description,
                    **self._whose(current),
                    signal=signal,
                )
        except GrafftuiError as error:
            self._say_why(error)
            return
        await self.put_away()
        self.composer.load(f"!{command}")
        self.composer.focus()

    def stop_asking(self) -> bool:
        """End what a model is asked beside the turns. False when it is nothing."""
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
        return asking is not None

    @contextmanager
    def _while_asking(self, words: str) -> Iterator[Cancellation]:
        """A model is asked in the block, until it is left, however that happens."""
        self.stop_asking()
        self._asking = signal = Cancellation()
        self.notify(f"{words} Esc stops it.", timeout=2, markup=False)
        try:
            yield signal
        finally:
            signal.cancel()
            if self._asking is signal:
                self._asking = None

    def _whose(self, current: LiveConversation) -> ModelChoice:
        """Whose model writes it: the conversation's, if our own core has that."""
        if current.backend != OURS:
            return {"conversation_id": None, "provider": None, "model": None}
        return {
            "conversation_id": current.id,
            "provider": current.provider or None,
            "model": current.model or None,
        }

    def _say_why(self, error: GrafftuiError) -> None:
        words = f"{error} — {error.hint}" if error.hint else str(error)
        self.notify(words, severity="error", markup=False)
