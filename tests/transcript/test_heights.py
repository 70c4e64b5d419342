"""Heights against a plain list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grafftui.ui.transcript.heights import Heights

HEIGHTS = st.lists(st.integers(0, 9), max_size=60)


def find_slowly(values: list[int], line: int) -> tuple[int, int]:
    for index, height in enumerate(values):
        if line < height:
            return index, line
        line -= height
    return len(values) - 1, max(0, values[-1] - 1)


@given(HEIGHTS, st.data())
def test_sums_and_places_are_those_of_a_list(values: list[int], data: st.DataObject) -> None:
    heights = Heights(values)
    for _ in range(20):
        step = data.draw(st.sampled_from(["append", "set", "truncate"]))
        if step == "append":
            value = data.draw(st.integers(0, 9))
            heights.append(value)
            values.append(value)
        elif step == "set" and values:
            index = data.draw(st.integers(0, len(values) - 1))
            values[index] = data.draw(st.integers(0, 9))
            heights.set(index, values[index])
        elif step == "truncate":
            length = data.draw(st.integers(0, len(values)))
            heights.truncate(length)
            del values[length:]
        assert heights.total == sum(values)
        assert len(heights) == len(values)
        for index in range(len(values) + 1):
            assert heights.top(index) == sum(values[:index])
        for line in range(sum(values)):
            assert heights.find(line) == find_slowly(values, line)


def test_lines_past_the_ends_are_clamped() -> None:
    heights = Heights([2, 0, 3])
    assert heights.find(-1) == (0, 0)
    assert heights.find(5) == (2, 2)
    assert Heights().find(3) == (0, 0)
