"""A long hostile text: all of it there, wrapped, marked where it was spelled out, and at once."""

from __future__ import annotations

import time

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from grafftui.ui.widgets.audited_text import AuditedText, audited, wrapped

HOSTILE = "".join(f"{chr(0x200B + number % 4)}a" for number in range(15_000))


@pytest.mark.parametrize("width", [1, 7, 40])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "two words and more of them",
        "x" * 100,
        "日本語" * 30,
        "e\u0301" * 90,
        "a\n" * 50,
    ],
)
def test_nothing_is_lost_and_nothing_is_wider(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join(text[start:end] for start, end in lines) == text.replace("\n", "")
    widest = max(width, 2 if "日" in text else 1)
    assert all(cell_len(text[start:end].rstrip(" ")) <= widest for start, end in lines)


class Host(App[None]):
    """The text alone."""

    def compose(self) -> ComposeResult:
        yield AuditedText()


async def test_a_hostile_text_is_drawn_at_once() -> None:
    app = Host()
    async with app.run_test(size=(60, 10)) as pilot:
        pane = app.query_one(AuditedText)
        text = audited(["Adds.\x1b[2J", HOSTILE])
        begun = time.process_time()
        pane.draw(text)
        await pilot.pause()
        assert time.process_time() - begun < 2
        first = pane.render_line(0)
        assert first.text.rstrip() == "Adds.␛[2J"
        marked = [piece.text for piece in first if piece.style and piece.style.bold]
        assert marked == ["␛"]
        assert not pane.at_end
        pane.focus()
        await pilot.press("end")
        await pilot.pause()
        assert pane.at_end and pane.render_line(9).text.rstrip().endswith("a")
