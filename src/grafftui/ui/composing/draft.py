"""The prompt being written: text, cursor, selection, undo, and pasted blocks kept aside."""

from __future__ import annotations

import re
from collections import deque
from typing import Final, Literal

from grafftui.ui.composing.graphemes import graphemes

_FIRST_CHIP: Final = 0xF0000
_CHIP_COUNT: Final = 0xFFFE
_CHIP = re.compile("[\U000f0000-\U000ffffd]")
_WORD_LEFT = re.compile(r"\w+\W*\Z|\W+\Z")
_WORD_RIGHT = re.compile(r"\W*\w+|\W+")
_UNDO_STEPS: Final = 200
_NEARBY: Final = 64
"""Characters looked at around the cursor to find where a grapheme begins or ends."""

Where = Literal["left", "right", "word_left", "word_right", "line_start", "line_end"]


class Draft:
    """The text as it is written, and where in it one is.

    A large paste is one character of the text, a *chip*: drawn as its label, passed by the
    cursor in one step, deleted as a whole, and put back in full by `expanded`. Chips are
    private-use characters, which never get in otherwise (`pasting.clean` removes them).

    Attributes:
        text: What is being written, chips unexpanded, lines ended by "\\n".
        cursor: Index into `text`, 0 to its length.
        anchor: Where the selection began (it ends at the cursor), or None.
    """

    def __init__(self) -> None:
        self.text = ""
        self.cursor = 0
        self.anchor: int | None = None
        self._chips: dict[str, str] = {}
        self._chips_made = 0
        self._undo: deque[tuple[str, int]] = deque(maxlen=_UNDO_STEPS)
        self._redo: list[tuple[str, int]] = []
        self._run = ""

    @property
    def selection(self) -> tuple[int, int]:
        """Start and end of what is selected; equal when nothing is."""
        anchor = self.cursor if self.anchor is None else self.anchor
        return min(anchor, self.cursor), max(anchor, self.cursor)

    # -- chips -----------------------------------------------------------------------------

    def chip(self, text: str) -> str:
        """The character that stands for `text` from now on."""
        character = chr(_FIRST_CHIP + self._chips_made % _CHIP_COUNT)
        self._chips_made += 1
        self._chips[character] = text
        return character

    def expanded(self, text: str) -> str:
        """`text` with every chip replaced by what it stands for."""
        return _CHIP.sub(lambda match: self._chips.get(match[0], ""), text)

    def shown(self, text: str) -> str:
        """`text` as it is drawn: chips as labels, tabs as four spaces."""
        if text.isascii():
            return text.replace("\t", "    ") if "\t" in text else text
        return _CHIP.sub(self._label, text.replace("\t", "    "))

    def _label(self, match: re.Match[str]) -> str:
        return f"[Pasted {len(self._chips.get(match[0], '')):,} characters]"

    # -- editing ---------------------------------------------------------------------------

    def insert(self, text: str, *, typed: bool = False) -> None:
        """Put `text` in place of the selection; a run of typed letters is one undo step."""
        start, end = self.selection
        run = "typed" if typed and start == end and not text.isspace() else ""
        self.replace(start, end, text, run=run)

    def replace(self, start: int, end: int, text: str, *, run: str = "") -> None:
        """Put `text` in place of `start` to `end`; edits of the same `run` undo as one."""
        if start == end and not text:
            return
        if not run or run != self._run:
            self._undo.append((self.text, self.cursor))
        self._redo.clear()
        self._run = run
        self.text = self.text[:start] + text + self.text[end:]
        self.cursor = start + len(text)
        self.anchor = None

    def delete(self, where: Where) -> None:
        """Delete the selection, or from the cursor to `where`."""
        start, end = self.selection
        if start == end:
            there = self.find(where)
            start, end = min(there, self.cursor), max(there, self.cursor)
        if start != end:
            self.replace(start, end, "", run=f"delete {where}")

    def undo(self) -> bool:
        """Take the last step back; False when there is none."""
        return self._step(self._undo, self._redo)

    def redo(self) -> bool:
        """Do again what was undone last; False when there is nothing."""
        return self._step(self._redo, self._undo)

    def _step(
        self,
        source: deque[tuple[str, int]] | list[tuple[str, int]],
        target: deque[tuple[str, int]] | list[tuple[str, int]],
    ) -> bool:
        if not source:
            return False
        target.append((self.text, self.cursor))
        self.text, self.cursor = source.pop()
        self.anchor = None
        self._run = ""
        return True

    def forget(self) -> None:
        """Empty the draft with everything it remembers: undo steps and pasted blocks."""
        self.text, self.cursor, self.anchor, self._run = "", 0, None, ""
        self._chips.clear()
        self._undo.clear()
        self._redo.clear()

    # -- moving ----------------------------------------------------------------------------

    def move(self, index: int, *, select: bool = False) -> None:
        """Put the cursor at `index`; with `select`, what it passes over is selected."""
        if select and self.anchor is None:
            self.anchor = self.cursor
        elif not select:
            self.anchor = None
        self.cursor = max(0, min(index, len(self.text)))
        self._run = ""

    def find(self, where: Where) -> int:
        """The index `where` the cursor would be."""
        text, cursor = self.text, self.cursor
        if where == "left":
            near = max(0, cursor - _NEARBY)
            before = graphemes(text[near:cursor])
            return near + before[-1][0] if before else cursor
        if where == "right":
            after = graphemes(text[cursor : cursor + _NEARBY])
            return cursor + after[0][1] if after else cursor
        if where == "word_left":
            found = _WORD_LEFT.search(text, max(0, cursor - 10 * _NEARBY), cursor)
            return found.start() if found else cursor
        if where == "word_right":
            found = _WORD_RIGHT.match(text, cursor)
            return found.end() if found else cursor
        if where == "line_start":
            return text.rfind("\n", 0, cursor) + 1
        end = text.find("\n", cursor)
        return len(text) if end < 0 else end
