"""Pastes are text, all of it, up to a limit; nothing in them becomes a key."""

from __future__ import annotations

import random
import re
import time

import pytest

from grafftui.ui.hygiene.paste import BURST, END, LIMIT, SETTLE, START, Pasted, PasteReader
from ptyharness import Open


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Reading:
    """A reader, and what came out of it: keys as text, pastes as `Pasted`."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.reader = PasteReader(self.clock)
        self.out: list[str | Pasted] = []

    def feed(self, *pieces: str) -> Reading:
        for piece in pieces:
            self.out += self.reader.feed(piece)
        return self

    def settle(self) -> list[str | Pasted]:
        """Let time pass; everything so far, with keys joined and the parser's own marks out."""
        while self.reader.wait is not None:
            self.clock.now += self.reader.wait
            self.out += self.reader.settle()
        joined: list[str | Pasted] = []
        for part in self.out:
            if isinstance(part, str) and joined and isinstance(joined[-1], str):
                joined[-1] += part
            else:
                joined.append(part)
        bare = [p.replace(START + END, "") if isinstance(p, str) else p for p in joined]
        return [part for part in bare if part]


def paste(text: str, dropped: int = 0) -> Pasted:
    return Pasted(text, dropped)


@pytest.mark.parametrize(
    ("arrives", "means"),
    [
        ("hello\r", ["hello\r"]),
        (f"{START}one{END}", [paste("one")]),
        (f"a{START}one{END}", ["a", paste("one")]),
        (f"{START}a\r\nb\rc\nd\te{END}", [paste("a\nb\nc\nd\te")]),
        (f"{START}a\0b\x1b]0;x\x07c\x9b2J\x7f{END}", [paste("ab]0;xc2J")]),
        (f"{START}{END}", [paste("")]),
        # keys right behind a paste stay keys
        (f"{START}one{END}\r", [paste("one"), "\r"]),
        (f"{START}one{END}\x1b[A", [paste("one"), "\x1b[A"]),
        # an end mark inside: the rest is still the paste
        (f"{START}one{END}y\r{END}", [paste("oney\n")]),
        (f"{START}one{END}y\r{END}\r", [paste("oney\n"), "\r"]),
        (f"{START}one{END}y\r{START}two{END}", [paste("oney\ntwo")]),
        (f"{START}one{END}{'y' * BURST}\r", [paste("one" + "y" * BURST + "\n")]),
        (f"{START}one{START}two{END}", [paste("onetwo")]),
        # no brackets: more than fingers can do is a paste
        ("y" * BURST + "\r", [paste("y" * BURST + "\n")]),
        ("y" * (BURST - 1), ["y" * (BURST - 1)]),
        # an end mark of nothing
        (f"a{END}b", [f"a{END}b"]),
    ],
    ids=ascii,
)
def test_what_is_what(arrives: str, means: list[str | Pasted]) -> None:
    assert Reading().feed(arrives).settle() == means


def test_marks_may_arrive_in_pieces() -> None:
    whole = f"ab{START}one{END}two{END}"
    for cut in range(1, len(whole)):
        found = Reading().feed(whole[:cut], whole[cut:]).settle()
        assert [p for p in found if isinstance(p, Pasted)] == [paste("onetwo")], cut
        keys = "".join(p for p in found if isinstance(p, str))
        assert keys.replace(START, "").replace(END, "") == "ab"
    found = Reading().feed(*whole).settle()
    assert found[-1] == paste("onetwo")


def test_a_mark_given_to_the_parser_in_pieces_is_an_empty_paste_there() -> None:
    from textual import events
    from textual._xterm_parser import XTermParser

    for cut in range(1, len(START)):
        reading = Reading().feed(START[:cut], START[cut:] + "x" + END)
        parser = XTermParser()
        got = [e for p in reading.out if isinstance(p, str) for e in parser.feed(p)]
        assert [e.text for e in got if isinstance(e, events.Paste)] == [""]
        assert len(got) == 1, got


