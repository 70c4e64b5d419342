"""Output that was written for a terminal, as the terminal would show it in the end."""

from __future__ import annotations

import re

from grafftui.text.sequences import CSI, SEQUENCE
from grafftui.text.styles import PLAIN, SGR, TextStyle, restyled

_MOVE = CSI + r"(?P<count>[0-9]*)(?:;[0-9]*)?(?P<move>[CDGK])"
_REWRITES = re.compile(rf"[\r\x08]|{_MOVE}")
_KEPT = re.compile(rf"{SGR.pattern}|{_MOVE}")
_STEP = re.compile(
    rf"(?P<text>[^\r\x08\x1b\x9b]+)|(?P<back>[\r\x08])|{CSI}(?P<look>[0-9;:]*)m|{_MOVE}"
)

_WIDEST_GAP = 120
"""Columns that a jump past the end of a line may fill with spaces."""


def terminal_lines(text: str) -> str:
    """`text` with the lines that were written over reduced to their last state.

    CR, BS, and the sequences that move within the line (CUF, CUB, CHA) or erase to its end
    or all of it (EL 0 and 2) are carried out, so a progress bar is one line. Colours are
    kept; in rewritten lines every other sequence is dropped. The result is not safe yet: give
    it to `parse_sgr`. Columns are counted in characters. Takes time linear in `text`; the
    result is at most `_WIDEST_GAP` characters longer per line.
    """
    text = text.replace("\r\n", "\n")
    if _REWRITES.search(text) is None:
        return text
    text = SEQUENCE.sub(lambda match: match[0] if _KEPT.fullmatch(match[0]) else "", text)
    pen = PLAIN
    lines: list[str] = []
    for line in text.split("\n"):
        if _REWRITES.search(line):
            line, pen = _Line(pen).played(line)
        else:
            for look in SGR.finditer(line):
                pen = restyled(pen, look[1])
        lines.append(line)
    return "\n".join(lines)


class _Line:
    """One line of a terminal: its characters, how each looks, and where the cursor is."""

    def __init__(self, pen: TextStyle) -> None:
        self._first_pen = self._pen = pen
        self._characters: list[str] = []
        self._pens: list[TextStyle] = []
        self._column = 0

    def played(self, source: str) -> tuple[str, TextStyle]:
        """The line after `source`, and the pen it leaves behind."""
        for step in _STEP.finditer(source):
            if step["text"] is not None:
                self._write(step["text"])
            elif step["look"] is not None:
                self._pen = restyled(self._pen, step["look"])
            elif step["back"] is not None:
                self._column = 0 if step["back"] == "\r" else max(0, self._column - 1)
            else:
                self._move(step["move"], int(step["count"][:6] or "0"))
        return self._text(), self._pen

    def _write(self, text: str) -> None:
        gap = min(self._column - len(self._characters), _WIDEST_GAP)
        if gap > 0:
            self._characters += " " * gap
            self._pens += [PLAIN] * gap
        start = min(self._column, len(self._characters))
        self._column = start + len(text)
        self._characters[start : self._column] = text
        self._pens[start : self._column] = [self._pen] * len(text)

    def _move(self, move: str, count: int) -> None:
        match move, count:
            case "C", _:
                self._column += max(1, count)
            case "D", _:
                self._column = max(0, self._column - max(1, count))
            case "G", _:
                self._column = max(1, count) - 1
            case "K", 0:
                del self._characters[self._column :], self._pens[self._column :]
            case "K", 2:
                self._characters.clear()
                self._pens.clear()

    def _text(self) -> str:
        pieces: list[str] = []
        pen, start = self._first_pen, 0
        for index, its_pen in enumerate(self._pens):
            if its_pen is not pen and its_pen != pen:
                pieces += "".join(self._characters[start:index]), its_pen.sgr()
                pen, start = its_pen, index
        pieces.append("".join(self._characters[start:]))
        if self._pen != pen:
            pieces.append(self._pen.sgr())
        return "".join(pieces)
