"""SafeText as a type."""

from __future__ import annotations

import copy
import pickle

import pytest

from grafftui.text import SafeText, display, one_line, plain
from grafftui.text.auditing import audit


def test_it_cannot_be_made_by_calling_it() -> None:
    with pytest.raises(TypeError, match="display"):
        SafeText("text")


def test_everything_that_makes_it() -> None:
    made = [display("a"), audit("a"), one_line("a", 9), plain("a")]
    assert all(isinstance(text, SafeText) and text == "a" for text in made)


def test_slicing_and_joining_keep_it() -> None:
    text = display("one\ntwo")
    assert isinstance(text[0], SafeText)
    assert isinstance(text[:3], SafeText)
    assert text.lines() == ["one", "two"]
    assert all(isinstance(line, SafeText) for line in text.lines())
    assert isinstance(text + plain("!"), SafeText)
    assert isinstance(plain(", ").joined(text.lines()), SafeText)
    assert plain(", ").joined(text.lines()) == "one, two"


def test_anything_else_loses_it() -> None:
    text = display("one")
    assert type(text + "\x1b") is str
    assert type(text.upper()) is str
    assert type(text.replace("o", "\x1b")) is str
    assert type(f"{text}") is str
    assert type("".join([text])) is str


def test_it_can_be_copied() -> None:
    text = display("one")
    assert copy.deepcopy(text) == text
    assert isinstance(copy.deepcopy(text), SafeText)
    assert pickle.loads(pickle.dumps(text)) == text


def test_plain_takes_only_what_needs_no_sanitising() -> None:
    assert plain("two\nlines") == "two\nlines"
    with pytest.raises(ValueError, match="plain literal"):
        plain("\x1b[31m")
