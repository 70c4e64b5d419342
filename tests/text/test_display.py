"""Display mode, lines of it, and what a model reads."""

from __future__ import annotations

import unicodedata

import pytest
from hostile import (
    BIDI_AND_INVISIBLE,
    CONTROL_PAYLOADS,
    MARKUP,
    UNICODE_PAYLOADS,
    forbidden_in_display,
)
from rich.cells import cell_len

from grafftui.text import SafeText, display, for_model, one_line
from grafftui.text.characters import SYMBOLS, is_mark, is_visible
from grafftui.text.width import cell_width


@pytest.mark.parametrize("payload", [*CONTROL_PAYLOADS.values(), *UNICODE_PAYLOADS.values()])
def test_no_payload_survives(payload: str) -> None:
    shown = display(f"before {payload} after")
    assert isinstance(shown, SafeText)
    assert shown.startswith("before ")
    assert not forbidden_in_display(shown)
    assert "EVIL" not in shown
    assert display(str(shown)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # sequences go, whole or cut off, 7-bit or 8-bit
        ("a\x1b[1;31mred\x1b[0m b", "ared b"),
        ("a\x1b]0;title\x07b\x1b]0;title\x1b\\c\x9d0;title\x9cd", "abcd"),
        ("a\x1bPq#0\nsixel\x1b\\b", "ab"),
        ("a\x1bcb\x1b(0c\x1b7d", "abcd"),
        ("a\x90x\x9cb\x98x\x9cc\x9dx\x9cd\x9ex\x9ce\x9fx\x07f", "abcdef"),
        ("a\x1b]52;c;RVZJTA==", "a"),
        ("a\x1b[31", "a"),
        ("a\x1b", "a"),
        ("a\x9b2Jb", "ab"),
        ("\x1b\x1b[31mx", "x"),
        ("\x1b]0;a\x1b[31mb", "b"),
        # other controls are shown
        ("\x00\x07\x08\x0b\x0c\x0e\x0f\x1a", "␀␇␈␋␌␎␏␚"),
        ("\x7f\x85\x9c", "␡\\x85\\x9c"),
        ("a\r\nb\rc\n", "a\nb␍c\n"),
        ("a\r\x1b[K\nb", "a\nb"),
        # what cannot be seen is written out
        ("rm\u202e x", "rm\\u{202e} x"),
        ("\ufeffa\u200bb\xad\u3164", "\\u{feff}a\\u{200b}b\\u{ad}\\u{3164}"),
        ("\U000e0041", "\\u{e0041}"),
        ("\ue0b0\u0378\udc9b", "\\u{e0b0}\\u{378}\\u{dc9b}"),
        ("a\u2028b", "a\\u{2028}b"),
        ("a\u0602b", "a\\u{602}b"),
        # spaces and tabs
        ("a\xa0b\u2003c\u3000d", "a b c d"),
        ("\ta\tbc\tdefg\th", "    a   bc  defg    h"),
        ("漢\tb\n\tc", "漢  b\n    c"),
        # joiners where they belong, and where not
        ("👨\u200d👩\u200d👧 ⚠\ufe0f ❤\ufe0f\u200d🔥 👍🏽 1\ufe0f\u20e3", None),
        ("می\u200cخواهم", None),
        ("a\u200db\ufe0fc\u200cd", "a\\u{200d}b\\u{fe0f}c\\u{200c}d"),
        ("👨\u200d", "👨\\u{200d}"),
        ("\u200d👨", "\\u{200d}👨"),
        ("👨\ufe0f\ufe0f", "👨\ufe0f\\u{fe0f}"),
        # marks
        ("e\u0301", None),
        ("e" + "\u0301" * 8, None),
        ("e" + "\u0301" * 20 + "x", "e" + "\u0301" * 8 + "x"),
        ("e" + "\u0301\u0302" * 9, "e" + "\u0301\u0302" * 4),
        # what is none of our business
        ("naïve — “漢字” ─────────── ✓\n\nx", None),
        ("", None),
    ],
)
def test_display(text: str, shown: str | None) -> None:
    expected = text if shown is None else shown
    assert display(text) == expected
    assert display(expected) == expected


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_is_left_as_it_is(markup: str) -> None:
    assert display(markup) == markup


