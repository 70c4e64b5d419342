"""The lines of the list: groups, headings, forks below what they were forked from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafftui.history import Conversation
from grafftui.ui.conversation_lines import Heading, Line, as_tree, day_in_words, lines
from grafftui.ui.listing import Listing
from grafftui.ui.live import LiveConversation
from work import counted

NOW = datetime(2026, 3, 11, 15, 0).timestamp()  # a Wednesday
DAY = 86_400


def row(id: str, days: float = 0, parent: str | None = None, **more: object) -> Conversation:
    made = Conversation(
        id, id, "/w", "graff", "forge", "p", "m", parent, "done", 1, 0, NOW - days * DAY
    )
    return replace(made, **more)  # type: ignore[arg-type]


def drawn(listing: Listing, *, current: LiveConversation | None = None, **live: str) -> list[str]:
    """The lines as text: headings in brackets, forks behind dots."""
    followed = {id: LiveConversation(id=id, phase=phase) for id, phase in live.items()}  # type: ignore[arg-type]
    made = lines(listing, followed.get, current or LiveConversation(id="x"), NOW)
    return [
        f"[{line.words}]" if isinstance(line, Heading) else "." * line.depth + line.title
        for line in made
    ]


def test_day_by_day() -> None:
    ages = (0, 0.5, 1, 2, 6, 7, 30, 100, 500)
    listing = Listing("/w", others=[row(f"{days}", days) for days in ages])
    assert drawn(listing) == [
        *("0", "0.5", "[]", "[yesterday]", "1", "[]", "[Monday]", "2"),
        *("[]", "[Thursday]", "6", "[]", "[March]", "7", "[]", "[February]", "30"),
        *("[]", "[December 2025]", "100", "[]", "[October 2024]", "500"),
    ]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 3, 12), "today"),
        (date(2026, 3, 11), "today"),
        (date(2026, 3, 10), "yesterday"),
        (date(2026, 3, 9), "Monday"),
        (date(2026, 3, 5), "Thursday"),
        (date(2026, 3, 4), "March"),
        (date(2026, 1, 1), "January"),
        (date(2025, 12, 31), "December 2025"),
    ],
)
def test_days(day: date, words: str) -> None:
    assert day_in_words(day, date(2026, 3, 11)) == words


def test_what_runs_is_on_top_and_pins_below_it() -> None:
    others = [row("a"), row("b", 1), row("c", 2, state="waiting"), row("d", 3)]
    listing = Listing("/w", pinned=[row("p", 50), row("q", 60)], others=others)
    new = LiveConversation()
    assert drawn(listing, current=new, d="running", q="waiting", a="failed") == [
        *("New conversation", "q", "c", "d", "[]", "[pinned]", "p"),
        *("[]", "[today]", "a", "[]", "[yesterday]", "b"),
    ]
    listing.shelf = "archive"
    assert drawn(listing, current=new)[:3] == ["[pinned]", "p", "q"], "as it was"
    listing = Listing("/w", others=[row("a")], words="a")
    assert drawn(listing, current=new) == ["a"], "the new one has no title to hold words"


def test_nothing_to_show() -> None:
    assert drawn(Listing("/w")) == []
    assert drawn(Listing("/w", shelf="bin")) == ["[the bin is empty]"]
    assert drawn(Listing("/w", shelf="archive")) == ["[nothing is archived]"]
    assert drawn(Listing("/w", words="tea")) == ["[nothing has these words]"]


def test_a_clock_that_was_wrong() -> None:
    others = [row("a", 1), row("b", -400), row("c", 0), row("d", 2), row("e", 1e9)]
    words = drawn(Listing("/w", others=others))
    assert words[:4] == ["[yesterday]", "a", "b", "c"] and words[-1] == "e"


def test_forks_below_their_parent() -> None:
    others = [row("x"), row("a2", parent="a1"), row("a", 0), row("a1", 0, "a"), row("b", 0, "gone")]
    assert drawn(Listing("/w", others=others)) == ["x", "a", ".a1", "..a2", "b"]
    others = [row("a1", 0, "a"), row("a", 1)]
    assert drawn(Listing("/w", others=others)) == ["a1", "[]", "[yesterday]", "a"]


def test_the_folder_of_others() -> None:
    others = [row("a", workspace="/home/me/shop"), row("b"), row("c", workspace="")]
    made = lines(Listing("/w", everywhere=True, others=others), {}.get, LiveConversation("x"), NOW)
    assert [line.place for line in made if isinstance(line, Line)] == ["shop", "", ""]


@given(parents=st.lists(st.integers(0, 12) | st.none(), max_size=12))
def test_any_family(parents: list[int | None]) -> None:
    """Whoever is whose parent, even in a circle: each once, and below its own."""
    rows = [
        row(str(number), parent=None if parent is None else str(parent))
        for number, parent in enumerate(parents)
    ]
    tree = as_tree(rows)
    assert sorted(member.id for _, member in tree) == sorted(one.id for one in rows)
    above: list[str] = []
    for depth, member in tree:
        assert depth <= len(above)
        del above[depth:]
        if depth:
            assert member.parent_id == above[-1]
        above.append(member.id)


def test_each_of_many_lines_costs_the_same() -> None:
    def work_of(count: int) -> int:
        rows = [row(f"{number}", number / 50) for number in range(count)]
        listing = Listing("/w", others=rows)
        with counted() as work:
            lines(listing, {}.get, LiveConversation("x"), NOW)
        return work.lines

    assert work_of(5_000) <= 105 * work_of(50)
