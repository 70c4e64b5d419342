"""Colours: of code when they are there, and of another theme."""

from __future__ import annotations

from itertools import pairwise

import pytest
from transcript_stage import TranscriptApp, answer, until

from grafftui.entries import Extended
from grafftui.text.sgr import TextStyle
from grafftui.ui.themes import DARK, LIGHT, install
from grafftui.ui.transcript import TranscriptView
from grafftui.ui.transcript.highlighting import Highlighter, highlight_runs
from grafftui.ui.transcript.render_output import look_name, look_of


def colours(view: TranscriptView, line: int) -> set[str]:
    """Foregrounds used in a line on screen."""
    strip = view.render_lines(view.size.region)[line]
    return {str(segment.style.color) for segment in strip if segment.style and segment.text.strip()}


CODE = "```python\ndef f(x):\n    return 'x'  # why\n"


async def test_code_is_plain_while_open_and_coloured_when_closed() -> None:
    async with TranscriptApp().run_test(size=(60, 10)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        entry = answer(view, CODE)
        await pilot.pause()
        assert len(colours(view, 1)) == 2  # the gutter and the text
        entry.extend("```\n")
        view.apply([Extended(entry, "```\n")])
        await until(pilot, lambda: len(colours(view, 1)) > 3)


async def test_every_part_of_a_long_fence_is_coloured() -> None:
    async with TranscriptApp().run_test(size=(60, 10)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        answer(view, '```python\nx = """\n' + "in a string\n" * 150 + '"""\n```\nend')
        view.scroll_to(y=130)
        await until(pilot, lambda: len(colours(view, 1)) == 2)
        view.scroll_to(y=0)
        await until(pilot, lambda: colours(view, 3) == colours(view, 5))
        in_string = colours(view, 3)
        view.scroll_to(y=130)
        await until(pilot, lambda: colours(view, 3) == in_string)


async def test_parts_seen_while_the_fence_was_open_are_coloured_when_it_closes() -> None:
    async with TranscriptApp().run_test(size=(60, 30)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        entry = answer(view, "```python\n" + "def f(): pass\n" * 95)
        view.apply([])
        for text in ("def f(): pass\n" * 10, "```\n"):
            entry.extend(text)
            view.apply([Extended(entry, text)])
            await pilot.pause()
        await until(pilot, lambda: len(colours(view, 28)) > 2)
        assert colours(view, 1) == colours(view, 28)


async def test_another_theme_repaints_everything() -> None:
    async with TranscriptApp().run_test(size=(60, 10)) as pilot:
        install(pilot.app, DARK)
        view = pilot.app.query_one(TranscriptView)
        answer(view, "# Head\n\ntext")
        await pilot.pause()
        seen = []
        for theme in (LIGHT, DARK, LIGHT):
            before = colours(view, 2)
            pilot.app.theme = theme
            await until(pilot, lambda before=before: colours(view, 2) != before)
            seen.append(colours(view, 2))
        assert seen[0] == seen[2] != seen[1]


def test_runs_of_a_line_stay_in_it() -> None:
    code = 'x = """a\nb\n\n"""\n# ä 漢字\nclass C: pass\ndef f(): pass'
    runs = highlight_runs(code, "python")
    lines = code.split("\n")
    assert len(runs) == len(lines)
    for line, found in zip(lines, runs, strict=True):
        assert all(0 <= start < end <= len(line) for start, end, _ in found)
        assert all(a[1] <= b[0] for a, b in pairwise(found))
    assert not any("underline" in style for found in runs for _, _, style in found)


@pytest.mark.parametrize("language", ["nonsense", "py\x00", "../../x", ""])
def test_unknown_languages_stay_plain(language: str) -> None:
    highlighter = Highlighter(lambda: None)
    assert highlighter.runs("x = 1", language) is None
    highlighter.close()


@pytest.mark.parametrize(
    "look",
    [
        TextStyle(),
        TextStyle(fg=1, bg=255, bold=True),
        TextStyle(fg=(1, 2, 3), bg=(4, 5, 6), dim=True, italic=True, underline=True, reverse=True),
    ],
)
def test_looks_have_names(look: TextStyle) -> None:
    assert look_of(look_name(look)) == look
    assert "+" not in look_name(look)
