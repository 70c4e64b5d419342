"""Walking and searching earlier prompts."""

from __future__ import annotations

from grafftui.ui.composing.recall import Search, Walk

PROMPTS = ["run the tests", "fix the parser", "Run it again", "explain"]


def test_walk_there_and_back() -> None:
    walk = Walk(PROMPTS)
    assert walk.newer() is None
    assert [walk.older("half"), walk.older("half")] == PROMPTS[:2]
    assert walk.newer() == PROMPTS[0]
    assert not walk.is_back
    assert walk.newer() == "half"
    assert walk.is_back
    assert walk.newer() is None


def test_walk_stops_at_the_oldest() -> None:
    walk = Walk(["only"])
    assert walk.older("") == "only"
    assert walk.older("") is None
    assert walk.newer() == ""


def test_search_is_newest_first_and_ignores_case() -> None:
    search = Search(PROMPTS)
    assert search.found == ""
    search.ask("run")
    assert search.found == "run the tests"
    search.older()
    assert search.found == "Run it again"
    search.older()
    assert search.found == "Run it again"
    search.ask("parser")
    assert search.found == "fix the parser"
    search.ask("no such")
    assert search.found == ""


def test_search_passes_over_repeats() -> None:
    search = Search(["same", "same", "same one"])
    search.ask("same")
    search.older()
    assert search.found == "same one"


def test_search_takes_scattered_letters_last() -> None:
    search = Search(["fix it, then run", "a fitting"])
    search.ask("fit")
    assert search.found == "a fitting"
    search.older()
    assert search.found == "fix it, then run"
    search.older()
    assert search.found == "fix it, then run"
    search.ask("tif(")
    assert search.found == ""
