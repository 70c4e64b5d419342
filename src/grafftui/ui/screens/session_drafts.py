"""What is being written, kept as it is written: it outlives the app, however that ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from grafftui.errors import GrafftuiError
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.ui.live import LiveConversation

_PAUSE: Final = 0.5
"""Seconds from a key to when it is kept, with those after it."""


class SessionDrafts(SessionReading):
    """Keeps the composer's text, and the prompts that wait to be sent.

    All conversations that have not begun share one draft: a new one begins with it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.opening = asyncio.Lock()
        self._kept: dict[str, str] = {}
        self._keeps_soon = False
        self._beginning: LiveConversation | None = None

    def on_composer_edited(self) -> None:
        """Keep it soon."""
        if not self._keeps_soon:
            self._keeps_soon = True
            self.set_timer(_PAUSE, self._keep_what_is_written)

    async def _keep_what_is_written(self) -> None:
        self._keeps_soon = False
        if self.opening.locked():  # what is written may belong to the conversation before
            self.on_composer_edited()
        else:
            self.run_worker(self.keep_draft())

    async def keep_draft(self) -> None:
        """Keep what is written in the conversation on screen."""
        current = self.desk.current
        current.draft = self.composer.prompt_text
        await self._keep(current)

    def unsaid_changed(self, live: LiveConversation) -> None:
        """Its queue may have changed, it may have begun, or its draft not be on screen."""
        if live is self._beginning and live.id is not None:
            self._beginning = None
            self.run_worker(self._write(self._name_of_new, ""))
        name, text = self._of(live)
        if self._kept.get(name, "") != text:
            self.run_worker(self._keep(live))

    async def read_draft(self, live: LiveConversation) -> None:
        """What was being written in a conversation when it was left, if nobody knows by now."""
        reader = self.desk.reader
        if reader is None or live.draft or live.queue:
            return
        name, _ = self._of(live)
        live.draft = self._kept[name] = await reader.draft(name)

    async def _keep(self, live: LiveConversation) -> None:
        name, text = self._of(live)
        if live.id is None:
            self._beginning = live
        if self._kept.get(name, "") != text:
            await self._write(name, text)

    async def _write(self, name: str, text: str) -> None:
        graff = self.desk.graff
        if graff is None:
            return
        self._kept[name] = text
        with suppress(GrafftuiError):  # said already by what waits for the history to be saved
            await asyncio.to_thread(graff.store.save_draft, name, text)

    def _of(self, live: LiveConversation) -> tuple[str, str]:
        """What its draft is kept under, and the draft: all that is not in the history yet."""
        unsaid = filter(None, [*self.desk.unsaid(live), live.draft])
        return live.id or self._name_of_new, "\n\n".join(unsaid)

    @property
    def _name_of_new(self) -> str:
        graff = self.desk.graff
        return f"new in {graff.workspace if graff else ''}"