def test_what_is_typed_after_a_while_is_typed() -> None:
    reading = Reading().feed(f"{START}one{END}")
    reading.clock.now += SETTLE
    assert reading.feed("y\r").settle() == [paste("one"), "y\r"]
    reading.clock.now += 1
    assert reading.feed(f"{END}z").settle()[-1] == f"y\r{END}z"


def test_a_mark_does_not_begin_with_an_escape_pressed_earlier() -> None:
    reading = Reading().feed("\x1b")
    reading.reader.quiet()
    assert reading.feed("[200~y").settle() == ["\x1b[200~y"]


def test_a_long_one_is_cut_and_says_so() -> None:
    reading = Reading().feed(START)
    for _ in range(10):
        reading.feed("0123456789" * 50_000)
    found = reading.feed(END).settle()
    (pasted,) = [p for p in found if isinstance(p, Pasted)]
    assert (len(pasted.text), pasted.dropped) == (LIMIT, 5_000_000 - LIMIT)
    assert reading.feed(f"{START}next{END}").settle()[-1] == paste("next")


def test_random_input_loses_no_key_and_leaks_none() -> None:
    rng = random.Random(3)
    for _ in range(2000):
        keys, text = "", ""
        arrives = []
        for _ in range(rng.randint(1, 5)):
            if rng.random() < 0.5:
                typed = "".join(rng.choice("ab\r") for _ in range(rng.randint(1, 4)))
                keys += typed
                arrives.append((typed, True))
            else:
                pasted = "".join(rng.choice(["x", "y", "\r", END]) for _ in range(3))
                text += pasted.replace(END, "").replace("\r", "\n")
                arrives.append((f"{START}{pasted}{END}", False))
        reading = Reading()
        for piece, _ in arrives:
            while piece:
                size = rng.randint(1, len(piece))
                reading.feed(piece[:size])
                piece = piece[size:]
            reading.settle()  # a person takes longer than a terminal
        found = reading.settle()
        seen = "".join(p for p in found if isinstance(p, str))
        assert seen.replace(START, "").replace(END, "") == keys
        assert "".join(p.text for p in found if isinstance(p, Pasted)) == text


def test_ten_megabytes_take_no_time() -> None:
    text = START + "line of text\r" * 800_000 + END
    reading = Reading()
    begun = time.process_time()
    for at in range(0, len(text), 4096):
        reading.feed(text[at : at + 4096])
    assert isinstance(reading.settle()[-1], Pasted)
    assert time.process_time() - begun < 2.0


# In a terminal


def test_ten_megabytes_in_a_terminal_are_bounded_and_submit_nothing(ready: Open) -> None:
    term = ready(size=(100, 24))
    line = "y\r" + "x" * 98
    term.paste(line * 100_000)
    term.wait_for(f"holds {LIMIT}", timeout=30)
    term.wait_for("The paste was cut")
    assert "said" not in term.text
    term.kill(15)
    assert term.wait_exit() == 143


def test_an_end_mark_inside_a_paste_lets_no_key_out(ready: Open) -> None:
    term = ready()
    term.paste(f"harmless{END}\rquit\r")
    term.wait_for(re.compile(r" harmless *\n *quit"))
    assert "said" not in term.text
    term.press("enter")
    term.wait_for("said 'harmless\\nquit\\n'")


def test_without_brackets_a_burst_is_a_paste(ready: Open) -> None:
    term = ready()
    term.send("word\r" * 400)
    term.wait_for("holds 2000")
    assert "said" not in term.text


def test_a_paste_with_nul_and_escapes_is_its_text(ready: Open) -> None:
    term = ready()
    term.paste("a\0b\x1b[31mc")
    term.wait_for("ab[31mc")


def test_a_paste_that_never_ends_waits_for_its_end(ready: Open) -> None:
    term = ready()
    term.send(START + "rm -rf x\r")
    term.send("\r")
    term.send(END)
    term.wait_for("rm -rf x")
    assert "said" not in term.text
