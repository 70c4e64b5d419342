"""The first frame: drawn to fit, with nothing in it that could control the terminal."""

from __future__ import annotations

import re
import sys

import pytest

from grafftui.cli.skeleton import _place, frame
from ptyharness import Emulator, Open


def shown(columns: int, rows: int, place: str = "~/src/shop") -> Emulator:
    emulator = Emulator(columns, rows)
    emulator.feed(b"\x1b[?7l" + b"old\r\n" * rows)
    emulator.feed(frame(columns, rows, place).encode())
    return emulator


@pytest.mark.parametrize("columns", [1, 2, 3, 9, 10, 25, 26, 40, 80, 99, 100, 139, 140, 240, 500])
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 10, 24, 200])
def test_fits_every_size(columns: int, rows: int) -> None:
    text = shown(columns, rows).text
    lines = text.split("\n")
    assert len(lines) == rows
    assert "old" not in text
    assert lines[rows - 2 if rows > 3 else -1] == " ›"[:columns].rstrip()
    if rows > 1:
        assert lines[0] == " grafftui  ~/src/shop"[:columns].rstrip()


def test_the_cursor_stands_in_the_composer() -> None:
    cursor = shown(80, 24).screen.cursor
    assert (cursor.y, cursor.x) == (22, 3)


@pytest.mark.parametrize("size", [(140, 20), (139, 12), (99, 12), (20, 4)])
def test_its_lines_are_where_the_app_s_are(terminal: Open, size: tuple[int, int]) -> None:
    """Compared with the real app, so that a change there is followed here."""
    term = terminal([sys.executable, "-m", "grafftui"], size=size)
    term.wait_for("›")
    first = term.text.split("\n")
    term.wait_for(lambda t: 2048 in t.emulator.modes)
    term.send("~~")
    term.wait_for("› ~~")
    app = term.text.split("\n")
    assert ("╭" in first[1]) == (size[0] >= 100 and size[1] > 4)
    assert (len(first[1]) > 100) == (size[0] >= 140)
    for row, line in enumerate(first):
        for column, character in enumerate(line):
            if character in "╭╮╰╯─│›":
                assert app[row][column] == character, (row, column)
    assert app[0].startswith(" grafftui  ") == first[0].startswith(" grafftui  ")


def test_has_no_colour() -> None:
    styles = re.findall(r"\x1b\[([\d;]*)m", frame(200, 50, "~"))
    assert set(styles) <= {"0", "1", "2"}


def test_a_folder_s_name_cannot_control_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert _place("/home/me") == "~"
    assert _place("/home/me/src") == "~/src"
    assert _place("/home/meat") == "/home/meat"
    evil = "/tmp/\x1b]0;x\x07\x9b2J\u202e\u200b\n\udc80é"
    assert _place(evil) == "/tmp/?]0;x??2J????é"
