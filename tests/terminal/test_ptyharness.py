"""The harness itself: what it says of a terminal must be so."""

from __future__ import annotations

import re
import signal
import sys

import pytest

from ptyharness import Deadline, Emulator, Open


def test_answers_what_programs_ask() -> None:
    emulator = Emulator(80, 24)
    assert emulator.feed(b"\x1b[c") == b"\x1b[?62;22c"
    assert emulator.feed(b"\x1b[5n") == b"\x1b[0n"
    assert emulator.feed(b"ab\r\nc\x1b[6n") == b"\x1b[2;2R"
    assert emulator.feed(b"\x1b[?2026$p") == b"\x1b[?2026;2$y"
    assert emulator.feed(b"\x1b[?2004h\x1b[?2004$p") == b"\x1b[?2004;1$y"
    assert emulator.feed(b"\x1b[?9999$p") == b"\x1b[?9999;0$y"
    assert emulator.feed(b"\x1b[>25u\x1b[?u") == b"\x1b[?25u"
    assert emulator.feed(b"\x1b[<u\x1b[?u") == b"\x1b[?0u"
    assert emulator.feed(b"\x1b]11;?\x07").startswith(b"\x1b]11;rgb:")
    assert emulator.feed(b"\x1b[?2048h") == b"\x1b[48;24;80;480;800t"


def test_sequences_may_arrive_in_pieces() -> None:
    whole = "a\x1b[?2004h\x1b]0;title\x07\x1bPignored\x1b\\\x1b[31mé漢\x1b[0m".encode()
    for cut in range(len(whole)):
        emulator = Emulator(20, 2)
        emulator.feed(whole[:cut])
        emulator.feed(whole[cut:])
        assert emulator.text.rstrip() == "aé漢", cut
        assert (emulator.titles, 2004 in emulator.modes) == (["title"], True)


def test_the_alternate_screen_is_cleared_on_every_entry() -> None:
    emulator = Emulator(10, 2)
    emulator.feed(b"main\x1b[?1049h\x1b[Hother")
    assert emulator.text.startswith("other")
    emulator.feed(b"\x1b[?1049h")
    assert emulator.text.strip() == ""
    emulator.feed(b"\x1b[?1049l")
    assert emulator.text.startswith("main")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b"\x1b[?1049h", "alternate screen"),
        (b"\x1b[?25l", "hidden cursor"),
        (b"\x1b[?7l", "no line wrap"),
        (b"\x1b[?1003h", "mouse motion"),
        (b"\x1b[?2004h", "bracketed paste"),
        (b"\x1b[?2026h", "frame not ended"),
        (b"\x1b[>1u", "keyboard protocol"),
    ],
)
def test_names_what_is_left_on(written: bytes, name: str) -> None:
    emulator = Emulator(80, 24)
    assert emulator.left_on() == []
    emulator.feed(written)
    assert emulator.left_on() == [name]


def test_a_program_s_life(terminal: Open) -> None:
    code = "import sys; n = input('name? '); print('hello', n); sys.exit(7)"
    term = terminal([sys.executable, "-c", code])
    term.wait_for("name? ".rstrip())
    term.send("é\r")
    term.wait_for(re.compile("hello é"))
    assert term.wait_exit() == 7
    assert b"hello" in term.raw
    assert term.left_on() == []


def test_a_raw_terminal_is_told(terminal: Open) -> None:
    code = "import tty; tty.setraw(0); print('raw'); input()"
    term = terminal([sys.executable, "-c", code])
    term.wait_for("raw")
    assert term.left_on() == ["no echo", "raw mode"]
    term.kill(signal.SIGTERM)
    assert term.wait_exit() == -signal.SIGTERM
    assert term.left_on() == ["no echo", "raw mode"]


def test_waiting_ends_with_the_screen_in_the_message(terminal: Open) -> None:
    term = terminal([sys.executable, "-c", "print('all there is')"])
    with pytest.raises(Deadline, match="the program has ended\nall there is"):
        term.wait_for("more")


def test_a_stalled_terminal_takes_nothing_until_it_flows(terminal: Open) -> None:
    code = "import sys; input(); print('x' * 300000); print('done')"
    term = terminal([sys.executable, "-c", code], size=(100, 10))
    term.stall()
    term.send("\r")
    with pytest.raises(Deadline):
        term.wait_for("done", timeout=0.3)
    term.flow()
    term.wait_for("done")


def test_hanging_up_is_a_hangup(terminal: Open) -> None:
    term = terminal([sys.executable, "-c", "print('on'); input()"])
    term.wait_for("on")
    term.hang_up()
    assert term.wait_exit() == -signal.SIGHUP


def test_keys_are_encoded_as_asked_for(terminal: Open) -> None:
    code = (
        "import os, tty; tty.setraw(0)\n"
        "def read(n, got=b''):\n"
        "    while len(got) < n: got += os.read(0, 1)\n"
        "    print(got, flush=True)\n"
        "os.write(1, b'ready'); read(9); os.write(1, b'\\x1b[>25uagain'); read(28)"
    )
    term = terminal([sys.executable, "-c", code])
    term.wait_for("ready")
    term.press("ctrl+q", "shift+tab", "enter", "a", "up")
    term.wait_for(r"b'\x11\x1b[Z\ra\x1b[A'")
    term.wait_for("again")
    term.press("ctrl+q", "shift+tab", "enter", "a")
    term.wait_for(r"b'\x1b[113;5u\x1b[9;2u\x1b[13u\x1b[97;;97u'")
