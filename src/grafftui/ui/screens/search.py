"""Search in everything that was ever said, in every folder: results as it is typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from grafftui.errors import GrafftuiError
from grafftui.history.saved_searches import SavedSearch
from grafftui.text import one_line
from grafftui.ui.screens.text_prompt import TextPrompt
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.hit_list import HitList
from grafftui.ui.widgets.line_input import LineInput
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.history import Store
    from grafftui.history.reader import Reader
    from grafftui.history.search import Hit, Query

PAGE: Final = 50
_PAUSE: Final = 0.06
"""Seconds after a key in which another one makes a search needless."""
_INDEXED_AGAIN: Final = 1.0
"""Seconds until it is looked again how far indexing is."""
_HINT: Final = "words, or project: backend: agent: model: tool: file: is:error before: after:"
_KEYS: Final = "enter open   ctrl+s save this search   esc back"
_SAVED_KEYS: Final = "enter search   del remove   esc back"


@dataclass(frozen=True, slots=True)
class Searched:
    """What came of it: the hit to open, if any, and what was searched last."""

    hit: Hit | None
    text: str


class SearchScreen(Screen[Searched]):
    """Asks `reader` what a line means.

    Args:
        reader: Finds.
        store: Has the searches that are saved under a name.
        text: What the line begins with.
        typed_over: Whether what is typed replaces that.
    """

    CSS_PATH = [style_sheet("transcript.tcss"), style_sheet("search.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="search.close"),
        Binding("up,ctrl+p", "move(-1)", "Up", show=False, id="search.up"),
        Binding("down,ctrl+n", "move(1)", "Down", show=False, id="search.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="search.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="search.page_down"),
        Binding("ctrl+s", "save", "Save this search", id="search.save"),
        Binding("delete", "remove", "Remove it", priority=True, id="search.remove"),
    ]

    def __init__(self, reader: Reader, store: Store, text: str, *, typed_over: bool) -> None:
        super().__init__()
        self._reader = reader
        self._store = store
        self._text = text
        self._typed_over = typed_over
        self._wanted: Query | None = None
        self._answered: Query | None = None
        self._searching = False
        self._more = False
        self._open_first = False
        self._unindexed = 0
        self._problem = ""

    def compose(self) -> ComposeResult:
        """The line, what is wrong with it or how many there are, what was found, the keys."""
        yield Static(Content("Search all conversations"), id="title")
        yield LineInput(self._text, placeholder=_HINT)
        yield Static(id="said")
        yield HitList()
        yield Static(Content(_KEYS), id="keys")

    def on_mount(self) -> None:
        """What it begins with is looked for at once."""
        line = self.query_one(LineInput)
        line.focus()
        line.cursor_position = len(self._text)
        if self._typed_over:
            line.select_all()
        self._line_changed(self._text)
        self.run_worker(self._watch_indexing())

    @property
    def _hits(self) -> HitList:
        return self.query_one(HitList)

    def _say(self, words: str, style: str = "$text-muted") -> None:
        self.query_one("#said", Static).update(Content.styled(one_line(words, 400), style))

    # -- typing ----------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as it is typed."""
        event.stop()
        if event.value != self._text:
            self._line_changed(event.value)

    def _line_changed(self, text: str) -> None:
        from grafftui.history.search import parse_query

        self._text = text
        self._open_first = False
        self.query_one("#keys", Static).update(Content(_KEYS if text.strip() else _SAVED_KEYS))
        self._wanted = None
        if not text.strip():
            self.run_worker(self._list_saved(), group="saved", exclusive=True)
            return
        try:
            self._wanted = parse_query(text)
        except GrafftuiError as error:
            self._hits.grow_old()
            self._say(_sentence(error), "$text-warning")
            return
        self._hits.grow_old()
        if not self._searching:
            self._searching = True
            self.run_worker(self._search_until_answered(), group="search")

    # -- searching -------------------------------------------------------------------------

    async def _search_until_answered(self) -> None:
        """One search at a time, and always for the latest line: what is no longer wanted when
        it comes is dropped."""
        try:
            while (query := self._wanted) is not None and query is not self._answered:
                await asyncio.sleep(_PAUSE)
                if query is self._wanted:
                    await self._answer(query)
        finally:
            self._searching = False

    async def _answer(self, query: Query, after: Hit | None = None) -> None:
        """Show what is found, or with `after` the page that follows that hit."""
        before = None if after is None else after.entry_id
        self._problem = ""
        hits: list[Hit] = []
        try:
            hits = await self._reader.search(query, limit=PAGE, before=before)
        except GrafftuiError as error:
            self._problem = _sentence(error)
        if query is not self._wanted:
            return
        self._answered = query
        self._more = len(hits) == PAGE
        if after is None:
            self._hits.show(hits)
        else:
            self._hits.add(hits)
        self._say_what_came()
        if self._open_first:
            self._open_first = False
            self._hits.action_select()

    def on_hit_list_near_end(self) -> None:
        """Read on before the last row is seen."""
        if self._more and not self._searching and self._answered is self._wanted:
            self._searching = True
            self.run_worker(self._read_on(), group="search")

    async def _read_on(self) -> None:
        last = self._hits.rows[-1]
        if self._answered is not None and not isinstance(last, SavedSearch):
            await self._answer(self._answered, last)
        await self._search_until_answered()  # of what was typed meanwhile

    def _say_what_came(self) -> None:
        if self._problem:
            self._say(self._problem, "$text-error")
            return
        count = len(self._hits.rows)
        words = f"{count:,}{'+' if self._more else ''} found" if count else "nothing found"
        if self._unindexed:
            words += f"; {self._unindexed:,} entries are not searched yet: they are being indexed"
        self._say(words)

    async def _watch_indexing(self) -> None:
        """Say what is not in the index yet, for as long as there is anything."""
        while True:
            try:
                self._unindexed = await asyncio.to_thread(lambda: self._store.search_index.waiting)
            except GrafftuiError:
                return  # the searches say so
            if self._answered is not None and self._answered is self._wanted:
                self._say_what_came()
            if not self._unindexed:
                return
            await asyncio.sleep(_INDEXED_AGAIN)

    # -- choosing --------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the row under the cursor, or the first of what is still being found."""
        event.stop()
        if not self._hits.is_old:
            self._hits.action_select()
        elif self._wanted is not None:
            self._open_first = True

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """Enter or a click: open it there, or search for it."""
        event.stop()
        if isinstance(event.row, SavedSearch):
            line = self.query_one(LineInput)
            line.value = event.row.query
            line.cursor_position = len(line.value)
        elif not self._hits.is_old:
            self.dismiss(Searched(event.row, self._text))

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._hits.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._hits.action_page(pages)

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(Searched(None, self._text))

    # -- saved searches --------------------------------------------------------------------

    async def _list_saved(self) -> None:
        try:
            saved = await asyncio.to_thread(self._store.saved_searches.list)
        except GrafftuiError as error:
            self._say(_sentence(error), "$text-error")
            return
        if self._text.strip():
            return
        self._answered = None
        self._more = False
        self._hits.show(saved)
        self._say("Saved searches" if saved else "Every word of every conversation is searched.")

    def action_save(self) -> None:
        """Ask for a name, and save what is searched under it."""
        text = self._text.strip()
        if self._wanted is None:
            self.notify("There is no search here to save.", markup=False)
            return

        async def named(name: str | None) -> None:
            if name and name.strip():
                await self._in_store(self._store.saved_searches.save, name.strip(), text)

        self.app.push_screen(TextPrompt("A name for this search", text), named)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Del deletes characters of the line, if it has any."""
        if action == "remove":
            return not self._text and isinstance(self._hits.highlighted, SavedSearch)
        return super().check_action(action, parameters)

    async def action_remove(self) -> None:
        """Remove the saved search under the cursor."""
        row = self._hits.highlighted
        if isinstance(row, SavedSearch):
            await self._in_store(self._store.saved_searches.remove, row.name)
            await self._list_saved()

    async def _in_store(self, do: Callable[..., object], *arguments: str) -> None:
        try:
            await asyncio.to_thread(do, *arguments)
        except GrafftuiError as error:
            self.notify(_sentence(error), severity="error", markup=False)


def _sentence(error: GrafftuiError) -> str:
    return f"{error}: {error.hint}" if error.hint else str(error)
