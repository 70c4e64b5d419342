"""Breaking lines into rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from grafftui.ui.transcript.lines import Line, rows_of, runs_between

TEXT = st.text(
    st.one_of(
        st.sampled_from("ab  cd-ä漢字😀e\u0301\u200d\ufe0f"),
        st.characters(codec="utf-8", exclude_categories=("C", "Z")),
    ),
    max_size=200,
)


@given(TEXT, st.integers(1, 60), st.sampled_from(["word", "fold"]))
def test_rows_hold_the_text_and_fit(text: str, width: int, wrap: str) -> None:
    rows = rows_of(Line(text, wrap=wrap), 0, width)  # type: ignore[arg-type]
    assert all(cell_len(row.text.rstrip()) <= max(2, width) for row in rows)
    assert all(text.startswith(row.text, row.start) for row in rows)
    assert "".join(row.text for row in rows).replace(" ", "") == text.replace(" ", "")
    if wrap == "fold":
        assert "".join(row.text for row in rows) == text


@given(TEXT, st.integers(1, 60), st.data())
def test_styles_stay_with_their_characters(text: str, width: int, data: st.DataObject) -> None:
    size = len(text)
    ends = sorted(data.draw(st.lists(st.integers(0, size), min_size=2, max_size=6)))
    runs = tuple((a, b, f"s{a}") for a, b in zip(ends[::2], ends[1::2], strict=False))
    styled = {n: style for a, b, style in runs for n in range(a, b)}
    for row in rows_of(Line(text, runs, wrap="fold"), 0, width):
        found = {row.start + n: style for a, b, style in row.runs for n in range(a, b)}
        here = range(row.start, row.start + len(row.text))
        assert found == {n: style for n, style in styled.items() if n in here}


def test_clipped_lines_end_with_a_mark_and_leave_room_for_the_right() -> None:
    line = Line("a rather long subject", wrap="clip", right=(("+6", "count-added"),))
    (row,) = rows_of(line, 0, 12)
    assert row.text == "a rather…"
    assert cell_len(row.text) + 1 + 2 <= 12


def test_words_break_after_spaces() -> None:
    rows = rows_of(Line("one two three"), 0, 7)
    assert [row.text for row in rows] == ["one two", "three"]


def test_spaces_at_the_end_take_no_row() -> None:
    assert [row.text for row in rows_of(Line("one   "), 0, 3)] == ["one"]
    assert [row.text for row in rows_of(Line("one two    "), 0, 4)] == ["one", "two"]


def test_runs_between_moves_and_cuts() -> None:
    assert runs_between([(0, 4, "a"), (4, 8, "b")], 2, 6) == ((0, 2, "a"), (2, 4, "b"))
