"""Commands that find: in every conversation, and in the open one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from textual.widget import Widget

    from grafftui.history import Conversation
    from grafftui.history.search import Hit
    from grafftui.ui.screens.search import Searched
    from grafftui.ui.transcript.finding import TranscriptFinding
    from grafftui.ui.widgets.find_bar import FindBar


class SessionFinding(SessionReading):
    """Actions `command_…` of these commands."""

    _found_from: Widget | None = None
    _searched = ""

    async def open_row(self, row: Conversation, entry: int | None = None) -> None:
        """Put a conversation on screen, at its end or at the entry with that ordinal."""
        raise NotImplementedError

    # -- in every conversation -------------------------------------------------------------

    def action_command_search(self) -> None:
        """Search in all conversations, beginning with what was searched last."""
        self._search(self._searched, typed_over=True)

    def action_command_touched(self) -> None:
        """Search for the conversations in which a file was read or changed."""
        self._search("file:", typed_over=False)

    def _search(self, text: str, *, typed_over: bool) -> None:
        from grafftui.ui.screens.search import SearchScreen

        graff, reader = self.desk.graff, self.desk.reader
        if graff is None or reader is None or self.regions is None:
            return

        def searched(what: Searched | None) -> None:
            if what is not None:
                self._searched = what.text
                if what.hit is not None:
                    self.run_worker(self._open_hit(what.hit), group="hit", exclusive=True)

        screen = SearchScreen(reader, graff.store, text, typed_over=typed_over)
        self.app.push_screen(screen, searched)

    async def _open_hit(self, hit: Hit) -> None:
        """Open a conversation at the very entry that was found, where it says so."""
        assert self.regions is not None
        await self.open_row(hit.conversation, hit.entry)
        transcript = self.regions.transcript
        transcript.focus()
        found = next((text for text, marked in hit.snippet if marked), "")
        transcript.find(found, entry=hit.entry)
        if self.desk.elsewhere:
            self.notify(self.desk.way_there, markup=False)

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

    async def on_transcript_finding_found(self, event: TranscriptFinding.Found) -> None:
        """How many there are. The line comes by itself only to show what stands in the entry."""
        if self.regions is None:
            return
        transcript = self.regions.transcript
        finding = transcript.finding
        if finding is not None and finding.only_there and not self._bar_is_open:
            if finding.current is not None:
                (await self._find_bar()).load(finding.needle.text)
            elif finding.complete:
                transcript.end_finding()
        if self._bar_is_open:
            (await self._find_bar()).say(event.words)

    @property
    def _bar_is_open(self) -> bool:
        return any(bar.display for bar in self.query("FindBar"))

    def on_transcript_finding_ended(self) -> None:
        """Take the line away, and the focus back to where it came from."""
        for bar in self.query("FindBar"):
            if bar.has_focus_within:
                (self._found_from or self.composer).focus()
            bar.display = False