@pytest.mark.parametrize("char", BIDI_AND_INVISIBLE)
def test_each_invisible_character_is_written_out(char: str) -> None:
    assert display(f"a{char}b") == f"a\\u{{{ord(char):x}}}b"


def test_every_character_there_is() -> None:
    everything = [chr(code) for code in range(0x110000)]
    assert not forbidden_in_display(display("".join(everything)))
    assert {display(char) for char in everything if char.isalnum() and is_visible(char)} == {
        char for char in everything if char.isalnum() and is_visible(char)
    }


def test_symbols_left_out_of_the_searches_are_harmless() -> None:
    ranges = [part for part in SYMBOLS if part != "-"]
    for first, last in zip(ranges[::2], ranges[1::2], strict=True):
        for code in range(ord(first), ord(last) + 1):
            char = chr(code)
            assert is_visible(char) or char == "\u2800"
            assert not is_mark(char)


def test_clean_text_is_not_copied_twice() -> None:
    shown = display("hello")
    assert display(shown) is shown


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("hello", 5, "hello"),
        ("hello", 4, "hel…"),
        ("hello", 1, "…"),
        ("hello", 0, ""),
        ("hello", -3, ""),
        ("a\nb\r\nc", 20, "a␊b␊c"),
        ("漢字漢字", 8, "漢字漢字"),
        ("漢字漢字", 7, "漢字漢…"),
        ("漢字漢字", 6, "漢字…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("👨\u200d👩\u200d👧x", 2, "…"),
        ("👨\u200d👩\u200d👧xy", 3, "👨\u200d👩\u200d👧…"),
        ("\x1b[31mred\x1b[0m", 3, "red"),
        ("a\u202eb", 20, "a\\u{202e}b"),
    ],
)
def test_one_line(text: str, limit: int, line: str) -> None:
    shown = one_line(text, limit)
    assert isinstance(shown, SafeText)
    assert shown == line
    assert cell_len(shown) <= max(limit, 0)


def test_one_line_looks_only_at_what_it_can_show() -> None:
    assert one_line("\x1b[m" * 10_000_000 + "end", 10) == "…"
    assert one_line("x" * 10_000_000, 4) == "xxx…"


def test_one_line_of_text_that_was_displayed_before() -> None:
    assert one_line(display("a\nb"), 9) == "a␊b"


def test_widths_are_never_less_than_what_is_painted() -> None:
    for code in range(0x20, 0x110000):
        char = chr(code)
        if is_visible(char):
            assert cell_width(char) >= cell_len(char), f"U+{code:04X}"


@pytest.mark.parametrize(
    "text",
    [
        "⚠\ufe0f",
        "1\ufe0f\u20e3",
        "©\ufe0f",
        "❤\ufe0f\u200d🔥",
        "👨\u200d👩\u200d👧",
        "👍🏽",
        "🇩🇪",
        "한글",
        "क्षि",
    ],
)
def test_widths_of_what_is_joined(text: str) -> None:
    assert cell_width(text) == cell_len(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a\x1b[31mred\x1b[0m\tb\r\nc\rd\n", "ared\tb\r\nc\rd\n"),
        ("\x1b]0;x\x07\x00\x07\x85", "␀␇\\x85"),
        ("ignore\u200b\U000e0069\u202e", "ignore\\u{200b}\\u{e0069}\\u{202e}"),
        ("\ud83d", "\\u{d83d}"),
        ("a\xa0b\ue0b0\u0378", None),
        ("👨\u200d👩 ⚠\ufe0f", None),
        ("a\ufe0f\u200d", "a\\u{fe0f}\\u{200d}"),
        ("x" + "\u0301" * 30, None),
    ],
)
def test_for_model(text: str, read: str | None) -> None:
    expected = text if read is None else read
    assert for_model(text) == expected
    assert for_model(expected) == expected
    expected.encode()


def test_hidden_class_holds_every_format_character_that_is_not_seen() -> None:
    seen = {0x0600, 0x0601, 0x0602, 0x0603, 0x0604, 0x0605, 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2}
    seen |= {0x110BD, 0x110CD, *range(0x13430, 0x13440)}  # signs that enclose or join others
    for code in range(0x110000):
        char = chr(code)
        if unicodedata.category(char) == "Cf" and code not in seen:
            assert for_model(f"a{char}b") != f"a{char}b", f"U+{code:04X}"
