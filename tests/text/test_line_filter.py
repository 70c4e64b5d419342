"""The filter behind everything: nothing that acts on a terminal leaves any widget."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile import CONTROL_PAYLOADS, RAW_CONTROL
from payload_app import RAW, SAFE, WIDGETS, PayloadApp
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from grafftui.ui.line_filter import LineFilter

BLACK = Color(0, 0, 0)
LINK = Style(color="red", link="http://evil.example", meta={"@click": "app.bell"})


def painted(app: PayloadApp) -> list[Strip]:
    return list(app.screen._compositor.render_strips(app.screen.size))


def escapes(strips: list[Strip]) -> list[str]:
    """What would reach the terminal raw."""
    segments = [segment for strip in strips for segment in strip]
    return [
        segment.text
        for segment in segments
        if RAW_CONTROL.search(segment.text) or (segment.style and segment.style.link)
    ]


# -- segments ------------------------------------------------------------------------------


def test_clean_lines_are_the_same_object() -> None:
    line = [Segment("plain "), Segment("漢字 — 👨\u200d👩 \xa0", Style(bold=True))]
    printable = line[:1]
    filter = LineFilter()
    assert filter.apply(printable, BLACK) is printable
    assert filter.apply(line, BLACK) == line
    assert filter.fired == 0


@pytest.mark.parametrize("payload", CONTROL_PAYLOADS.values())
def test_controls_are_deleted_and_counted(payload: str) -> None:
    filter = LineFilter()
    style = Style(bold=True)
    cleaned = filter.apply([Segment("a"), Segment(f"x{payload}y", style), Segment("b")], BLACK)
    assert [segment.style for segment in cleaned] == [None, style, None]
    assert not escapes([Strip(cleaned)])
    assert cleaned[1].text.startswith("x") and cleaned[1].text.endswith("y")
    assert filter.fired == 1


def test_links_are_taken_off_and_nothing_else() -> None:
    filter = LineFilter()
    (cleaned,) = filter.apply([Segment("click", LINK)], BLACK)
    assert cleaned.style is not None
    assert cleaned.style.link is None
    assert cleaned.style.color == LINK.color
    assert cleaned.style.meta == LINK.meta
    assert filter.fired == 1


def test_control_segments_are_no_exception() -> None:
    filter = LineFilter()
    bell = Segment("\x1b[2J", None, [(ControlType.CLEAR,)])
    assert filter.apply([bell], BLACK) == [Segment("[2J")]
    assert filter.fired == 1


def test_lines_keep_their_length() -> None:
    strip = Strip([Segment("a\x1bb\u2028c\udc9bd")])
    assert Strip(LineFilter().apply(list(strip), BLACK)).cell_length == strip.cell_length


def test_textual_still_has_what_the_filter_hangs_on() -> None:
    app = PayloadApp("", [])
    assert app.filter in app._filters
    assert app.filter in app.get_line_filters()


# -- every widget --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WIDGETS)
async def test_no_payload_gets_out_of_any_widget(kind: str) -> None:
    app = PayloadApp(RAW, [kind])
    async with app.run_test(size=(500, 30)) as pilot:
        await pilot.pause()
        fired = app.filter.fired
        strips = painted(app)
        assert not escapes(strips)
        assert fired > 0
        assert any("RVZJTA" in strip.text or "EVIL" in strip.text for strip in strips)


async def test_sanitised_text_leaves_the_filter_nothing_to_do() -> None:
    app = PayloadApp(SAFE, list(WIDGETS))
    async with app.run_test(size=(500, 90), notifications=True) as pilot:
        await pilot.pause()
        assert not escapes(painted(app))
        assert app.filter.fired == 0


async def test_headers_and_notifications() -> None:
    app = PayloadApp(RAW, [])
    async with app.run_test(size=(500, 30), notifications=True) as pilot:
        await pilot.pause()
        assert not escapes(painted(app))
        assert app.filter.fired > 1


async def test_payloads_do_get_out_without_the_filter() -> None:
    """Or the tests above would prove nothing."""
    app = PayloadApp(RAW, ["static content"], filtered=False)
    async with app.run_test(size=(500, 30)):
        assert escapes(painted(app))


# -- a real terminal -----------------------------------------------------------------------

OURS = re.compile(
    rb"\x1b\[[0-9;]*[mHJ]"  # looks, cursor, clearing on start
    rb"|\x1b\[\?(?:25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2031|2048|7)(?:h|l|\$p)"
    rb"|\x1b\[[><=?]?[0-9;]*u"  # keyboard protocol
    rb"|\x1b\[c|\x1b\]22;[a-z-]+\x07"  # what are you; shape of the mouse pointer
    rb"|\r?\n"
)
"""Every sequence that Textual itself writes."""


def on_a_pty(*arguments: str) -> tuple[bytes, int]:
    """All that `payload_app.py` writes to its terminal, and its exit code."""
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 90, 500, 0, 0))
    script = Path(__file__).with_name("payload_app.py")
    child = subprocess.Popen(
        [sys.executable, str(script), *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )
    os.close(follower)
    try:
        return b"".join(pieces_of(leader, within=60)), child.wait(10)
    finally:
        child.kill()
        os.close(leader)


def pieces_of(terminal: int, *, within: float) -> Iterator[bytes]:
    """What is written to a pty until its other side is closed, or `within` seconds."""
    deadline = time.monotonic() + within
    while select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
        try:
            yield os.read(terminal, 65536)
        except OSError:  # how Linux says that the other side is closed
            return


def raw_controls(output: bytes) -> list[str]:
    return RAW_CONTROL.findall(OURS.sub(b"", output).decode())


@pytest.mark.parametrize("kind", ["raw", "safe"])
def test_a_terminal_receives_nothing_but_textuals_own_sequences(kind: str) -> None:
    output, code = on_a_pty(kind, "filter")
    assert code == 0, output[-2000:].decode(errors="replace")
    assert raw_controls(output) == []
    assert b"\x1b[1;1HApprove" not in output and b"\x1b[31;8m" not in output
    assert output.count(b"\x1b[?1049l") == 1  # on leaving
    if kind == "raw":
        assert b"EVIL" in output  # harmless without what made it act


def test_a_terminal_receives_the_payloads_without_the_filter() -> None:
    output, _ = on_a_pty("raw", "no-filter")
    assert b"\x1b]0;EVIL" in output
    assert raw_controls(output)
