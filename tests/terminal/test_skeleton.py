"""The first frame: drawn to fit, with nothing in it that could control the terminal."""

from __future__ import annotations

import re

import pytest

from grafftui.cli.skeleton import LIST_FROM, PANEL_FROM, _place, frame
from ptyharness import Emulator


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
    assert lines[-1] == " ›"[:columns].rstrip()
    if rows > 1:
        assert lines[0] == " grafftui  ~/src/shop"[:columns].rstrip()


def test_the_cursor_stands_in_the_composer() -> None:
    cursor = shown(80, 24).screen.cursor
    assert (cursor.y, cursor.x) == (23, 3)


@pytest.mark.parametrize(
    ("columns", "boxes"),
    [
        (LIST_FROM - 1, []),
        (LIST_FROM, ["Conversations"]),
        (PANEL_FROM - 1, ["Conversations"]),
        (PANEL_FROM, ["Conversations", "Sandbox"]),
    ],
)
def test_folds_like_the_app(columns: int, boxes: list[str]) -> None:
    lines = shown(columns, 24).text.split("\n")
    assert re.findall(r"┌ (\w+) ─*┐", lines[1]) == boxes
    assert lines[22].count("└") == lines[22].count("┘") == len(boxes)
    if boxes[1:]:
        assert len(lines[1]) == columns  # the panel ends at the edge


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
