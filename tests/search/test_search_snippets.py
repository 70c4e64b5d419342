"""What is shown of a hit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search_stage import call, hits, said, shown

from grafftui.errors import UsageError
from grafftui.history import Store
from grafftui.history.search import parse_query
from grafftui.history.search.snippets import needles, snippet
from grafftui.text import display


def of(query: str, text: str, title: str = "") -> str:
    pieces = snippet(needles(parse_query(query)), title, text)
    return "".join(f"[{piece}]" if matches else piece for piece, matches in pieces)


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("cat", "The cat sat.", "The [cat] sat."),
        ("cat ", "concat a Cat", "concat a [Cat]"),
        ("ca", "concat a Cat", "concat a [Ca]t"),
        ("CAFE au", "un café  au\n lait", "un [café] [au] lait"),
        ('"au lait"', "café au,\n\tlait!", "café [au, lait]!"),
        ("istanbul", "İstanbul İstanbul", "[İstanbul] [İstanbul]"),
        ("query", "parseQueryText", "parse[Query]Text"),
        ("query_text", "parseQueryText", "parse[QueryText]"),
        ("queryText", "parse_query_text", "parse_[query_text]"),
        ("utf8", "as UTF-8", "as [UTF-8]"),
        ("京タ", "今日は東京タワー", "今日は東[京タ]ワー"),
        ("cat -dog", "The cat sat.", "The [cat] sat."),
        ("tool:read cat", "read a cat", "read a [cat]"),
        ("is:error", "something broke", "something broke"),
    ],
)
def test_matches_are_marked(query: str, text: str, expected: str) -> None:
    assert of(query, text) == expected


def test_the_place_with_the_most_words_is_shown() -> None:
    far = "alpha " + "x " * 500 + "here alpha meets beta " + "y " * 500 + "beta"
    assert "here [alpha] meets [beta]" in of("alpha beta ", far)
    assert of("alpha beta ", far).startswith("… ")
    assert of("alpha beta ", far).endswith(" …")
    assert of("alpha", "x" * 1000 + "alpha").endswith("[alpha]")
    assert of("alpha", "y" * 5000 + "\n" + "z" * 5000 + " Älphä").endswith("[Älphä]")


def test_the_title_is_shown_if_it_is_what_was_found() -> None:
    assert of("login", "nothing of that", "The login page") == "The [login] page"
    assert of("login page", "a page", "The login page") == "The [login] [page]"
    assert of("page", "a page", "The login page") == "a [page]"


def test_what_is_shown_is_safe(store: Store) -> None:
    evil = (
        "\x1b]0;pwned\x07\x1b[31mred\x1b[0m \u202eevil\u202c a\rb\bc\0d \u200b\u2066 needle \x9b31m"
    )
    said(store, "go", *call("shell", {"command": evil}, evil), title=evil)
    for query in ("needle", "red", "evil"):
        for hit in hits(store, query):
            text = shown(hit)
            assert text.isprintable() and "\u202e" not in text and "pwned" not in text
            assert f"[{query}]" in text


@settings(max_examples=150, deadline=None)
@given(query=st.text(max_size=12), text=st.text(max_size=400))
def test_any_text_is_shown_in_one_safe_line(query: str, text: str) -> None:
    try:
        wanted = needles(parse_query(query))
    except UsageError:
        return
    line = "".join(piece for piece, _ in snippet(wanted, "", text))
    assert "\n" not in line and display(line) == line
    assert len(line) <= 10 * 170
