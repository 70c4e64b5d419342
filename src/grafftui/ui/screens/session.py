"""The main screen: conversations, transcript, composer, and what waits for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical

from grafftui.errors import GrafftuiError
from grafftui.ui import commands
from grafftui.ui.desk import Desk
from grafftui.ui.frames import PromptFrames
from grafftui.ui.hygiene import EarlyKeys, backlog
from grafftui.ui.live import LiveConversation
from grafftui.ui.places import home_as_tilde
from grafftui.ui.screens.session_agents import SessionAgents
from grafftui.ui.screens.session_backend import first_backend
from grafftui.ui.screens.session_background import SessionBackground
from grafftui.ui.screens.session_commands import SessionCommands
from grafftui.ui.screens.session_compacting import SessionCompacting
from grafftui.ui.screens.session_costs import SessionCosts
from grafftui.ui.screens.session_drafts import SessionDrafts
from grafftui.ui.screens.session_exporting import SessionExporting
from grafftui.ui.screens.session_finding import SessionFinding
from grafftui.ui.screens.session_handing_over import SessionHandingOver
from grafftui.ui.screens.session_helping import SessionHelping
from grafftui.ui.screens.session_knowing import SessionKnowing
from grafftui.ui.screens.session_mcp import SessionMcp
from grafftui.ui.screens.session_ordering import SessionOrdering
from grafftui.ui.screens.session_panel import PANEL_FROM, SessionPanel
from grafftui.ui.screens.session_questions import SessionQuestions
from grafftui.ui.screens.session_sandboxes import SessionSandboxes
from grafftui.ui.screens.session_settings import SessionSettings
from grafftui.ui.screens.session_sub_agents import SessionSubAgents
from grafftui.ui.screens.session_undoing import SessionUndoing
from grafftui.ui.screens.session_writing import SessionWriting
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.composer import Composer
from grafftui.ui.widgets.status_line import StatusLine
from grafftui.ui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from grafftui.entries import Change, Entry
    from grafftui.history import Conversation
    from grafftui.history.reader import Reader
    from grafftui.ui.opening import Opened
    from grafftui.ui.options import Options
    from grafftui.ui.screens.regions import Regions
    from grafftui.ui.transcript import EntryStub

LIST_FROM: Final = 100
"""Columns from which the list is shown unasked."""

_KEYS_FIRST: Final = 0.05
"""Seconds from the first frame until anything else is loaded: keys typed by then come first."""

_AGAIN: Final = (1, 2, 4, 8, 15, 30)
"""Seconds until a history that cannot be opened is tried again; the last for ever."""

_PLACEHOLDER: Final = "Ask, or type / for commands, @ for files, ! for your shell"


class SessionScreen(
    SessionHandingOver,
    SessionPanel,
    SessionCommands,
    SessionHelping,
    SessionKnowing,
    SessionSettings,
    SessionOrdering,
    SessionDrafts,
    SessionFinding,
    SessionCompacting,
    SessionUndoing,
    SessionSubAgents,
    SessionCosts,
    SessionBackground,
    SessionExporting,
    SessionMcp,
    SessionSandboxes,
    SessionWriting,
    SessionQuestions,
    SessionAgents,
    PromptFrames,
):
    """Draws a `Desk` and sends it the person's intents."""

    BINDINGS = [  # noqa: RUF012  (declared by Screen without ClassVar)
        *commands.BINDINGS,
        Binding("escape", "escape", "Interrupt, then clear", show=False, id="escape"),
        Binding("tab", "tab", "To the question, then onwards", show=False, id="tab"),
        Binding("ctrl+c", "say_how_to_quit", "How to quit", show=False, id="say_how_to_quit"),
    ]

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = options
        self.title_line = TitleLine()
        self.left, self.centre, self.right = (
            Vertical(id=name) for name in ("left", "centre", "right")
        )
        self.regions: Regions | None = None
        self.composer = Composer(placeholder=_PLACEHOLDER)
        self.status_line = StatusLine()
        self.desk = Desk(self, self._terminal_backlog)
        self._opened: Opened | None = None
        self._room: tuple[bool, bool] | None = None
        self._showing = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """What a first frame needs; the regions follow. Every widget costs at every layout."""
        self._fold_sides(self.app.size.width)
        self.left.border_title = "Conversations"
        yield self.title_line
        with Horizontal(id="middle"):
            yield self.left
            yield self.centre
            yield self.right
        yield self.composer
        yield self.status_line

    def on_resize(self, event: events.Resize) -> None:
        """The list folds away below 100 columns, the panel below 140."""
        self._fold_sides(event.size.width)

    def _fold_sides(self, width: int) -> None:
        """Show what there is room for; a key shows the others until the next such change."""
        room = width >= LIST_FROM, width >= PANEL_FROM
        if room != self._room:
            self._room = room
            self.left.display, self.right.display = room
            self.look_whether_seen()

    # -- opening and closing ---------------------------------------------------------------

    async def on_mount(self) -> None:
        """The composer takes keys at once; the core comes after the first frame."""
        self.set_focus(self.composer)
        if isinstance(self.app, EarlyKeys):
            await self.app.replay_early_keys()  # so that the first frame has them
        self.title_line.place = home_as_tilde(self.options.cwd or "")
        self.call_after_refresh(self.set_timer, _KEYS_FIRST, self._begin_to_open)

    def _begin_to_open(self) -> None:
        self.run_worker(self._open(), exclusive=True)

    async def _open(self) -> None:
        await self._mount_regions()
        reader = await self._open_history()
        opened = self._opened
        if reader is None or opened is None:
            return
        opened.graff.store.on_unsaved(self._unsaved_from_any_thread)
        opened.graff.says_when_unsaved = False  # the status line does
        opened.graff.titles.on_titled(self._titled_from_any_thread)
        settings = opened.graff.settings
        self.take_defaults(self.desk.current, first_backend(self.options, settings), settings)
        self.desk.open(opened.graff, reader)
        for words in opened.unknown:
            self.notify(words, severity="error", timeout=15, markup=False)
        self.follow_background()
        self._draw_place(opened)
        self.composer.use_vim(opened.graff.settings.vim)
        await self.meet_backend(self.desk.current)
        await self.refresh_list()
        await self._open_asked_for()
        self._draw_conversation()
        await asyncio.to_thread(_warm_up)
        self.drawn.transcript.rerender()
        await self.read_prompts(reader, opened.graff.workspace)
        self.follow_backends()
        self.follow_panel()
        self._offer_tour()

    async def _open_history(self) -> Reader | None:
        """Open the core and what reads its history, again and again: a full disk has room some
        day. None where waiting does not help, which is said."""
        from grafftui.ui.opening import is_worth_waiting_for, open_core

        for pause in chain(_AGAIN, repeat(_AGAIN[-1])):
            try:
                if self._opened is None:
                    answers = self.desk.answers
                    self._opened = await asyncio.to_thread(open_core, self.options, answers)
                from grafftui.history.reader import Reader

                reader = await Reader.open(self._opened.graff.paths)
            except GrafftuiError as error:
                self.status_line.say(f"{error} — {error.hint}" if error.hint else str(error))
                if not is_worth_waiting_for(error):
                    return None
                await asyncio.sleep(pause)
            else:
                self.status_line.say("")
                return reader
        return None

    async def _mount_regions(self) -> None:
        make_regions = await asyncio.to_thread(_import_regions)
        self.app.stylesheet.read(style_sheet("transcript.tcss"))  # parsed when they are mounted
        self.regions = regions = make_regions()
        await self.left.mount(regions.conversations)
        await self.centre.mount(regions.transcript)
        await self.right.mount(regions.side_panel)
        self._draw_conversation()

    @property
    def drawn(self) -> Regions:
        """The regions, for what cannot happen before they are mounted."""
        assert self.regions is not None
        return self.regions

    async def on_unmount(self) -> None:
        """Stop the turns and close the history; everything said is in it."""
        self.desk.stop_showing()
        self.leave_background()
        self.workers.cancel_node(self)  # they read a history that is about to be closed
        await self.keep_draft()
        await self.desk.close()
        if self._opened is not None:
            await asyncio.to_thread(self._opened.cleanup.close)

    def _terminal_backlog(self) -> int:
        """Writes that wait for the terminal; none once the screen has left the app."""
        return backlog(self.app) if self.parent is not None else 0

    def _unsaved_from_any_thread(self, reason: str) -> None:
        words = f"history is not being saved: {reason}" if reason else ""
        self.call_later(self.status_line.say, words)

    def _titled_from_any_thread(self, conversation_id: str, title: str) -> None:
        self.call_later(self.refresh_list)

    async def _open_asked_for(self) -> None:
        wanted, reader, beginning = self.options.conversation, self.desk.reader, self.desk.current
        assert reader is not None and self.desk.graff is not None
        if wanted == "last" or self.options.resume:
            row = next(iter(await reader.list_conversations(self.desk.graff.workspace, 1)), None)
        elif wanted is not None:
            row = await reader.conversation(wanted.lower())
            if row is None:
                words = f"There is no conversation {wanted} here."
                self.notify(words, severity="error", markup=False)
        else:
            row = None
        if row is not None:
            await self.open_row(row)
        else:
            await self._take_up_draft()
        self.desk.release(beginning)

    async def _take_up_draft(self) -> None:
        """Go on with a prompt that was never sent, or have it to go back to."""
        current = self.desk.current
        await self.read_draft(current)
        if current.id is None and self.composer.is_empty:
            self.composer.load(current.draft)
        elif current.draft:
            self.composer.history = [current.draft, *self.composer.history]
        self.on_composer_edited()  # what was typed before there was anything to keep it in

    # -- what the desk tells us ------------------------------------------------------------

    def transcript_changed(self, changes: Sequence[Change]) -> None:
        """Part of `DeskView`."""
        self.drawn.transcript.apply(changes)

    def conversation_changed(self, conversation: LiveConversation) -> None:
        """Part of `DeskView`."""
        if conversation is self.desk.current:
            self._draw_conversation()
            self.learn_account()
        else:
            self._draw_status()
        if not conversation.running:
            self.forget_files()
        self._offer_tour()
        self.unsaid_changed(conversation)
        self.run_worker(self.refresh_list())
        self.run_worker(self._show_waiting())

    def status_changed(self, conversation: LiveConversation) -> None:
        """Part of `DeskView`."""
        if conversation is self.desk.current:
            self.status_line.show(conversation, self.desk.waiting_count)
            self.show_in_panel(conversation)

    def prompt_returned(self, conversation: LiveConversation, prompt: str, why: str = "") -> None:
        """Part of `DeskView`: what could not be sent is back where it was written."""
        if why:
            self.notify(why, severity="warning", markup=False)
        if conversation is self.desk.current and self.composer.is_empty:
            self.composer.load(prompt)
        else:
            conversation.draft = prompt
            self.unsaid_changed(conversation)

    # -- drawing ---------------------------------------------------------------------------

    def _draw_place(self, opened: Opened) -> None:
        place = home_as_tilde(opened.graff.workspace)
        self.title_line.place = f"{place} · {opened.branch}" if opened.branch else place

    def _draw_conversation(self) -> None:
        current = self.desk.current
        self.title_line.partner = self.partner(current)
        self.title_line.elsewhere = home_as_tilde(self.desk.elsewhere)
        self.title_line.origin = home_as_tilde(current.origin)
        self.show_in_panel(current)
        self._draw_status()
        self.show_spent()

    def _draw_status(self) -> None:
        self.status_line.show(self.desk.current, self.desk.waiting_count)

    def conversation_chosen(self) -> None:
        """Part of `SessionCommands`."""
        self._draw_conversation()
        self.look_at_panel()

    # -- conversations ---------------------------------------------------------------------

    async def open_row(self, row: Conversation, entry: int | None = None) -> None:
        """Put a conversation on screen, at its end or at the entry with that ordinal."""
        async with self.opening:  # one after the other: a draft goes with its conversation
            if entry is not None and row.id == self.desk.current.id:
                self.drawn.transcript.point_at(entry)
                return
            await self.keep_draft()
            self.opened_row = row
            if self.desk.graff is not None:
                self.desk.graff.resume_mode(row)
            live = self.desk.switch_to(row)
            live.origin = await self.origin_of(row)
            await self._show_current(live, entry)

    async def open_new(self) -> None:
        """Put an empty conversation on screen."""
        async with self.opening:
            await self.keep_draft()
            self.opened_row = None
            await self._show_current(self.desk.start_new())

    async def _show_current(self, live: LiveConversation, entry: int | None = None) -> None:
        from grafftui.entries import Added
        from grafftui.ui.screens.regions import stub

        view, reader = self.drawn.transcript, self.desk.reader
        stubs: list[EntryStub] = []
        if live.id is not None and reader is not None:
            stubs = [stub(row) for row in await reader.entry_index(live.id)]
            if not live.entries:
                live.base = len(stubs)
            stubs = stubs[: live.base]
            if not live.todos:
                live.todos = await reader.todos(live.id)
            if not live.agents:
                live.agents.recall(await reader.called(live.id))
        await self.read_draft(live)

        async def load(first: int, last: int) -> list[Entry]:
            assert reader is not None and live.id is not None
            return await reader.entries(live.id, first, last)

        view.show(stubs, load)
        view.apply([Added(one) for one in live.entries])
        if entry is not None:
            view.point_at(entry)
        self.composer.load(live.draft)
        self._draw_conversation()
        await self.refresh_list()
        await self._show_waiting()
        await self.meet_backend(live)

    # -- the composer ----------------------------------------------------------------------

    def on_app_focus(self) -> None:
        """Another instance may have said something meanwhile."""
        self.run_worker(self.refresh_list())

    def action_say_how_to_quit(self) -> None:
        """Ctrl+C ends no session by accident."""
        self.notify("Ctrl+Q quits, Esc interrupts.", markup=False)

    def action_escape(self) -> None:
        """Esc: interrupt what runs; else clear the composer; else go back to it."""
        composer = self.composer
        if self.stop_asking() or self.desk.interrupt():
            return
        if composer.has_focus:
            composer.load("")
        composer.focus()

    async def _show_waiting(self) -> None:
        """What waits for the turn, and what in the turn waits for the person."""
        async with self._showing:  # never cut off half-way: a question without its diff
            await self.show_queue()
            await self.show_request()
            await self.show_question()

    # -- the tour --------------------------------------------------------------------------

    def _offer_tour(self) -> None:
        """In the tour the next prompt of the script is suggested while nothing runs."""
        current = self.desk.current
        if not self.options.demo:
            return
        from grafftui.backends.demo import next_prompt

        said = [entry.text for entry in current.entries if entry.kind == "prompt"]
        busy = current.running or current.queue
        self.composer.suggestion = "" if busy else next_prompt(said)


def _import_regions() -> Callable[[], Regions]:
    """On a worker thread, so that keys are taken meanwhile."""
    from grafftui.ui.garbage import imports_unnoticed

    with imports_unnoticed():
        from grafftui.ui.screens.regions import make_regions
    return make_regions


def _warm_up() -> None:
    """Load what the transcript and the first request need, off the event loop."""
    from grafftui.ui.garbage import imports_unnoticed

    with imports_unnoticed():
        from grafftui.ui.transcript import warm_up

        warm_up()
        import grafftui.models.http_model  # noqa: F401
