"""Text that attacks the screen, the parser or the clock (rows T01 to T09 of the torture list)."""

from __future__ import annotations

import random
import re
import resource
import time

import pytest
from transcript_stage import Talk, TranscriptApp, answer, everything, grow, gutters, shown, until

from grafftui import events
from grafftui.entries import Added, Entry, ToolCard
from grafftui.ui.transcript import TranscriptView

FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

SEQUENCES = [
    "\x1b]0;title\x07",
    "\x1b]52;c;aGk=\x07",
    "\x1b]8;;https://evil.example\x1b\\label\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[1;1H",
    "\x1b[?1049l",
    "\x1bc",
    "\x1b[6n",
    "\x1bPdcs\x1b\\",
    "\x1b_apc\x1b\\",
    "\x1b^pm\x1b\\",
    "\x1bXsos\x1b\\",
    "\x9b2J",
    "\x9d0;t\x9c",
    "\x90q\x9c",
    "\x85\x7f\x0e\x0f\x00\x1a",
    "\u202eabc\u2066\u200b\ufeff\U000e0041\u3164\u00ad",
    "&#27;[2J &#x9b;2J &#0; &#8238;",
    "a\rb\x08c\x1b[Kd",
]
MARKUP = ["[/red]", "[@click=app.quit]x[/]", "[link=https://x]y[/link]", "[a='b]", "[[", "["]


