"""The app starts on every terminal, takes what is typed meanwhile, and fits any size."""

from __future__ import annotations

import re

import pytest
from app_stage import Provide, answer, left_in_order, numbered, read_then, say

from fakes.steps import text, tool
from ptyharness import Open

EDIT = tool("patch", {"file_path": "prices.txt", "old_string": "milk 2", "new_string": "milk 4"})


def test_keys_typed_from_the_first_frame_on_are_kept(app: Open, provide: Provide) -> None:
    provider = provide([text("Good morning.")])
    term = app(provider)
    term.wait_for("›")
    assert "ready" not in term.text
    for character in "good morning é漢":
        term.send(character)
    term.send("\r")
    term.wait_for("Good morning.")
    assert provider.requests[-1].body["messages"][-1]["content"] == "good morning é漢"
    assert term.raw.count(b"\x1b[?1049h") == 1


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (240, 60)], ids="{0[0]}x{0[1]}".format)
def test_a_turn_with_a_question_fits(app: Open, provide: Provide, size: tuple[int, int]) -> None:
    term = app(provide(*read_then(EDIT), [text("All set.")]), size=size)
    say(term, "milk is 4 now")
    answer(term, "Make this edit?", "r")
    term.wait_for("All set.")
    term.press("ctrl+q")
    left_in_order(term, 0)


@pytest.mark.parametrize(
    "env",
    [
        {"NO_COLOR": "1"},
        {"LANG": "C"},
        {"TERM": "linux", "COLORTERM": ""},
    ],
    ids=str,
)
def test_a_turn_on_other_terminals(app: Open, provide: Provide, env: dict[str, str]) -> None:
    term = app(provide([text("Hello **there** é漢.")]), env=env)
    say(term, "hello")
    term.wait_for("Hello there é漢.")
    term.press("ctrl+q")
    left_in_order(term, 0)
    if "NO_COLOR" in env:
        colours = re.findall(rb"\x1b\[[\d;]*[34]8;2;(\d+);(\d+);(\d+)", term.raw)
        assert all(r == g == b for r, g, b in colours)


def test_a_storm_of_sizes_in_mid_stream(app: Open, provide: Provide) -> None:
    term = app(provide([text(numbered(300), rate=100)]))
    say(term, "count for me")
    term.wait_for("w3.")
    for step in range(100):
        term.resize(20 + step * 7 % 150, 3 + step * 5 % 50)
    term.resize(1, 1)
    term.resize(10, 3)
    term.resize(500, 200)
    term.resize(120, 30)
    term.wait_for("w299.")
    term.press("ctrl+q")
    left_in_order(term, 0)


@pytest.mark.parametrize("arguments", [["--conversation", "nobody"], ["--continue"]])
def test_a_conversation_that_is_not_there(
    app: Open, provide: Provide, arguments: list[str]
) -> None:
    term = app(provide([text("Hello.")]), *arguments)
    if "--conversation" in arguments:
        term.wait_for("no conversation nobody")
    say(term, "hello")
    term.wait_for("Hello.")
