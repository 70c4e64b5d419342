"""Edits a draft: typing, pasting, moving, deleting, undoing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from textual import events
from textual.actions import SkipAction
from textual.message import Message

from grafftui.ui.composing import pasting
from grafftui.ui.composing.draft import Where
from grafftui.ui.widgets.draft_view import DraftView

_INLINE_LOAD: Final = 10_000
"""Characters of a loaded prompt above which it is drawn as one chip."""

_PASTE_TAIL: Final = 0.15
"""Seconds after a paste in which Enter is still taken for a part of it: text that ends the
bracketed paste early would otherwise send itself."""

_BURST: Final = 0.03
"""Seconds between keys that no person types: they prolong a paste's tail."""

_LINE_ENDS: Final = ("enter", "ctrl+j")


class DraftEditor(DraftView):
    """A draft that can be edited.

    Attributes:
        last_key_at: `time.monotonic()` of the last key or paste; 0 before the first.
    """

    @dataclass
    class PasteRefused(Message, namespace="composer"):
        """A paste of `size` characters would make the prompt longer than `pasting.MAX_PROMPT`."""

        size: int

    class KeyPasted(Message, namespace="composer"):
        """What looks like an API key was pasted; the rest was taken, without it."""

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self.last_key_at = 0.0
        self._paste_ends_at = 0.0

    def settle(self, *, take: bool = True) -> None:
        """Called before every edit: end what is only shown, and `take` it into the draft."""

    def typed(self, character: str) -> None:
        """A character was typed: write it."""
        self.settle()
        self.draft.insert(character, typed=True)
        self.changed(offer=True)

    def changed(self, *, offer: bool = False) -> None:
        """Called after every edit: draw it; `offer` completions if it was by hand."""
        self.edited()

    # -- what the host reads and sets ------------------------------------------------------

    @property
    def text(self) -> str:
        """What is written, a long paste shown as its label."""
        return self.draft.shown(self.draft.text)

    @property
    def prompt_text(self) -> str:
        """What is written, pastes in full: exactly what would be sent."""
        return self.draft.expanded(self.draft.text)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written."""
        return not self.draft.text

    def load(self, text: str) -> None:
        """Write `text` instead of what is there (undo brings that back), cursor at its end."""
        self.settle(take=False)
        self.draft.replace(0, len(self.draft.text), self.loadable(text))
        self.changed()

    def type(self, text: str) -> None:
        """Write `text` at the cursor, as if it had been typed."""
        self.draft.insert(pasting.clean(text))
        self.changed()

    def forget(self) -> None:
        """Empty it for the next prompt; undo steps and pastes are forgotten."""
        self.draft.forget()
        self.changed()

    # -- keys ------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """Characters are written; what another key is bound to here is done at once.

        Left to bubble, a binding is done by the app when later letters are written already:
        Ctrl+U and a prompt that arrive together would end as nothing at all.
        """
        self.last_key_at = event.time
        character = event.character or ""
        if event.time < self._paste_ends_at:
            self._paste_ends_at = max(self._paste_ends_at, event.time + _BURST)
            if event.key in _LINE_ENDS:
                event.stop()
                self.typed("\n")
                return
        if pasting.is_typed(character):
            event.stop()
            event.prevent_default()
            self.typed(character)
        elif await self._do_bound(event.key):
            event.stop()
            event.prevent_default()

    async def _do_bound(self, key: str) -> bool:
        """Whether `key` was bound here and is done; a skipped action is for others."""
        active = self.screen.active_bindings.get(key)
        if active is None or active.node is not self or not active.enabled:
            return False
        return await self.app.run_action(active.binding.action, self)

    def on_paste(self, event: events.Paste) -> None:
        """Write what was pasted; that never sends anything."""
        event.stop()
        event.prevent_default()
        self.last_key_at = event.time
        self._paste_ends_at = time.monotonic() + _PASTE_TAIL
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Write `text` as a paste: cleaned, drawn as its label if long, refused if huge."""
        if len(text) + len(self.prompt_text) > pasting.MAX_PROMPT:
            self.post_message(self.PasteRefused(len(text)))
            return
        text = pasting.clean(text)
        without = pasting.without_keys(text)
        if without != text:
            self.post_message(self.KeyPasted())
        text = without
        self.settle()
        self.draft.insert(self.draft.chip(text) if pasting.is_long(text) else text)
        self.changed()

    # -- actions ---------------------------------------------------------------------------

    def action_newline(self) -> None:
        """A new line at the cursor."""
        self.settle()
        self.draft.insert("\n")
        self.changed()

    def action_go(self, where: Where, select: bool = False) -> None:
        """Move the cursor."""
        self.settle()
        start, end = self.draft.selection
        if start != end and not select and where in ("left", "right"):
            self.draft.move(start if where == "left" else end)
        else:
            self.draft.move(self.draft.find(where), select=select)
        self.moved()

    def action_delete(self, where: Where) -> None:
        """Delete to `where`; in a search, its last letter."""
        self.settle()
        self.draft.delete(where)
        self.changed(offer=True)

    def action_clear(self) -> None:
        """Delete all of it; undo brings it back."""
        self.load("")

    def action_undo(self) -> None:
        """Take back the last edit."""
        self.settle(take=False)
        if self.draft.undo():
            self.changed()

    def action_redo(self) -> None:
        """Do again what was taken back."""
        if self.draft.redo():
            self.changed()

    def action_copy(self) -> None:
        """Copy the selection, pastes in full; the key is the host's when nothing is selected."""
        start, end = self.draft.selection
        if start == end:
            raise SkipAction
        self.app.copy_to_clipboard(self.draft.expanded(self.draft.text[start:end]))

    def action_cut(self) -> None:
        """Copy the selection and delete it."""
        self.action_copy()
        self.draft.insert("")
        self.changed()

    def loadable(self, text: str) -> str:
        """`text` cleaned, and as one chip if it is too long to be edited."""
        text = pasting.clean(text)
        return self.draft.chip(text) if len(text) > _INLINE_LOAD else text
