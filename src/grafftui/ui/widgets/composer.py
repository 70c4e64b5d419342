"""Where prompts are written: several lines, paste-safe, with history, and cheap per key.

Its own small widget instead of a `TextArea`: a key repaints the rows it changed, nothing is
laid out unless the number of rows changes, and it loads in a fraction of the time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from textual.actions import SkipAction
from textual.binding import BindingType
from textual.message import Message

from grafftui.ui.composing import pasting
from grafftui.ui.composing.draft import Where
from grafftui.ui.composing.recall import Search, Walk
from grafftui.ui.widgets.composer_keys import KEYS
from grafftui.ui.widgets.vim_editor import VimEditor

_COMMAND = re.compile(r"/([^\s/]*)\Z")
_FILE = re.compile(r"(?<!\S)@([^\s@]*)\Z")
_LONGEST_NAME: Final = 4_096


class Popup(Protocol):
    """A list of completions that the composer steers while it keeps the focus."""

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose from."""
        ...

    @property
    def query_text(self) -> str:
        """What it is about: the name as it was written when it was shown."""
        ...

    def move(self, rows: int) -> None:
        """Highlight another row."""
        ...

    def choose(self) -> None:
        """Take the highlighted row."""
        ...

    def close(self) -> None:
        """Show nothing."""
        ...