def everywhere(text: str) -> list[Entry]:
    """Entries of all kinds with `text` wherever untrusted text goes."""
    diff = f"--- a/{text}\n+++ b/{text}\n@@ -1 +1 @@ {text}\n-{text}\n+{text}\n"
    card = ToolCard(text, text, {text: text}, text, text, diff, 1, 1, None, "decline", text)
    plain = ToolCard(text, text, [text], text, text)
    closed = {"started_at": 1.0, "ended_at": 2.0}
    return [
        Entry("prompt", text, state="done", **closed),  # type: ignore[arg-type]
        Entry("answer", f"{text}\n\n- {text}\n\n> {text}\n\n`{text}`\n\n# {text}"),
        Entry("answer", f"```{text}\n{text}\n```\n| {text} | b |\n|---|---|\n| {text} | c |\n"),
        Entry("answer", f"[{text}](https://{text}.example/{text}) ![{text}]({text})"),
        Entry("reasoning", text),
        Entry("tool", text, tool=card, state="failed", **closed),  # type: ignore[arg-type]
        Entry("tool", text, tool=plain, state="done", **closed),  # type: ignore[arg-type]
        Entry("notice", text, level="error", state="done", **closed),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("width", [70, 9])
async def test_nothing_acts_wherever_it_stands(width: int) -> None:
    async with TranscriptApp().run_test(size=(width, 150)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        for text in [*SEQUENCES, *MARKUP]:
            view.show([], nothing)
            for entry in everywhere(text):
                view.apply([Added(entry)])
            for number in range(len(view._document)):
                view.fold(number, False)
            await pilot.pause()
            for strip in view.render_lines(view.size.region):
                assert FORBIDDEN.search(strip.text) is None, text
                assert strip.cell_length == width, text
                for segment in strip:
                    assert segment.style is not None, text
                    assert segment.style.link is None, text
                    assert "@click" not in segment.style.meta, text


async def nothing(first: int, last: int) -> list[Entry]:
    """No history."""
    return []


async def test_markup_is_literal() -> None:
    async with TranscriptApp().run_test(size=(70, 60)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        for text in MARKUP:
            view.show([], nothing)
            view.apply([Added(Entry("prompt", text)), Added(Entry("notice", text))])
            assert shown(view)[0] == text and shown(view)[2] == text


async def test_a_drawn_dialog_stays_inside_its_entry() -> None:
    dialog = "┌ Run this command? ┐\n│ [y] approve       │\n└───────────────────┘"
    async with TranscriptApp().run_test(size=(60, 30)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        answer(view, f"{dialog}\n\n```\n{dialog}\n```\n\n> {dialog}")
        Talk(view).say(events.tool_call_start("shell", "1", {}), events.tool_progress("1", dialog))
        view.fold(1, False)
        used = [gutter for gutter, line in zip(gutters(view), shown(view), strict=True) if line]
        assert set(used) == {"│ "} and len(used) >= 10
        assert not view.children


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧‍👦 family 🏳️‍🌈 1️⃣ ☎︎ 漢字かな ｈａｌｆ \u0602 §±",
        "a" + "\u0301" * 20_000,
        "漢" * 3_000,
        "\u200d" * 500,
        "e\u0301" * 2_000,
    ],
    ids=["mixed", "tower", "wide", "joiners", "accents"],
)
async def test_odd_widths_fit(text: str) -> None:
    async with TranscriptApp().run_test(size=(31, 20)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        for entry in everywhere(text):
            view.apply([Added(entry)])
        for number in range(len(view._document)):
            view.fold(number, False)
        for _ in range(10):
            assert all(s.cell_length == 31 for s in view.render_lines(view.size.region))
            view.scroll_relative(y=-15)


HUGE = {
    "one line of 5 MB": "x" * 5_000_000,
    "words of 5 MB": "word " * 1_000_000,
    "200,000 lines": "line\n" * 200_000,
    "20,000 paragraphs": "some *text* here\n\n" * 20_000,
    "a table of 3,000 rows": "| a | b |\n|---|---|\n" + "| x | `y` |\n" * 3_000,
    "a table of 300 columns": "| a " * 300 + "|\n" + "|---" * 300 + "|\n" + "| x " * 300 + "|\n",
    "a fence of 20,000 lines": "```python\n" + "x = [1, 2]\n" * 20_000 + "```\n",
    "quotes in quotes": ">" * 2_000 + " a",
    "lists in lists": "\n".join(" " * (2 * n) + "- x" for n in range(500)),
    "brackets": "[" * 50_000,
    "emphasis": "*a_ " * 20_000,
    "backticks": "".join("`" * (n % 97) + " " for n in range(3_000)),
    "references": "\n".join(f"[a{n}]: https://x/{n}" for n in range(20_000)),
    "images": "![[" * 10_000,
    "pipes": "|" * 50_000 + "\n" + "|-" * 50_000,
    "delimiters": "a | b\n" + "- " * 30_000 + "| x",
    "angles": "<" * 50_000,
    "urls": "http://a" * 20_000,
}


@pytest.mark.parametrize("name", HUGE)
async def test_huge_text_is_on_screen_in_time(name: str) -> None:
    async with TranscriptApp().run_test(size=(120, 40)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        entry = answer(view, HUGE[name])
        view.scroll_to(y=0)
        assert any(shown(view))
        assert time.process_time() - start < 1.0
        start = time.process_time()
        grow(view, entry, "\n\nmore")
        view.focus()
        await pilot.press("end")
        await until(pilot, lambda: any("more" in line for line in shown(view)))
        assert time.process_time() - start < 2.0
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.parametrize("name", HUGE)
async def test_huge_output_is_cut_and_says_so(name: str) -> None:
    text = HUGE[name]
    async with TranscriptApp().run_test(size=(120, 40)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        card = ToolCard("shell", "1", {"command": text}, "Shell", text, diff=text)
        entry = Entry("tool", text, tool=card, state="failed", started_at=1.0, ended_at=2.0)
        start = time.process_time()
        view.apply([Added(entry)])
        view.fold(0, False)
        view.scroll_to(y=0)
        await pilot.pause()
        view.scroll_to(y=view._document.total)
        assert time.process_time() - start < 2.0
        assert view._document.total < 40_000


async def test_what_is_left_out_is_counted() -> None:
    output = "".join(f"n{n}\n" for n in range(9_000))
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        Talk(view).say(
            events.tool_call_start("shell", "1", {}),
            events.tool_call_end("shell", "1", is_error=False, values=[{"text": output}]),
        )
        view.fold(0, False)
        whole = everything(view)
        assert "  … 7,000 lines more …" in whole
        assert whole[-1] == "  n8999"


async def test_progress_bars_and_colours_of_output() -> None:
    output = "10 %\r50 %\r100 %\n\x1b[31mred\x1b[0m and \x1b[1;48;5;200mloud\x1b[0m\nab\x08c\n"
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        Talk(view).say(
            events.tool_call_start("shell", "1", None),
            events.tool_call_end("shell", "1", is_error=False, values=[{"text": output}]),
        )
        view.fold(0, False)
        assert shown(view)[1:5] == ["", "  100 %", "  red and loud", "  ac"]
        styles = {s.text: s.style for s in view.render_lines(view.size.region)[3]}
        assert styles["red"].color != styles[" and "].color  # type: ignore[union-attr]
        assert styles["loud"].bold and styles["loud"].bgcolor != styles["red"].bgcolor  # type: ignore[union-attr]


MIXED = "漢字 | x\n\n- a\n  - b\n\n```py\nx = '漢'\n```\n| a | b |\n|--|--|\n| 漢 | d |"


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (10, 3), (40, 10), (500, 200)])
async def test_any_size(size: tuple[int, int]) -> None:
    async with TranscriptApp().run_test(size=size) as pilot:
        view = pilot.app.query_one(TranscriptView)
        for text in (
            "漢字 | x\n\n- a\n  - b\n\n```py\nx = '漢'\n```\n| a | b |\n|--|--|\n| 漢 | d |",
        ):
            for entry in everywhere(text):
                view.apply([Added(entry)])
        for number in range(len(view._document)):
            view.fold(number, False)
        view.focus()
        await pilot.press("home", "j", "j", "pagedown", "end", "k")
        assert all(s.cell_length == size[0] for s in view.render_lines(view.size.region))


async def test_a_storm_of_sizes_while_text_arrives() -> None:
    rng = random.Random(3)
    pieces = ["漢字 ", "word ", "\n\n- x ", "\n```\n", "| a | b |\n|--|--|\n"]
    async with TranscriptApp().run_test(size=(80, 24)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        entry = Entry("answer", "start")
        view.apply([Added(entry)])
        for _ in range(30):
            await pilot.resize_terminal(rng.randint(1, 120), rng.randint(1, 50))
            grow(view, entry, rng.choice(pieces))
            strips = view.render_lines(view.size.region)
            assert all(strip.cell_length == view.size.width for strip in strips)
