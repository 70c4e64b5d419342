"""Colours of command output, and lines that were written over."""

from __future__ import annotations

import pytest
from hostile import CONTROL_PAYLOADS, RAW_CONTROL

from grafftui.text import SafeText, display
from grafftui.text.sgr import StyleSpan, TextStyle, parse_sgr, terminal_lines


def look(sequence: str) -> TextStyle:
    """How text looks after `sequence`."""
    text, spans = parse_sgr(f"{sequence}x")
    assert text == "x"
    return spans[0].style if spans else TextStyle()


@pytest.mark.parametrize(
    ("sequence", "style"),
    [
        ("\x1b[31m", TextStyle(fg=1)),
        ("\x9b31m", TextStyle(fg=1)),
        ("\x1b[97;100m", TextStyle(fg=15, bg=8)),
        ("\x1b[38;5;200m", TextStyle(fg=200)),
        ("\x1b[48;2;1;2;3m", TextStyle(bg=(1, 2, 3))),
        ("\x1b[38:5:200m", TextStyle(fg=200)),
        ("\x1b[38:2:1:2:3m", TextStyle(fg=(1, 2, 3))),
        ("\x1b[48:2::1:2:3m", TextStyle(bg=(1, 2, 3))),
        ("\x1b[38;5;200;1;48;2;9;8;7m", TextStyle(fg=200, bg=(9, 8, 7), bold=True)),
        ("\x1b[1;2;3m", TextStyle(bold=True, dim=True, italic=True)),
        ("\x1b[4;7m", TextStyle(underline=True, reverse=True)),
        ("\x1b[1;2;3;4;7m\x1b[22;23;24;27m", TextStyle()),
        ("\x1b[4:3m", TextStyle(underline=True)),
        ("\x1b[4m\x1b[4:0m", TextStyle()),
        ("\x1b[21m", TextStyle(underline=True)),
        ("\x1b[31;42m\x1b[39m", TextStyle(bg=2)),
        ("\x1b[31;42m\x1b[49m", TextStyle(fg=1)),
        ("\x1b[31m\x1b[m", TextStyle()),
        ("\x1b[31m\x1b[;1m", TextStyle(bold=True)),
        ("\x1b[58;5;9;1m", TextStyle(bold=True)),
        # nothing may hide or distract
        ("\x1b[8m", TextStyle()),
        ("\x1b[5;6;9m", TextStyle()),
        # nonsense
        ("\x1b[38;5;999m", TextStyle()),
        ("\x1b[38;2;1;2m", TextStyle()),
        ("\x1b[38;7;1m", TextStyle(reverse=True, bold=True)),
        ("\x1b[38m", TextStyle()),
        ("\x1b[" + "9" * 5000 + "m", TextStyle()),
        ("\x1b[?31m", TextStyle()),
        ("\x1b[>31m", TextStyle()),
    ],
)  # fmt: skip
def test_looks(sequence: str, style: TextStyle) -> None:
    assert look(sequence) == style


def test_spans_lie_where_the_text_is() -> None:
    text, spans = parse_sgr("a \x1b[31mred\tx\x1b[0m\x1b[31m\x00!\x1b[0m\r\nplain \x1b[1mb\x1b[0m")
    assert isinstance(text, SafeText)
    assert text == "a red   x␀!\nplain b"
    red, bold = TextStyle(fg=1), TextStyle(bold=True)
    assert spans == [StyleSpan(2, 11, red), StyleSpan(18, 19, bold)]


def test_a_colour_between_cr_and_lf_does_not_make_two_lines_of_one() -> None:
    assert parse_sgr("\x1b[31ma\r\x1b[0m\nb") == ("a\nb", [StyleSpan(0, 1, TextStyle(fg=1))])


def test_a_tower_of_marks_cannot_be_built_across_colours() -> None:
    tower = "e" + "".join(f"\x1b[{30 + n % 8}m" + "\u0301" * 8 for n in range(50))
    assert parse_sgr(tower) == ("e" + "\u0301" * 8, [])


