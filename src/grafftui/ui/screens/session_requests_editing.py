"""Edits that the person changes before saying yes: one hunk here, or the file in an editor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from grafftui.errors import GrafftuiError

if TYPE_CHECKING:
    from textual.screen import Screen

    from grafftui.ui.desk import Desk
    from grafftui.ui.widgets.approval.hunks import Hunk
    from grafftui.ui.widgets.approval.open_request import OpenRequest
    from grafftui.ui.widgets.approval_panel import ApprovalPanel

    _Screen = Screen[Any]
else:
    _Screen = object


class SessionEditing(_Screen):
    """Handles what the approval panel wants edited."""

    desk: Desk

    def on_approval_panel_edit_wanted(self, event: ApprovalPanel.EditWanted) -> None:
        """In a small editor, or in the person's own."""
        hunk = event.view.current
        if hunk is None:
            self.notify("This edit is made whole or not at all.", markup=False)
        elif event.whole_file:
            self.run_worker(self._edit_file(event, hunk.path), group="picker", exclusive=True)
        else:
            self._edit_hunk(event, hunk)

    def _edit_hunk(self, event: ApprovalPanel.EditWanted, hunk: Hunk) -> None:
        from grafftui.ui.widgets.approval.hunk_editor import HunkEditor, can_be_written

        if not can_be_written(hunk.new_lines):
            words = (
                "This hunk has characters that cannot be typed: E opens the file in your editor."
            )
            self.notify(words, severity="warning", markup=False)
            return

        def written(lines: tuple[str, ...] | None) -> None:
            if lines is not None:
                hunk.keep = True
                hunk.lines = None if lines == hunk.side("+") else lines
                event.panel.changed(event.view)

        self.app.push_screen(HunkEditor(hunk), written)

    async def _edit_file(self, event: ApprovalPanel.EditWanted, path: str) -> None:
        from grafftui.ui.widgets.approval.external import NoEditorError, edit_in_terminal

        edits = event.asked.edits
        assert edits is not None
        try:
            proposed = await self._proposed(event.asked, path)
            before = edits.contents.get(path, proposed)
            after = edit_in_terminal(self.app, path, before)
        except (GrafftuiError, NoEditorError) as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if after != before:
            edits.rewrite(path, proposed, after)
            event.panel.changed(event.view)

    async def _proposed(self, asked: OpenRequest, path: str) -> str:
        graff = self.desk.graff
        assert graff is not None
        return await asyncio.to_thread(graff.proposed_text, asked.pending.request_id, path)
