"""A terminal as far as its bytes go: screen, modes, keyboard protocol, answers to queries.

pyte draws; the sequences it does not know (kitty keyboard, DCS, APC, mode queries, the alternate
screen) are taken out first. Entering the alternate screen clears it even when it is already
shown, as xterm does, so that a second entry is seen as the flash it is.
"""

from __future__ import annotations

import codecs
import copy
import re
from typing import Any

import pyte

TOKEN = re.compile(
    r"\x1b\[(?P<csi>[0-?]*[ -/]*[@-~])"
    r"|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b[PX^_](?P<string>[^\x1b]*)\x1b\\"
    r"|\x1b(?P<escape>[ -/]+[0-~]|[0-OQ-WYZ\\`a-~])"
)
"""A whole escape sequence."""

KNOWN_MODES = {1, 7, 12, 25, 47, 1000, 1002, 1003, 1004, 1006, 1016, 1047, 1049, 2004, 2026, 2048}
"""DEC private modes that a mode query (DECRQM) is answered for."""

NAMES = {
    7: "no line wrap",
    25: "hidden cursor",
    1000: "mouse",
    1002: "mouse drag",
    1003: "mouse motion",
    1004: "focus reports",
    1006: "mouse format",
    1015: "mouse format (urxvt)",
    1016: "mouse in pixels",
    1049: "alternate screen",
    2004: "bracketed paste",
    2026: "frame not ended",
    2048: "size reports",
}
"""Modes that a program must not leave changed."""

ON_BY_DEFAULT = {7, 25}


class Emulator:
    """Fed with what a program writes; says what a person would see.

    Args:
        columns: Width in cells.
        rows: Height in lines.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.modes = set(ON_BY_DEFAULT)
        self.kitty = [0]
        """Stack of keyboard flags; the last counts."""
        self.titles: list[str] = []
        """Window titles asked for (OSC 0, 1, 2)."""
        self.clipboard: list[str] = []
        """Clipboard writes asked for (OSC 52)."""
        self._stream = pyte.Stream(self.screen)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._main: tuple[Any, Any] | None = None

    def feed(self, data: bytes) -> bytes:
        """Take in output; what the terminal answers to it."""
        text = self._rest + self._decode(data)
        text, self._rest = _split_unfinished(text)
        answers: list[str] = []
        at = 0
        for found in TOKEN.finditer(text):
            self._stream.feed(text[at : found.start()])
            at = found.end()
            answers.append(self._sequence(found))
        self._stream.feed(text[at:])
        return "".join(answers).encode()

    def resize(self, columns: int, rows: int) -> bytes:
        """Change size; what the terminal reports of it."""
        self.screen.resize(rows, columns)
        return self._size_report().encode() if 2048 in self.modes else b""

    @property
    def text(self) -> str:
        """The screen, lines without trailing blanks."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def left_on(self) -> list[str]:
        """Names of the modes that are not as a program must leave them."""
        changed = self.modes.symmetric_difference(ON_BY_DEFAULT)
        names = [NAMES[mode] for mode in sorted(changed) if mode in NAMES]
        return names + (["keyboard protocol"] if self.kitty[1:] or self.kitty[0] else [])

    # One sequence

    def _sequence(self, found: re.Match[str]) -> str:
        """Handle a sequence here or let pyte; the answer to it, if any."""
        if found["osc"] is not None:
            return self._osc(found["osc"])
        if found["csi"] is None:
            if found["escape"] is not None:
                self._stream.feed(found[0])
            return ""
        body = found["csi"]
        if body[:1] == "?" and body[-1] in "hl" and "$" not in body:
            return "".join(self._mode(int(m), body[-1] == "h") for m in body[1:-1].split(";") if m)
        if body[:1] in "?<=>" or "$" in body or body in ("c", "0c", "5n", "6n"):
            return self._private(body)
        if body[-1] not in "tqu":
            self._stream.feed(found[0])
        return ""

    def _osc(self, body: str) -> str:
        number, _, rest = body.partition(";")
        if number in ("0", "1", "2"):
            self.titles.append(rest)
        elif number == "52":
            self.clipboard.append(rest)
        elif number in ("10", "11") and rest == "?":
            shade = "d0d0/d0d0/d0d0" if number == "10" else "1e1e/1e1e/1e1e"
            return f"\x1b]{number};rgb:{shade}\x1b\\"
        return ""

    def _mode(self, mode: int, on: bool) -> str:
        (self.modes.add if on else self.modes.discard)(mode)
        if mode in (47, 1047, 1049):
            self._alternate(on)
        elif mode in (7, 25):
            self._stream.feed(f"\x1b[?{mode}{'h' if on else 'l'}")
        return self._size_report() if mode == 2048 and on else ""

    def _alternate(self, on: bool) -> None:
        screen = self.screen
        if on:
            if self._main is None:
                self._main = (copy.deepcopy(screen.buffer), copy.copy(screen.cursor))
            screen.erase_in_display(2)
        elif self._main is not None:
            screen.buffer, screen.cursor = self._main
            self._main = None
            screen.dirty.update(range(screen.lines))

    def _private(self, body: str) -> str:
        """Queries and keyboard protocol."""
        if body[-1] == "u":
            return self._keyboard(body[:-1])
        if body.endswith("$p"):
            mode = int(body.strip("?$p") or 0)
            state = 1 if mode in self.modes else 2 if mode in KNOWN_MODES else 0
            return f"\x1b[{'?' if body[0] == '?' else ''}{mode};{state}$y"
        cursor = self.screen.cursor
        return {
            "c": "\x1b[?62;22c",
            "0c": "\x1b[?62;22c",
            ">c": "\x1b[>41;380;0c",
            ">q": "\x1bP>|ptyharness\x1b\\",
            "5n": "\x1b[0n",
            "6n": f"\x1b[{cursor.y + 1};{cursor.x + 1}R",
        }.get(body, "")

    def _keyboard(self, body: str) -> str:
        kind, flags = body[:1], body[1:].split(";")
        first = int(flags[0] or 0)
        if kind == "?":
            return f"\x1b[?{self.kitty[-1]}u"
        if kind == ">":
            self.kitty.append(first)
        elif kind == "<":
            del self.kitty[max(1, len(self.kitty) - max(first, 1)) :]
        elif kind == "=":
            self.kitty[-1] = first
        return ""

    def _size_report(self) -> str:
        rows, columns = self.screen.lines, self.screen.columns
        return f"\x1b[48;{rows};{columns};{rows * 20};{columns * 10}t"


def _split_unfinished(text: str) -> tuple[str, str]:
    """`text` up to a sequence whose end has not arrived, and the beginning of that."""
    for opener in ("\x1b]", "\x1bP", "\x1b_", "\x1bX", "\x1b^", "\x1b"):
        start = text.rfind(opener)
        if start >= 0 and len(text) - start < 1_000_000 and not TOKEN.match(text, start):
            return text[:start], text[start:]
    return text, ""
