"""How a draft falls into rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from grafftui.ui.composing.draft import Draft
from grafftui.ui.composing.graphemes import graphemes
from grafftui.ui.composing.rows import Rows

_PIECES = ["a", "b", " ", "c", "\n", "\t", "字", "é", "👩", "👩\u200d💻", "❤\ufe0f", "e\u0301"]
_TEXT = st.lists(st.sampled_from(_PIECES), max_size=80).map("".join)


def rows_of(text: str, width: int, draft: Draft | None = None) -> Rows:
    rows = Rows((draft or Draft()).shown)
    rows.lay_out(text, width)
    return rows


def lines_of(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in rows_of(text, width).spans]


def test_words_stay_whole() -> None:
    assert lines_of("one two three", 8) == ["one two ", "three"]


def test_a_word_wider_than_the_row_is_broken() -> None:
    assert lines_of("abcdefgh ij", 5) == ["abcde", "fgh ", "ij"]


def test_wide_characters_take_two_cells() -> None:
    assert lines_of("字字字", 4) == ["字字", "字"]


def test_an_empty_last_line_is_a_row() -> None:
    assert lines_of("one\n", 8) == ["one", ""]


def test_a_chip_keeps_to_itself() -> None:
    draft = Draft()
    chip = draft.chip("x" * 2_000)
    rows = rows_of(f"look at {chip} please", 33, draft)
    assert len(rows.spans) == 2


@given(_TEXT, st.integers(2, 20))
def test_rows_hold_all_text_in_order_and_fit(text: str, width: int) -> None:
    rows = rows_of(text, max(width, 4))
    covered = "".join(text[start:end] for start, end in rows.spans)
    assert covered == text.replace("\n", "")
    for start, end in rows.spans:
        assert "\n" not in text[start:end]
        assert cell_len(Draft().shown(text[start:end])) <= max(width, 4)


@given(_TEXT, st.integers(4, 20), st.data())
def test_a_cell_leads_back_to_where_it_is(text: str, width: int, data: st.DataObject) -> None:
    rows = rows_of(text, width)
    index = data.draw(st.sampled_from([start for start, _ in graphemes(text)] or [0]))
    row, cell = rows.row_of(index), rows.cell_of(text, index)
    found = rows.index_at(text, row, cell)
    assert (rows.row_of(found), rows.cell_of(text, found)) == (row, cell)


@given(_TEXT, st.integers(4, 20), st.integers(-3, 30), st.integers(0, 50))
def test_any_cell_is_somewhere_in_its_row(text: str, width: int, row: int, cell: int) -> None:
    rows = rows_of(text, width)
    index = rows.index_at(text, row, cell)
    assert rows.row_of(index) == max(0, min(row, len(rows.spans) - 1))


def test_a_key_in_a_long_draft_wraps_one_line_only() -> None:
    """Laying out again costs a fraction of the first time."""
    text = ("word " * 40 + "\n") * 250
    rows = Rows(Draft().shown)
    first = _cpu(partial(rows.lay_out, text, 80))
    again = min(_cpu(partial(rows.lay_out, text + "x" * n, 80)) for n in range(1, 6))
    assert again < first / 10


def _cpu(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
