"""Commands that find: in every conversation, and in the open one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from textual.widget import Widget

    from grafftui.ui.transcript.finding import TranscriptFinding
    from grafftui.ui.widgets.find_bar import FindBar


class SessionFinding(SessionReading):
    """Actions `command_…` of these commands."""

    _found_from: Widget | None = None

    # -- in the open conversation ----------------------------------------------------------

    async def action_command_find(self) -> None:
        """Open the line in which is typed what to find."""
        if self.regions is not None:
            bar = await self._find_bar()
            if not bar.has_focus_within:
                self._found_from = self.focused
            bar.begin()
            bar.line.focus()

    async def _find_bar(self) -> FindBar:
        """The line, mounted when it is needed first."""
        from grafftui.ui.widgets.find_bar import FindBar

        assert self.regions is not None
        transcript = self.regions.transcript
        if not self.query(FindBar):
            assert transcript.parent is not None
            await self.mount(FindBar(), after=transcript)
        return self.query_one(FindBar)

    async def on_transcript_view_find_wanted(self) -> None:
        """`/` in the transcript."""
        await self.action_command_find()

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        """Find as it is typed."""
        if self.regions is not None:
            self.regions.transcript.find(event.text)

    def on_find_bar_step(self, event: FindBar.Step) -> None:
        """Another match; after Enter the transcript has the keys."""
        if self.regions is not None:
            self.regions.transcript.step(event.by)
            if event.entered:
                self.regions.transcript.focus()

    def on_find_bar_closed(self) -> None:
        """Esc."""
        if self.regions is not None:
            self.regions.transcript.end_finding()

    def on_transcript_finding_found(self, event: TranscriptFinding.Found) -> None:
        """How many there are."""
        for bar in self.query("FindBar").results():
            bar.say(event.words)  # type: ignore[attr-defined]

    def on_transcript_finding_ended(self) -> None:
        """Take the line away, and the focus back to where it came from."""
        for bar in self.query("FindBar"):
            if bar.has_focus_within:
                (self._found_from or self.composer).focus()
            bar.display = False
