"""Vim's keys over a draft: what is pressed in normal mode, key by key.

The common ones: counts, h l w b e W B E 0 ^ $ gg G f F t T; d c y with those, doubled, and with
iw aw; x X D C Y p P r ~ J u i a I A o O; j k go by the rows that are seen, which is the host's.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from grafftui.ui.composing import motions
from grafftui.ui.composing.draft import Draft

Mode = Literal["insert", "normal"]

Outcome = Literal["pending", "moved", "edited", "undo", "up", "down"]
"""What a key came to. After "undo", "up" and "down" it is the host's to do that."""

_COUNT: Final = r"(?P<count>[1-9]\d*+)?+"
_MOTION: Final = r"(?P<motion>gg|[hlwbeWBEG0^$]|[fFtT].)"
_MOVE: Final = re.compile(_COUNT + _MOTION, re.DOTALL)
_OPERATE: Final = re.compile(
    rf"{_COUNT}(?P<operator>[dcy])(?P<more>[1-9]\d*+)?+(?:{_MOTION}|(?P<object>[ia][wW])|(?P=operator))",
    re.DOTALL,
)
_OTHER: Final = re.compile(rf"{_COUNT}(?P<key>[xXDCYpPuiaIAoOjkJ~]|r.)", re.DOTALL)
_BEGUN: Final = re.compile(r"[1-9]\d*|([1-9]\d*)?([dcy]([1-9]\d*)?[iagfFtT]?|[gfFtTr])")
_SHORT: Final = {"x": "dl", "X": "dh", "D": "d$", "C": "c$", "Y": "yy"}
_MOST: Final = 1_000
"""Times that anything is done again."""


