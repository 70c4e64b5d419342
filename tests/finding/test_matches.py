"""Finding in a transcript: what matches, and which match is the current one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from finding.finding_stage import done
from grafftui.entries import Entry, ToolCard
from grafftui.ui.transcript.matches import Finding, Match, frozen, matches_in
from grafftui.ui.transcript.needle import Needle

# -- what matches --------------------------------------------------------------------------

WIDTH = 60


def found(needle: str, *texts: str) -> list[tuple[int, int]]:
    """Entry and line of each match in answers."""
    entries = [done("answer", text) for text in texts]
    return [(match.entry, match.line) for match in matches_in(entries, 0, Needle(needle), WIDTH)]


def test_any_case_unless_there_is_a_capital() -> None:
    assert found("tea", "Tea and TEA") == [(0, 0), (0, 0)]
    assert found("Tea", "Tea and TEA, tea") == [(0, 0)]
    assert found("straße", "STRASSE Straße") == [(0, 0)]
    assert found("ink", "İnk ınk") == [(0, 0), (0, 0)]
    assert found("日本", "in 日本語") == [(0, 0)]


def test_what_is_looked_for_is_no_pattern() -> None:
    assert found(".*(", "a.*(b", "axxb") == [(0, 0)]


def test_text_is_found_as_it_is_drawn() -> None:
    assert found("two words", "these **two** words", "these *two*\nwords") == [(0, 0), (1, 0)]
    assert found("snake_case_name", r"a snake\_case\_name") == [(0, 0)]
    assert found("**", "these **two** words") == []


def test_all_of_a_tool_call_is_looked_through() -> None:
    card = ToolCard(
        "patch", "1", {"path": "src/a.py", "why": "no\treason"}, "Patch", "src/b.py",
        diff="@@ -1 +1 @@\n-old line\n+new line\n", reason="too early",
    )  # fmt: skip
    entry = done("tool", "the output", card)
    failed = done("tool", "\x1b[31mred\x1b[0mdish output", ToolCard("shell", "2", "{no json"))
    failed.state = "failed"

    def chunks(needle: str, entry: Entry) -> list[int]:
        return [match.chunk for match in matches_in([entry], 0, Needle(needle), WIDTH)]

    assert chunks("src/b.py", entry) == [0] and chunks("new line", entry) == [1]
    assert chunks("too early", entry) == [2]
    assert chunks("{no js", failed) == [1] and chunks("reddish", failed) == [2]
    without_diff = done("tool", "out", ToolCard("read", "3", {"path": "x/y.md", "lines": [7]}))
    assert chunks("x/y", without_diff) == chunks("[7]", without_diff) == [1]


def test_words_of_ours_are_not_found() -> None:
    assert matches_in([done("reasoning", "")], 0, Needle("o"), WIDTH) == []
    assert matches_in([done("reasoning", "")], 0, Needle(" "), WIDTH) == []


def test_what_can_still_change_is_copied_for_the_other_thread() -> None:
    entry = Entry("tool", "out", tool=ToolCard("shell", "1", subject="before"))
    copy = frozen(entry)
    entry.extend("put")
    assert entry.tool is not None and copy.tool is not None
    entry.tool.subject = "after"
    assert (copy.text, copy.tool.subject) == ("out", "before")
    entry.close("done", 2.0)
    assert frozen(entry) is entry


WORDS = st.lists(
    st.sampled_from(["ab", "Ab", "**", "_", "`", " ", "\n", "\\_", "ı", "ß", "é", "\x1b[1m", "- "]),
    max_size=30,
).map("".join)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["answer", "prompt", "tool"]), WORDS, WORDS.filter(bool))
def test_the_quick_look_never_misses_what_is_drawn(kind: str, text: str, needle: str) -> None:
    entry = done(kind, text, ToolCard("shell", "1") if kind == "tool" else None)
    quick = matches_in([entry], 0, Needle(needle), WIDTH)
    slow = Needle(needle)
    slow.may_be_in = lambda source: True  # type: ignore[method-assign]
    assert quick == matches_in([entry], 0, slow, WIDTH)


# -- the count -----------------------------------------------------------------------------


def at(entry: int, line: int = 0) -> Match:
    return Match(entry, 0, line, 0, 1)


def test_the_first_match_from_where_the_search_began_then_round_and_round() -> None:
    finding = Finding(Needle("x"), (5, 0))
    assert finding.words == "looking…"
    finding.put(5, 10, [at(7), at(9)])
    assert finding.begin() and finding.current == at(7)
    assert finding.words == "2 so far…"
    finding.put(0, 5, [at(1)])
    finding.complete = True
    assert finding.words == "2 of 3"
    assert [finding.step(1), finding.step(1), finding.step(-1)] == [at(9), at(1), at(9)]


def test_steps_begin_where_the_search_began() -> None:
    for by, expected in ((1, at(7)), (-1, at(4))):
        finding = Finding(Needle("x"), (5, 0), only_there=True)
        finding.put(0, 10, [at(1), at(4), at(7)])
        assert not finding.begin() and finding.words == "3 so far…"
        assert finding.step(by) == expected


def test_one_above_is_taken_only_when_there_is_none_below() -> None:
    finding = Finding(Needle("x"), (5, 1))
    finding.put(5, 10, [at(5)])
    assert not finding.begin()
    finding.put(0, 3, [])
    assert not finding.begin(before=3)
    finding.put(3, 5, [at(4)])
    assert finding.begin(before=5) and finding.current == at(4)


def test_what_changes_is_counted_anew_and_the_current_one_stays() -> None:
    finding = Finding(Needle("x"), (0, 0))
    finding.put(0, 3, [at(0), at(1), at(2)])
    finding.complete = True
    finding.begin()
    finding.step(1)
    finding.put(0, 1, [at(0), at(0, 1)])
    assert finding.words == "3 of 4" and finding.current == at(1)
    finding.put(1, 2, [])
    assert finding.words == "3 of 3" and finding.current == at(2)
    finding.put(0, 3, [])
    assert finding.words == "not found" and finding.current is None
