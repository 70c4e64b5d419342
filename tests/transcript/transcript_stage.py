"""A transcript alone on a screen, conversations to put in it, and looking at what it shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from grafftui.entries import Added, Entry, Extended, Updated
from grafftui.events import AgentEvent
from grafftui.turn_fold import TurnFold
from grafftui.ui.styles import style_sheet
from grafftui.ui.transcript import EntryStub, TranscriptView


class TranscriptApp(App[None]):
    """Nothing but a transcript; remembers what it posts."""

    CSS_PATH = style_sheet("transcript.tcss")
    CSS = "TranscriptView { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[Message] = []

    def compose(self) -> ComposeResult:
        yield TranscriptView()

    @property
    def view(self) -> TranscriptView:
        return self.query_one(TranscriptView)

    def _keep(self, message: Message) -> None:
        self.posted.append(message)

    on_transcript_view_unseen_changed = _keep
    on_transcript_view_entry_activated = _keep
    on_transcript_view_copy_requested = _keep
    on_transcript_view_link_clicked = _keep


class Talk:
    """One turn after another, folded into entries and shown."""

    def __init__(self, view: TranscriptView) -> None:
        self.view = view
        self.fold = TurnFold()
        self.at = 1_000.0

    def say(self, *events: AgentEvent) -> None:
        """Apply events, each in a batch of its own."""
        for event in events:
            self.at += 1
            self.view.apply(self.fold.apply(event, self.at))


def shown(view: TranscriptView) -> list[str]:
    """The lines on screen, without what is left of them and without the scroll bar."""
    return [strip.text[2:-1].rstrip() for strip in view.render_lines(view.size.region)]


def gutters(view: TranscriptView) -> list[str]:
    """What stands left of each line on screen."""
    return [strip.text[:2] for strip in view.render_lines(view.size.region)]


def everything(view: TranscriptView) -> list[str]:
    """All rows of the conversation, drawn one after the other: what scrolling should show."""
    document = view._document
    rows: list[str] = []
    for number in range(len(document)):
        block = document.cut(number)
        assert block is not None
        for index in range(len(block.chunks)):
            layout = document.layout(number, index)
            assert layout is not None
            for row in layout.rows:
                strip = view._palette.strip(row, (), document.width)
                rows.append(strip.text.rstrip())
    return rows


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app run until `condition` holds."""
    for _ in range(200):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("never happened")


def history(count: int) -> tuple[list[EntryStub], Callable[[int, int], Awaitable[list[Entry]]]]:
    """Stubs of a long conversation, and what loads it; the text says which entry it is."""

    def entry(number: int) -> Entry:
        kind = ("prompt", "answer", "tool")[number % 3]
        text = f"entry {number}\n\n" + "\n\n".join(f"paragraph {n}" for n in range(number % 7))
        return Entry(kind, text, state="done", started_at=1.0, ended_at=2.0)  # type: ignore[arg-type]

    async def load(first: int, last: int) -> list[Entry]:
        return [entry(number) for number in range(first, last)]

    return [EntryStub.of(entry(number)) for number in range(count)], load


def answer(view: TranscriptView, text: str) -> Entry:
    """Show a finished answer."""
    entry = Entry("answer", text, state="done", started_at=1.0, ended_at=2.0)
    view.apply([Added(entry)])
    return entry


def grow(view: TranscriptView, entry: Entry, text: str) -> None:
    """More of an answer arrives."""
    entry.extend(text)
    view.apply([Extended(entry, text)])


def change(view: TranscriptView, entry: Entry) -> None:
    """Something else about an entry changed."""
    view.apply([Updated(entry)])
