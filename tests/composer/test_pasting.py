"""What pasted text becomes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafftui.ui.composing import pasting


def test_line_ends_and_tabs() -> None:
    assert pasting.clean("a\r\nb\rc\n\td\u2028e") == "a\nb\nc\n\td\ne"


@pytest.mark.parametrize(
    "attack",
    [
        "\x1b]0;title\x07",
        "\x1b[2J",
        "\x1bc",
        "\x9b31m",
        "\x1b]52;c;AAAA\x1b\\",
        "\x00",
        "\x7f",
        "\x1b[201~",
    ],
)
def test_nothing_that_acts_gets_in(attack: str) -> None:
    cleaned = pasting.clean(f"before{attack}after")
    assert cleaned.isprintable()
    assert cleaned.startswith("before") and cleaned.endswith("after")


def test_what_cannot_be_seen_is_written_out() -> None:
    assert pasting.clean("a\u202eb\U000e0041c\U000f0000d") == r"a\u{202e}b\u{e0041}c\u{f0000}d"


@given(st.text())
def test_clean_text_stays_as_it_is(text: str) -> None:
    once = pasting.clean(text)
    assert pasting.clean(once) == once
    assert once.replace("\n", "").replace("\t", "").replace("\u200d", "").isprintable()


def test_typed_characters() -> None:
    assert all(pasting.is_typed(letter) for letter in "aß字é \u200d\ufe0f")
    assert not any(
        pasting.is_typed(letter) for letter in ("", "\x1b", "\n", "\u202e", "\U000f0000")
    )


def test_long_is_by_characters_or_lines() -> None:
    assert not pasting.is_long("x" * 1_000)
    assert pasting.is_long("x" * 1_001)
    assert not pasting.is_long("x\n" * 11 + "x")
    assert pasting.is_long("x\n" * 12 + "x")


@pytest.mark.parametrize(
    "key",
    [
        "sk-ant-api03-" + "Ab1_" * 20,
        "sk-proj-" + "Ab1-" * 20,
        "sk-or-v1-" + "0f" * 32,
        "sk-" + "a1B2" * 12,
        "gsk_" + "a1B2" * 12,
        "xai-" + "a1B2" * 12,
        "AIza" + "a1B2c" * 7,
        "ghp_" + "a1B2" * 9,
        "AKIA" + "ABCDEFGH12345678",
    ],
)
def test_keys_are_seen(key: str) -> None:
    assert key not in pasting.without_keys(key)
    assert key not in pasting.without_keys(f'OPENAI_API_KEY="{key}"')


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn is a library",
        "task-scheduler-implementation-details",
        "a risk-averse-approach-to-everything-here",
        "",
    ],
)
def test_words_are_not_keys(text: str) -> None:
    assert pasting.without_keys(text) == text
