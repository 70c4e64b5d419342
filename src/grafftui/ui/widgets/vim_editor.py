"""A draft that can be edited with vim's keys, for those who want them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from grafftui.ui.widgets.draft_editor import DraftEditor

if TYPE_CHECKING:
    from grafftui.ui.composing.vim import Vim


class VimEditor(DraftEditor):
    """In normal mode characters are commands; all other keys stay as they are.

    Attributes:
        vim: The mode and what belongs to it; None while these keys are off.
    """

    vim: Vim | None = None

    @dataclass
    class ModeChanged(Message, namespace="composer"):
        """It is in `mode` now: "insert", "normal", or "" where there are no modes."""

        mode: str

    def use_vim(self, on: bool) -> None:
        """Turn vim's keys on or off."""
        if on is (self.vim is not None):
            return
        from grafftui.ui.composing.vim import Vim

        self.vim = Vim(self.draft) if on else None
        self._tell_mode()

    def typed(self, character: str) -> None:
        """Write it, or do what it means; "/", "!" and "@" begin an empty prompt in any mode."""
        vim = self.vim
        if vim is not None and vim.mode == "normal":
            if not (self.is_empty and character in "/!@"):
                self._command(vim, character)
                return
            self._insert(vim)
        super().typed(character)

    def to_normal(self) -> bool:
        """Esc: from inserting to commands, or out of a command. False when that changes nothing."""
        vim = self.vim
        if vim is None or (vim.mode == "normal" and not vim.is_pending):
            return False
        vim.to_normal()
        self.moved()
        self._tell_mode()
        return True

    def forget(self) -> None:
        """Empty it for the next prompt, which begins in insert mode."""
        if self.vim is not None:
            self._insert(self.vim)
        super().forget()

    def action_row(self, rows: int, select: bool = False) -> None:
        """A row up or down."""
        self.step(rows, select=select)

    def _command(self, vim: Vim, character: str) -> None:
        outcome = vim.press(character)
        if outcome == "undo":
            self.action_undo()
        elif outcome in ("up", "down"):
            self.action_row(-1 if outcome == "up" else 1)
        elif outcome == "edited":
            self.changed()
        elif outcome == "moved":
            self.moved()
        if vim.mode == "insert":
            self._tell_mode()

    def _insert(self, vim: Vim) -> None:
        before = vim.mode
        vim.to_insert()
        if before != "insert":
            self._tell_mode()

    def _tell_mode(self) -> None:
        self.post_message(self.ModeChanged(self.vim.mode if self.vim is not None else ""))
