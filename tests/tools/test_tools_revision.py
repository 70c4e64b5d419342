"""Edits that a person changed before saying yes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tool_hands import Hands

from grafftui.approvals import Decision, HunkChoice
from grafftui.tools import AllRejected, PreparedCall, ToolFailure
from grafftui.tools.diffs import unified, with_choices

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "d"]), max_size=40).map("".join)
TWO_HUNKS = "".join(f"{number}\n" for number in range(20))
CHANGED = TWO_HUNKS.replace("2\n", "two\n", 1).replace("18\n", "eighteen\n")


def revised(call: PreparedCall, *choices: HunkChoice, reason: str = "") -> PreparedCall:
    assert call.revise is not None
    return call.revise(Decision("accept", reason, hunks=choices))


@given(TEXTS, TEXTS)
def test_none_rejected_is_the_edit_and_all_rejected_is_none(before: str, after: str) -> None:
    hunks = unified(before, after, "f", created=False, removed=False).text.count("\n@@ ")
    assert with_choices(before, after, {}) == after
    assert with_choices(before, after, dict.fromkeys(range(hunks))) == before
    with pytest.raises(ValueError, match=f"has {hunks}"):
        with_choices(before, after, {hunks: None})


@given(TEXTS, TEXTS, st.sets(st.integers(0, 5)))
def test_what_is_not_rejected_is_made(before: str, after: str, rejected: set[int]) -> None:
    """Making the rejected hunks too, afterwards, gives the whole edit."""
    hunks = unified(before, after, "f", created=False, removed=False).text.count("\n@@ ")
    rejected = {number for number in rejected if number < hunks}
    kept = set(range(hunks)) - rejected
    part = with_choices(before, after, dict.fromkeys(rejected))
    assert part == with_choices(after, before, dict.fromkeys(kept))


def test_a_rejected_hunk_is_not_written_and_the_model_hears_why(hands: Hands) -> None:
    path = hands.file("f", TWO_HUNKS)
    edits = [
        {"old_string": "\n2\n", "new_string": "\ntwo\n"},
        {"old_string": "\n18\n", "new_string": "\neighteen\n"},
    ]
    call = hands.prepare("multi_patch", file_path="f", edits=edits)
    assert call.proposed == {str(path): CHANGED}
    other = revised(call, HunkChoice(str(path), 0, keep=False), reason="two stays")
    assert other.request is not None and call.request is not None
    assert other.request.digest() != call.request.digest()
    result = other.execute(hands.context)
    assert path.read_text() == TWO_HUNKS.replace("18\n", "eighteen\n")
    assert "Left out: hunk 1 of" in result.text and "two stays" in result.text
    assert "+eighteen" in result.text and "+two" not in result.text


def test_a_hunk_written_anew_keeps_the_ends_of_lines(hands: Hands) -> None:
    path = hands.file("f", "one\r\ntwo\r\nthree")
    call = hands.prepare("patch", file_path="f", old_string="three", new_string="3")
    lines = ("one", "two and a half", "tres")
    revised(call, HunkChoice(str(path), 0, keep=True, lines=lines)).execute(hands.context)
    assert path.read_bytes() == b"one\r\ntwo and a half\r\ntres"


def test_a_whole_file_written_anew(hands: Hands) -> None:
    path = hands.file("f", "one\r\n")
    call = hands.prepare("patch", file_path="f", old_string="one", new_string="two")
    assert call.revise is not None
    other = call.revise(Decision("accept", contents=((str(path), "eins\nzwei\n"),)))
    other.execute(hands.context)
    assert path.read_bytes() == b"eins\r\nzwei\r\n"


def test_nothing_left_is_a_refusal(hands: Hands) -> None:
    path = hands.file("f", "one\n")
    call = hands.prepare("patch", file_path="f", old_string="one", new_string="two")
    with pytest.raises(AllRejected):
        revised(call, HunkChoice(str(path), 0, keep=False))
    assert path.read_text() == "one\n"


@pytest.mark.parametrize(
    "choice", [HunkChoice("elsewhere", 0, keep=False), HunkChoice("f", 7, keep=False)]
)
def test_an_answer_that_cannot_be_meant(hands: Hands, choice: HunkChoice) -> None:
    path = hands.file("f", "one\n")
    call = hands.prepare("patch", file_path="f", old_string="one", new_string="two")
    named = str(path) if choice.path == "f" else choice.path
    with pytest.raises(ToolFailure, match=r"cannot be meant|does not change"):
        revised(call, HunkChoice(named, choice.number, keep=False))


def test_a_removal_is_made_whole_or_not_at_all(hands: Hands) -> None:
    path = hands.file("f", "one\n")
    call = hands.prepare("remove", path="f")
    assert call.proposed == {}
    with pytest.raises(ToolFailure, match="whole or not at all"):
        revised(call, HunkChoice(str(path), 0, keep=False))


def test_a_file_that_changed_meanwhile_is_left_alone(hands: Hands) -> None:
    path = hands.file("f", TWO_HUNKS)
    call = hands.prepare("patch", file_path="f", old_string="\n2\n", new_string="\ntwo\n")
    lines = ("0", "1", "zwei", "3", "4", "5")
    other = revised(call, HunkChoice(str(path), 0, keep=True, lines=lines))
    path.write_text("other\n")
    with pytest.raises(ToolFailure):
        other.execute(hands.context)
    assert path.read_text() == "other\n"