class Composer(VimEditor):
    """The prompt being written. Esc goes on to the host when nothing of its own is open.

    Args:
        prompt: Three cells before the first row.
        shell_prompt: The same while the text begins with "!" (and the class is `-shell`).
        placeholder: Drawn while nothing is written.

    Attributes:
        history: Earlier prompts, newest first; the host sets it when it has them.
        elsewhere: Those of other projects, which are only searched.
        popup: Gets up, down, Tab, Enter and Esc while it is open.
    """

    BINDINGS: ClassVar[list[BindingType]] = KEYS

    @dataclass
    class Submitted(Message):
        """Send `text`; with `shell` it is a command of the person's own, the "!" taken off."""

        text: str
        shell: bool

    class Edited(Message):
        """Something else is written than before."""

    @dataclass
    class CommandTyped(Message):
        """A command is being written; `prefix` is what follows the "/"."""

        prefix: str

    @dataclass
    class FileTyped(Message):
        """A file is being named; `prefix` is what follows the "@"."""

        prefix: str

    class StashWanted(Message):
        """It is to be put away; where nothing is written, what was put away is wanted."""

    class EditorWanted(Message):
        """It is to be written in the person's own editor."""

    class PictureWanted(Message):
        """The picture on the clipboard is to be attached."""

    @dataclass
    class PicturePasted(Message):
        """What was pasted, `text`, may be the path of a picture."""

        text: str

    def __init__(
        self,
        *,
        prompt: str = " › ",
        shell_prompt: str = " ! ",
        placeholder: str = "",
        id: str | None = None,
    ) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self.history: Sequence[str] = ()
        self.elsewhere: Sequence[str] = ()
        self.popup: Popup | None = None
        self._prompts = prompt, shell_prompt
        self._hint = placeholder
        self._suggestion = ""
        self.prompt = prompt
        self._walk: Walk | None = None
        self._search: Search | None = None
        self._token = -1
        self.name_written: str | None = None
        self._dismissed = -1
        self._before_search = "", 0

    # -- what the host reads and sets ------------------------------------------------------

    @property
    def suggestion(self) -> str:
        """What Enter sends once while nothing is written; "" for nothing."""
        return self._suggestion

    @suggestion.setter
    def suggestion(self, text: str) -> None:
        self._suggestion = text
        self.placeholder = f"{text}  ↵" if text else self._hint
        self.refresh()

    def complete(self, value: str) -> None:
        """Write `value` and a space in place of the command or file name being written."""
        if self._token >= 0:
            self.draft.replace(self._token, self.draft.cursor, f"{pasting.clean(value)} ")
            self.changed()

    def swap(self, written: str, other: str) -> None:
        """Write `other` in place of the last `written`, if that stands there still."""
        at = self.draft.text.rfind(written)
        if at >= 0:
            self.draft.replace(at, at + len(written), other)
            self.changed()

    def paste(self, text: str) -> None:
        """Write `text` as a paste, and say so if it may be a picture's path."""
        super().paste(text)
        if pasting.picture_path(text):
            self.post_message(self.PicturePasted(pasting.clean(text)))

    # -- keys ------------------------------------------------------------------------------

    def typed(self, character: str) -> None:
        """Write a character, into the search if there is one."""
        if self._search:
            self._look_for(self._search.query + character)
        else:
            super().typed(character)

    def action_delete(self, where: Where) -> None:
        """Delete to `where`; in a search, its last letter."""
        if self._search and where == "left":
            self._look_for(self._search.query[:-1])
        else:
            super().action_delete(where)

    def action_send(self) -> None:
        """Take the search's or the completions' choice if one is open, else send.

        Completions may be a key behind: a command is then taken as it is written, and what
        names a file is not sent yet.
        """
        if self._search:
            self.settle()
        elif popup := self._popup_if_open():
            popup.choose()
        elif self._is_behind() and not self.draft.text.startswith("/"):
            self._close_popup()
        else:
            self._close_popup()
            text = self.prompt_text
            if self.is_empty:
                text, self.suggestion = self.suggestion, ""
            shell = text.startswith("!")
            text = text[1:] if shell else text
            if text.strip():
                self.forget()  # now: what is typed next belongs to the next prompt
                self.post_message(self.Submitted(text, shell))

    def action_stash(self) -> None:
        """Put it away, or bring back what was: after all that was typed before."""
        self.settle()
        self.post_message(self.StashWanted())

    def action_edit(self) -> None:
        """Write it in the person's own editor."""
        self.settle()
        self.post_message(self.EditorWanted())

    def action_picture(self) -> None:
        """Attach the picture on the clipboard."""
        self.settle()
        self.post_message(self.PictureWanted())

    def action_complete(self) -> None:
        """Take the highlighted completion, or write the suggestion, to be changed."""
        if self.popup is None or not self.popup.is_open:
            if not (self.suggestion and self.is_empty):
                raise SkipAction
            self.load(self.suggestion)
            return
        if not self._is_behind():  # else what it would take is not what is seen to be meant
            self.popup.choose()

    def action_dismiss(self) -> None:
        """Close what is open, leave insert mode; Esc is the host's when there is neither."""
        if self._search:
            self.settle(take=False)
        elif self.popup is not None and self.popup.is_open:
            self._dismissed = self._token
            self.popup.close()
        elif not self.to_normal():
            raise SkipAction

    def action_row(self, rows: int, select: bool = False) -> None:
        """A row up or down; past the first or last, an earlier or later prompt."""
        if self._search:
            if rows < 0:
                self.action_search()
        elif not select and self.popup is not None and self.popup.is_open:
            self.popup.move(rows)
        elif not self.step(rows, select=select) and not select:
            self._recall(rows)

    # -- earlier prompts -------------------------------------------------------------------

    def _recall(self, rows: int) -> None:
        walk = self._walk or Walk(self.history)
        found = walk.older(self.draft.text) if rows < 0 else walk.newer()
        if found is None:
            return
        text = found if walk.is_back else self.loadable(found)
        self.draft.replace(0, len(self.draft.text), text)
        self.changed()
        if rows < 0:
            self.to_first_row()  # so that the next step up goes further back
        self._walk = walk

    def action_search(self) -> None:
        """Begin to search earlier prompts; while searching, look further back."""
        if self._search:
            self._search.older()
        else:
            self._close_popup()
            self._search = Search([*self.history, *self.elsewhere])
            self._before_search = self.draft.text, self.draft.cursor
        self._show_search()

    def _look_for(self, query: str) -> None:
        if self._search:
            self._search.ask(query)
            self._show_search()

    def _show_search(self) -> None:
        if self._search:
            found = self._search.found
            missed = self._search.query and not found
            self.banner = f" search: {self._search.query}▏{'  nothing found' if missed else ''}"
            self._show_only(self.loadable(found))
            self.refresh()

    def settle(self, *, take: bool = True) -> None:
        """Back to the draft, with what was found if `take`."""
        if not self._search:
            return
        found, self._search, self.banner = self._search.found, None, ""
        text, cursor = self._before_search
        self._show_only(text, cursor)
        if take and found:
            self.load(found)

    def _show_only(self, text: str, cursor: int | None = None) -> None:
        """Draw `text` without it becoming an edit."""
        self.draft.text = text
        self.draft.move(len(text) if cursor is None else cursor)
        self.edited()

    # -- completions -----------------------------------------------------------------------

    def changed(self, *, offer: bool = False) -> None:
        """The draft was edited: draw it; `offer` completions if it was by hand."""
        self._walk = None
        self.post_message(self.Edited())
        shell = self.draft.text.startswith("!")
        if shell is not self.has_class("-shell"):
            self.set_class(shell, "-shell")
            self.prompt = self._prompts[shell]
            self.refresh()
        self.edited()
        self._watch_token(offer=offer)

    def moved(self) -> None:
        """The cursor moved: draw it; completions are for where it is."""
        super().moved()
        self._watch_token()

    def _watch_token(self, *, offer: bool = False) -> None:
        """Close the completions when the cursor has left the name; `offer` some when in one."""
        text, cursor = self.draft.text, self.draft.cursor
        command = _COMMAND.match(text, 0, cursor)
        found = command or _FILE.search(text, max(0, cursor - _LONGEST_NAME), cursor)
        self._token = found.start() if found else -1
        self.name_written = found[1] if found else None
        if found is None:
            self._dismissed = -1
            self._close_popup()
        elif offer and self._token != self._dismissed:
            kind = self.CommandTyped if command else self.FileTyped
            self.post_message(kind(found[1]))

    def _popup_if_open(self) -> Popup | None:
        """The completions, if they are open and about what is written now, not a key ago."""
        popup = self.popup
        return popup if popup is not None and popup.is_open and not self._is_behind() else None

    def _is_behind(self) -> bool:
        """Whether completions are open, but about what was written before."""
        popup = self.popup
        return popup is not None and popup.is_open and popup.query_text != self.name_written

    def _close_popup(self) -> None:
        if self.popup is not None and self.popup.is_open:
            self.popup.close()
