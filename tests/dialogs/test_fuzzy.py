"""Finding names by a few letters."""

from __future__ import annotations

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from grafftui.ui.fuzzy import positions, rank


def ranked(query: str, names: list[str]) -> list[str]:
    return [names[index] for index in rank(query, names)]


def test_the_last_part_of_a_path_counts_most() -> None:
    names = ["parser/docs/index.md", "src/deep/parser.py", "src/my_parser.py", "a/p/a/r/s/e/r.txt"]
    assert ranked("parser", names)[:2] == ["src/deep/parser.py", "src/my_parser.py"]
    assert len(ranked("parser", names)) == 4


def test_a_whole_name_comes_first() -> None:
    assert ranked("gpt-5", ["gpt-5-mini", "gpt-5", "my-gpt-5"])[0] == "gpt-5"


def test_every_word_is_met() -> None:
    names = ["tests/session.py", "src/session.py", "tests/app.py"]
    assert ranked("tests sess", names) == ["tests/session.py"]


def test_case_does_not_matter_and_nothing_means_all() -> None:
    assert ranked("README", ["readme.md"]) == ["readme.md"]
    assert rank("", ["a", "b"]) == [0, 1]
    assert rank("  ", ["a", "b"], best=1) == [0]


@given(st.text(min_size=1, max_size=6), st.lists(st.text(max_size=12), max_size=20))
def test_what_is_found_has_the_letters_in_order(query: str, names: list[str]) -> None:
    found = rank(query, names)
    assert len(set(found)) == len(found)
    for index in found:
        for word in query.lower().split():
            rest = iter(names[index].lower())
            assert all(letter in rest for letter in word) or not names[index].isascii()


@given(st.text(max_size=6), st.text(max_size=20))
def test_positions_are_inside_the_name(query: str, name: str) -> None:
    assert all(0 <= at < len(name) for at in positions(query, name))


def test_36_000_paths_take_no_more_than_60_ms() -> None:
    """On a machine that makes them lower-case in 2 ms; said as a ratio, for others."""
    names = some_paths(36_000)
    rank("warm", names)
    for query in ("a", "parser.py", "agrph", "src ses", "aaaaaaaaaaaa"):
        # each beside its own measure: a busy machine slows both
        ratios = (_cpu(query, names) / _lowering(names) for _ in range(9))
        assert any(ratio <= 60 / 2 for ratio in ratios), query


def test_repeated_letters_do_not_explode() -> None:
    for query, name in (("a" * 12 + "b", "a" * 4_000), ("a" * 12, "ab" * 2_000)):
        assert any(_cpu(query, [name] * 50) < 0.2 for _ in range(5))


def _lowering(names: list[str]) -> float:
    started = time.process_time()
    for name in names:
        name.lower()
    return time.process_time() - started


def _cpu(query: str, names: list[str]) -> float:
    started = time.process_time()
    rank(query, names)
    return time.process_time() - started


def some_paths(count: int) -> list[str]:
    """Paths as a large repository has them; the same every time."""
    chance = random.Random(1)
    parts = ["src", "tests", "lib", "graph", "core", "widgets", "app", "parser", "agent", "session"]
    return [
        "/".join(
            chance.choice(parts) + str(chance.randrange(9)) for _ in range(chance.randint(2, 7))
        )
        + chance.choice([".py", ".ts", ".md"])
        for _ in range(count)
    ]