class Vim:
    """The mode, the keys of a command so far, and what was deleted or copied last.

    Args:
        draft: What is edited.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.mode: Mode = "insert"
        self._keys = ""
        self._kept = ""

    def to_normal(self) -> None:
        """Esc: the keys are commands from now on; the cursor is on a character, not after it."""
        self._keys = ""
        if self.mode == "insert":
            self.mode = "normal"
            self._draft.move(motions.left(self._draft.text, self._draft.cursor))

    def to_insert(self) -> None:
        """Keys are letters from now on."""
        self._keys = ""
        self.mode = "insert"

    @property
    def is_pending(self) -> bool:
        """Whether a command has begun."""
        return bool(self._keys)

    def press(self, character: str) -> Outcome:
        """Take a key of normal mode."""
        self._keys += character
        if match := _MOVE.fullmatch(self._keys):
            return self._done(self._move(match["motion"], match["count"]))
        if match := _OPERATE.fullmatch(self._keys):
            return self._done(self._operate(match))
        if match := _OTHER.fullmatch(self._keys):
            return self._done(self._do(match["key"], _times(match["count"])))
        if not _BEGUN.fullmatch(self._keys):
            self._keys = ""
        return "pending"

    # -- inside ----------------------------------------------------------------------------

    def _done(self, outcome: Outcome) -> Outcome:
        self._keys = ""
        draft = self._draft
        if self.mode == "normal" and outcome in ("moved", "edited"):
            _, end = motions.line(draft.text, draft.cursor)
            at = draft.cursor if draft.cursor < end else motions.left(draft.text, end)
            draft.move(at)
        return outcome

    def _move(self, motion: str, count: str | None) -> Outcome:
        self._draft.move(self._target(motion, count))
        return "moved"

    def _target(self, motion: str, count: str | None) -> int:
        text, at = self._draft.text, self._draft.cursor
        if motion in ("gg", "G"):
            lines = text.count("\n") + 1
            number = _times(count) if count else (1 if motion == "gg" else lines)
            begin = 0
            for _ in range(min(number, lines) - 1):
                begin = text.index("\n", begin) + 1
            return motions.first_word(text, begin)
        for _ in range(_times(count)):
            before = at
            if motion[0] in "fFtT":
                at = motions.found(text, at, motion[0], motion[1])
            else:
                at = motions.MOTIONS[motion](text, at)
            if at == before:
                break
        return at

    def _operate(self, match: re.Match[str]) -> Outcome:
        operator, motion, object = match["operator"], match["motion"], match["object"]
        times = _times(match["count"]) * _times(match["more"])
        count = str(times) if match["count"] or match["more"] else None
        text, at = self._draft.text, self._draft.cursor
        if object:
            around, big = object[0] == "a", object[1] == "W"
            span = motions.word_object(text, at, around=around, big=big)
        elif motion and motion not in ("gg", "G"):
            span = self._span(operator, motion, count)
        else:
            return self._operate_on_lines(operator, self._lines(motion, count, times))
        start, end = span
        self._kept = text[start:end]
        return self._take_out(operator, start, end)

    def _span(self, operator: str, motion: str, count: str | None) -> motions.Span:
        text, at = self._draft.text, self._draft.cursor
        if operator == "c" and motion in "wW" and text[at : at + 1].strip():
            motion = {"w": "e", "W": "E"}[motion]  # as vim has it: the blanks after it stay
            there = self._last_of_words(motion, _times(count))
        else:
            there = self._target(motion, count)
        if motion in "wW":
            there = min(there, max(motions.line(text, at)[1], at))
        takes_last = motion in motions.INCLUSIVE or (motion[0] in "ft" and there > at)
        return min(at, there), min(len(text), max(at, there) + takes_last)

    def _last_of_words(self, motion: str, times: int) -> int:
        """Where so many words end, the one under the cursor counted."""
        at = self._draft.cursor
        if motions.MOTIONS[motion](self._draft.text, at - 1) == at:  # it ends here
            times -= 1
        return self._target(motion, str(times)) if times else at

    def _lines(self, motion: str | None, count: str | None, times: int) -> motions.Span:
        text, at = self._draft.text, self._draft.cursor
        if motion is not None:
            there = self._target(motion, count)
            first, last = min(at, there), max(at, there)
            return motions.line(text, first)[0], motions.line(text, last)[1]
        start, end = motions.line(text, at)
        for _ in range(times - 1):
            if end < len(text):
                end = motions.line(text, end + 1)[1]
        return start, end

    def _operate_on_lines(self, operator: str, span: motions.Span) -> Outcome:
        start, end = span
        text = self._draft.text
        self._kept = text[start:end] + "\n"
        if operator == "d":
            if end < len(text):
                end += 1
            elif start:
                start -= 1
        outcome = self._take_out(operator, start, end)
        if operator == "d":
            self._draft.move(motions.first_word(self._draft.text, self._draft.cursor))
        return outcome

    def _take_out(self, operator: str, start: int, end: int) -> Outcome:
        self._draft.move(start)
        if operator == "y":
            return "moved"
        self._draft.replace(start, end, "")
        if operator == "c":
            self.mode = "insert"
        return "edited"

    def _do(self, key: str, times: int) -> Outcome:
        if key in _SHORT:
            match = _OPERATE.fullmatch(f"{times}{_SHORT[key]}")
            assert match is not None
            return self._operate(match)
        if key == "u":
            return "undo"
        if key in "jk":
            return "down" if key == "j" else "up"
        if key in "pP":
            return self._put(times, after=key == "p")
        if key in "r~J" or key[0] == "r":
            return self._change_here(key, times)
        return self._begin_to_insert(key)

    def _put(self, times: int, *, after: bool) -> Outcome:
        draft, kept = self._draft, self._kept * times
        start, end = motions.line(draft.text, draft.cursor)
        if not kept.endswith("\n"):
            at = motions.right(draft.text, draft.cursor) if after else draft.cursor
            draft.replace(at, at, kept)
            draft.move(at + len(kept) - 1)
        elif after:
            draft.replace(end, end, "\n" + kept[:-1])
            draft.move(motions.first_word(draft.text, end + 1))
        else:
            draft.replace(start, start, kept)
            draft.move(motions.first_word(draft.text, start))
        return "edited"

    def _change_here(self, key: str, times: int) -> Outcome:
        """`r`, `~` and `J`."""
        draft = self._draft
        at, (_, end) = draft.cursor, motions.line(draft.text, draft.cursor)
        if key == "J":
            if end < len(draft.text):
                after = motions.first_word(draft.text, end + 1)
                draft.replace(end, after, " ")
                draft.move(end)
        elif at + times <= end:
            old = draft.text[at : at + times]
            new = old.swapcase() if key == "~" else key[1] * times
            draft.replace(at, at + times, new)
            draft.move(at + len(new) - (key != "~"))
        return "edited"

    def _begin_to_insert(self, key: str) -> Outcome:
        draft = self._draft
        start, end = motions.line(draft.text, draft.cursor)
        self.mode = "insert"
        if key in "oO":
            at = end if key == "o" else start
            draft.replace(at, at, "\n")
            draft.move(at + (key == "o"))
            return "edited"
        places = {"i": draft.cursor, "a": motions.right(draft.text, draft.cursor), "A": end}
        draft.move(places.get(key, motions.first_word(draft.text, draft.cursor)))
        return "moved"


def _times(count: str | None) -> int:
    return min(int(count), _MOST) if count else 1
