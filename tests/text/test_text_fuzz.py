"""What must hold for any text whatever."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from audited import read_back
from hostile import NASTY, forbidden_in_audit, forbidden_in_display
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from grafftui.text import display, for_model, one_line
from grafftui.text.auditing import audit, audit_spans
from grafftui.text.redact import Redactor
from grafftui.text.sgr import parse_sgr, terminal_lines

fuzz = settings(max_examples=400, deadline=None, database=None)

BITS = [
    *(
        "\x1b[31m",
        "\x1b[0m",
        "\x1b[38;2;1;2;3m",
        "\x9b1m",
        "\x1b[K",
        "\x1b[2K",
        "\x1b[9C",
        "\x1b[3G",
    ),
    *("\x1b]0;x\x07", "\x1b]8;;u\x1b\\", "\x1bP", "\r\n", "        ", "\u0301" * 5, "pаy", "50%"),
    *("👨\u200d👩", "⚠\ufe0f", "क\u094d\u200c"),
]

pieces = st.one_of(
    st.text(st.sampled_from(NASTY), max_size=6), st.sampled_from(BITS), st.text(max_size=4)
)
texts = st.lists(pieces, max_size=12).map("".join)


@fuzz
@given(texts)
def test_display_leaves_nothing_forbidden_and_nothing_to_do(text: str) -> None:
    shown = display(text)
    assert not forbidden_in_display(shown)
    assert display(str(shown)) == shown


@fuzz
@given(texts, st.booleans())
def test_audit_leaves_nothing_forbidden_and_drops_nothing(text: str, single_line: bool) -> None:
    shown, spans = audit_spans(text, single_line=single_line)
    assert not forbidden_in_audit(shown)
    assert not (single_line and "\n" in shown)
    assert read_back(shown, spans) == text
    assert audit(str(shown), single_line=single_line) == shown


@fuzz
@given(texts)
def test_model_text_can_be_sent_and_is_settled(text: str) -> None:
    read = for_model(text)
    read.encode()
    assert "\x1b" not in read
    assert for_model(read) == read


@fuzz
@given(texts, st.integers(-1, 20))
def test_one_line_is_one_line_and_fits(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert "\n" not in line
    assert not forbidden_in_display(line)
    assert cell_len(line) <= max(limit, 0)


@fuzz
@given(texts)
def test_colours_change_nothing_about_the_text(text: str) -> None:
    shown, spans = parse_sgr(text)
    assert shown == display(text)
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(shown)
        end = span.end


@fuzz
@given(texts)
def test_rewritten_lines_are_settled(text: str) -> None:
    resolved = terminal_lines(text)
    assert terminal_lines(resolved) == resolved
    assert "\r" not in display(resolved)
    assert resolved.count("\n") <= text.count("\n")


def redact(text: str) -> str:
    return Redactor().redact(text)


ADVERSARIAL: list[tuple[Callable[[str], object], str]] = [
    (display, "\x1b]"),
    (display, "\x1b["),
    (display, "\x1b[1;"),
    (display, "\r\x1b]"),
    (display, "\u0301"),
    (display, "\u200d"),
    (display, "👨\u200d"),
    (display, "\u200b"),
    (display, "\t"),
    (display, "é\t"),
    (display, "─"),
    (audit, "aс"),
    (audit, "a" * 7 + "с"),
    (audit, "       \u200b"),
    (audit, "\u0301"),
    (for_model, "\u200d\u200b"),
    (parse_sgr, "\x1b[31mé\x1b[0m"),
    (parse_sgr, "\r\x1b[m"),
    (parse_sgr, "\x1b[1m\t"),
    (terminal_lines, "a\r"),
    (terminal_lines, "aaaaaaaa\x1b[2K"),
    (terminal_lines, "ab\x08\x1b[K"),
    (terminal_lines, "\x1b[999C"),
    (terminal_lines, "\r\x1b]"),
    (redact, "sk-"),
    (redact, "-eyJ"),
    (redact, "eyJaaaaaaaa.eyJ"),
    (redact, "authorization="),
    (redact, "authorization: bearer "),
    (redact, "-----BEGIN RSA PRIVATE KEY-----\n"),
    (redact, "-----BEGIN PRIVATE KEY-----" + "\n \t\r\n" + "A" * 15),
]


def seconds(function: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    function(text)
    return time.process_time() - start


@pytest.mark.parametrize(("function", "unit"), ADVERSARIAL)
def test_time_is_linear(function: Callable[[str], object], unit: str) -> None:
    """Eight times the text takes about eight times as long; squared would be 64.

    Other work on the machine can only make a measurement longer, so the best of five counts.
    """
    size = 1_000
    while seconds(function, unit * size) < 0.004:
        size *= 2
    short = min(seconds(function, unit * size) for _ in range(5))
    for _ in range(5):
        if seconds(function, unit * size * 8) < 24 * short:
            return
    pytest.fail("takes more than linear time")
