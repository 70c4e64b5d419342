"""Text, cursor, selection, undo and chips, without a screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grafftui.ui.composing.draft import Draft, Where


def draft_of(text: str) -> Draft:
    draft = Draft()
    draft.insert(text)
    return draft


def type_into(draft: Draft, text: str) -> None:
    for letter in text:
        draft.insert(letter, typed=True)


def test_a_run_of_letters_is_one_undo_step() -> None:
    draft = Draft()
    type_into(draft, "one two")
    draft.undo()
    assert draft.text == "one "
    draft.undo()
    draft.undo()
    assert draft.text == ""
    assert not draft.undo()
    for _ in range(3):
        assert draft.redo()
    assert draft.text == "one two"
    assert not draft.redo()


def test_moving_ends_a_run() -> None:
    draft = Draft()
    type_into(draft, "ab")
    draft.move(0)
    type_into(draft, "cd")
    draft.undo()
    assert (draft.text, draft.cursor) == ("ab", 0)


def test_typing_replaces_the_selection_and_undo_brings_it_back() -> None:
    draft = draft_of("one two")
    draft.move(4)
    draft.move(7, select=True)
    draft.insert("2", typed=True)
    assert draft.text == "one 2"
    draft.undo()
    assert draft.text == "one two"


def test_backspace_takes_a_whole_grapheme() -> None:
    for grapheme in ("👩‍💻", "e\u0301", "❤️", "字"):
        draft = draft_of(f"x{grapheme}")
        draft.delete("left")
        assert draft.text == "x"


def test_the_cursor_stops_at_tabs_and_line_ends() -> None:
    draft = draft_of("é\t\n字")
    stops = [draft.cursor]
    while draft.cursor:
        draft.move(draft.find("left"))
        stops.append(draft.cursor)
    assert stops == [4, 3, 2, 1, 0]


def test_words() -> None:
    draft = draft_of("fix src/app.py now")
    draft.delete("word_left")
    assert draft.text == "fix src/app.py "
    draft.delete("word_left")
    assert draft.text == "fix src/app."
    draft.move(0)
    draft.move(draft.find("word_right"))
    assert draft.cursor == 3


def test_a_chip_is_one_step_and_expands_in_full() -> None:
    pasted = "line\n" * 300
    draft = draft_of("see ")
    draft.insert(draft.chip(pasted))
    draft.insert(" ok")
    assert draft.shown(draft.text) == "see [Pasted 1,500 characters] ok"
    assert draft.expanded(draft.text) == f"see {pasted} ok"
    for _ in range(4):
        draft.move(draft.find("left"))
    assert draft.cursor == 4
    draft.delete("right")
    assert draft.expanded(draft.text) == "see  ok"
    draft.undo()
    assert draft.expanded(draft.text) == f"see {pasted} ok"


def test_two_chips_stay_two() -> None:
    draft = Draft()
    draft.insert(draft.chip("a" * 10))
    draft.insert(draft.chip("b" * 10))
    assert draft.expanded(draft.text) == "a" * 10 + "b" * 10


def test_forget_leaves_nothing_to_undo() -> None:
    draft = draft_of("secret")
    draft.insert(draft.chip("secret"))
    draft.forget()
    assert not draft.undo()
    assert "secret" not in repr(vars(draft))


def test_line_ends_are_of_the_line_the_cursor_is_in() -> None:
    draft = draft_of("one\ntwo\nthree")
    draft.move(5)
    assert (draft.find("line_start"), draft.find("line_end")) == (4, 7)


_EDITS = st.one_of(
    st.tuples(st.just("insert"), st.text(max_size=5)),
    st.tuples(st.just("type"), st.characters(exclude_categories=["Cs", "Co"])),
    st.tuples(
        st.sampled_from(["delete", "move", "select"]),
        st.sampled_from(["left", "right", "word_left", "word_right", "line_start", "line_end"]),
    ),
)


@given(st.lists(_EDITS, max_size=30))
def test_undo_goes_back_to_nothing_and_redo_to_the_end(edits: list[tuple[str, Where]]) -> None:
    draft = Draft()
    for what, argument in edits:
        if what == "insert":
            draft.insert(argument)
        elif what == "type":
            draft.insert(argument, typed=True)
        elif what == "delete":
            draft.delete(argument)
        else:
            draft.move(draft.find(argument), select=what == "select")
        assert 0 <= draft.cursor <= len(draft.text)
        start, end = draft.selection
        assert 0 <= start <= end <= len(draft.text)
    final = draft.text
    while draft.undo():
        pass
    assert draft.text == ""
    while draft.redo():
        pass
    assert draft.text == final
