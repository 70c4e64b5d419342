"""What the session screen does with what is being read: copying, links, what came below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import events

from grafftui.text import for_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from grafftui.backends.backend import Capability
    from grafftui.entries import Entry, EntryKind
    from grafftui.ui.desk import Desk
    from grafftui.ui.screens.regions import Regions
    from grafftui.ui.transcript import TranscriptView
    from grafftui.ui.widgets.composer import Composer
    from grafftui.ui.widgets.status_line import StatusLine

    _Screen = Screen[None]
else:
    _Screen = object

_MOST_COPIED: Final = 100_000
"""Characters that go to the clipboard (R-45): some terminals drop more, none says so."""

_LOOK_BACK: Final = 200
"""Entries looked through for the last of a kind."""


class SessionReading(_Screen):
    """Handlers of the transcript's messages."""

    desk: Desk
    composer: Composer
    status_line: StatusLine
    regions: Regions | None

    def on_transcript_view_unseen_changed(self, event: TranscriptView.UnseenChanged) -> None:
        """The "new below" mark."""
        self.status_line.below(event.unseen)

    def on_transcript_view_copy_requested(self, event: TranscriptView.CopyRequested) -> None:
        """Copy an entry's source."""
        self.copy(event.text)

    def on_transcript_view_entry_activated(self, event: TranscriptView.EntryActivated) -> None:
        """An entry that waits for a decision leads to its question, a compaction to the ledger."""
        if event.entry.state == "waiting":
            self.call_later(self.run_action, "command_requests")
        elif event.entry.kind == "compaction":
            self.call_later(self.run_action, "command_ledger")

    def on_transcript_view_link_clicked(self, event: TranscriptView.LinkClicked) -> None:
        """Nothing is opened unasked (R-44)."""
        from grafftui.ui.screens.confirm import Confirm

        def open_it(yes: bool | None) -> None:
            if yes:
                self.app.open_url(event.url)

        question = f"Open this address in your browser?\n\n{event.url}"
        self.app.push_screen(Confirm(question, "Open"), open_it)

    def on_key(self, event: events.Key) -> None:
        """Characters typed while the transcript has the focus are for the composer, but for
        those that are keys there: the keys are looked up when nobody has taken the character."""
        reading = self.regions is not None and self.focused is self.regions.transcript
        if not reading or event.key in self.active_bindings:
            return
        if event.is_printable and event.character:
            event.stop()
            self.composer.focus()
            self.composer.type(event.character)

    def allows(self, capability: Capability) -> bool:
        """Whether what answers on screen can do something; says why it cannot."""
        if self.desk.backend is None or self.desk.can(capability):
            return self.desk.backend is not None
        from grafftui.ui.backend_words import why_not

        self.notify(why_not(self.desk.current.backend, capability), markup=False)
        return False

    def copy(self, text: str) -> None:
        """Put `text` on the clipboard, without anything a terminal would act on."""
        safe = for_model(text)
        self.app.copy_to_clipboard(safe[:_MOST_COPIED])
        lines = safe.count("\n") + 1
        words = f"Copied {lines} line{'s' if lines > 1 else ''}."
        if len(safe) > _MOST_COPIED:
            words = f"Copied the first {_MOST_COPIED:,} of {len(safe):,} characters."
        self.notify(words, markup=False)

    async def last_entry(
        self, kind: EntryKind, wanted: Callable[[Entry], bool] = lambda entry: True
    ) -> Entry | None:
        """The conversation's last `wanted` entry of a kind, this process's or the history's."""
        current, reader = self.desk.current, self.desk.reader
        for entry in reversed(current.entries):
            if entry.kind == kind and wanted(entry):
                return entry
        if reader is None or current.id is None:
            return None
        first = max(0, current.base - _LOOK_BACK)
        found = await reader.entries(current.id, first, current.base)
        fitting = (entry for entry in reversed(found) if entry.kind == kind and wanted(entry))
        return next(fitting, None)