@pytest.mark.parametrize("payload", CONTROL_PAYLOADS.values())
def test_payloads_among_colours(payload: str) -> None:
    text, spans = parse_sgr(f"\x1b[31m{payload}\x1b[0m after")
    assert not RAW_CONTROL.search(text)
    assert text == display(payload + "\x1b[0m after")
    assert all(span.style == TextStyle(fg=1) for span in spans)


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        ("10%\r50%\r100%", "100%"),
        ("downloading 10%\rdone", "doneloading 10%"),
        ("downloading 10%\r\x1b[Kdone", "done"),
        ("downloading 10%\r\x1b[0Kdone\n", "done\n"),
        ("long line\rshort\x1b[K\nnext", "short\nnext"),
        ("\x1b[2K\x1b[1Gone\x1b[2K\x1b[1Gtwo", "two"),
        ("idealTree\x1b[1000D\x1b[Kdone\n", "done\n"),
        ("in flight\r", "in flight"),
        ("a\r\nb\r\r\nc", "a\nb\nc"),
        ("N\x08NA\x08AM\x08ME\x08E", "NAME"),
        ("_\x08u_\x08n", "un"),
        ("a\x08\x08\x08b", "b"),
        ("/\x08-\x08\\\x08|\x08 done", " done"),
        ("a\x1b[3Cb", "a   b"),
        ("abc\x1b[2Dx", "axc"),
        ("abc\x1b[1Gx", "xbc"),
        ("abc\x1b[Gx", "xbc"),
        ("a\x1b[99999999999999999999999Cb", "a" + " " * 120 + "b"),
        ("plain\ntext", "plain\ntext"),
        ("first\n\r\x1b[Ksecond\rs", "first\nsecond"),
        ("\x1b]0;a\nb\x07x\ry", "y"),
    ],
)
def test_terminal_lines(output: str, lines: str) -> None:
    assert terminal_lines(output) == lines


def test_output_without_rewriting_is_left_alone() -> None:
    output = "a\x1b[31mb\x1b]0;x\x07\n"
    assert terminal_lines(output) == output


def test_colours_follow_their_characters() -> None:
    output = "\x1b[33m 50%\r\x1b[32m100%\x1b[0m done\nplain"
    text, spans = parse_sgr(terminal_lines(output))
    assert text == "100% done\nplain"
    assert spans == [StyleSpan(0, 4, TextStyle(fg=2))]


def test_a_colour_goes_on_through_rewritten_lines() -> None:
    text, spans = parse_sgr(terminal_lines("\x1b[31mred\nstill\rSTILL\nand here\x1b[0m\nnot"))
    assert text == "red\nSTILL\nand here\nnot"
    assert spans == [StyleSpan(0, 18, TextStyle(fg=1))]


def test_a_rewritten_line_gives_back_the_colour_it_was_given() -> None:
    text, spans = parse_sgr(terminal_lines("\x1b[31mred\nab\r\x1b[1mX"))
    assert text == "red\nXb"
    red, bold = TextStyle(fg=1), TextStyle(fg=1, bold=True)
    assert spans == [StyleSpan(0, 4, red), StyleSpan(4, 5, bold), StyleSpan(5, 6, red)]


def test_a_rewritten_line_leaves_its_last_colour_behind() -> None:
    text, spans = parse_sgr(terminal_lines("a\rb\x1b[31m\nred"))
    assert (text, spans) == ("b\nred", [StyleSpan(1, 5, TextStyle(fg=1))])


def test_every_look_can_be_written_and_read_again() -> None:
    style = TextStyle(fg=200, bg=(1, 2, 3), bold=True, italic=True, reverse=True)
    assert look(style.sgr()) == style
    assert look("\x1b[4;2m" + style.sgr()) == style


def test_rewritten_lines_cannot_grow_without_end() -> None:
    output = "\x1b[999CX\n" * 1_000
    assert len(terminal_lines(output)) <= len(output) + 1_000 * 120
