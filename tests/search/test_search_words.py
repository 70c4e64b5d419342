"""What is found by which words."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from search_stage import call, found, hits, opened, said, say

from grafftui import events
from grafftui.errors import UsageError
from grafftui.history import Store

PATH = "src/main/HttpClient.java"


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("Der Größte trinkt Café", ["größte", "GROßTE", "cafe", "CAFÉ", "cafe\u0301"]),
        ("Crème brûlée, naïve coördination", ["creme", "BRULEE", "naive", "coordination"]),
        ("Привет, мир", ["привет", "МИР"]),
        ("Ελλάδα", ["ελλάδα"]),
        (
            "今日は東京タワーに登りました",
            ["東", "東京", "京タ", "タワー", "今日は東京", "登りました"],
        ),
        ("请修复登录页面的按钮", ["登", "登录", "按钮", "登录页", "页面的按钮"]),
        ("데이터베이스 연결이 끊어졌습니다", ["연", "연결", "데이터베이스", "베이스", "끊어졌"]),
        (normalize("NFD", "데이터베이스 Größe"), ["데이터", "이터", "größe"]),
        ("ภาษาไทยง่ายมาก", ["ไทย", "ภาษา"]),
        ("mixed 中文and English", ["中文and", "文", "and", "english"]),
        ("call parseHTTPHeaders2 now", ["parseHTTPHeaders2", "parsehttp", "http", "headers"]),
        ("call parseHTTPHeaders2 now", ["HTTPHeaders", "http_headers", "parse headers call"]),
        ("def load_user_settings(path)", ["load_user_settings", "user_settings", "settings"]),
        ("def load_user_settings(path)", ["loadUserSettings", "UserSettings", "user"]),
        ("import os.path.join as join", ["os.path.join", "path.join", "path", "os.pat"]),
        (f"see {PATH}:12", [PATH, "HttpClient.java", "main/HttpClient", "client", "java"]),
        ("encode as UTF-8", ["utf-8", "utf8", "utf 8"]),
        ("encode as utf8", ["utf-8", "utf8"]),
        ("sha256sum of x86_64", ["256", "sha", "sum", "x86_64", "x86"]),
        ("it's Ada's cat", ["it's", "ada's", "cat"]),
        ("\x1b[31merror\x1b[0m: boom", ["error", "boom"]),
        ("a\0b c", ["a", "b", "c"]),
        ("ﬁ and İstanbul", ["istanbul", "and"]),
        ("\ud83d half", ["half"]),
        ("std::vector<int>", ["std::vector", "vector<int>"]),
        ("see http://localhost:8080/x", ["http://localhost", "localhost:8080", "8080"]),
    ],
)
def test_words_are_found(store: Store, text: str, queries: list[str]) -> None:
    other = said(store, "something else: zebra")
    id = said(store, text)
    for query in queries:
        assert found(store, query) == [(id, 0)], query
        assert found(store, f"{query} zebra") == [], query
        assert any(matches for _, matches in hits(store, query)[0].snippet), query
    assert found(store, "zebra") == [(other, 0)]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("今日は東京タワー", "京東"),
        ("请修复登录页面的按钮", "登页"),
        ("parseHTTPHeaders", "headersHTTP"),
        ("load user settings", '"user load"'),
        ("foo bar", "foobar"),
        ("catalogue", "log"),
        ("a1b2c3d4e5f6a7b8c9", "6 a"),
        ("getX", "get_y"),
    ],
)
def test_what_is_not_there_is_not_found(store: Store, text: str, query: str) -> None:
    said(store, text)
    assert found(store, query) == []


def test_everything_of_an_entry_is_found(store: Store) -> None:
    diff = "--- a/src/shop.py\n+++ b/src/shop.py\n@@ -1 +1 @@\n-old_line\n+new_line\n"
    id = said(
        store,
        "prompted",
        events.reasoning("pondered"),
        events.markdown("answered"),
        *call("shell", {"command": "make argued", "deep": [{"x": "nested"}]}, "printed"),
        *call("patch", {"file_path": "src/shop.py"}, "patched", diff=diff),
        events.notice("warning", "noticed"),
    )
    places = {
        "prompted": 0,
        "pondered": 1,
        "answered": 2,
        "argued": 3,
        "nested": 3,
        "printed": 3,
        "patched": 4,
        "old_line": 4,
        "new_line": 4,
        "noticed": 5,
    }
    assert {word: found(store, word) for word in places} == {
        word: [(id, place)] for word, place in places.items()
    }


def test_the_last_word_may_go_on_until_a_space_ends_it(store: Store) -> None:
    id = said(store, "configuration of the parser")
    assert found(store, "conf") == [(id, 0)]
    assert found(store, "parser conf") == [(id, 0)]
    assert found(store, "pars conf") == []
    assert found(store, "conf ") == []
    assert found(store, '"the pars') == [(id, 0)]
    assert found(store, '"the pars"') == []
    assert found(store, "co") == []  # two letters are a word of their own
    assert found(store, "con") == found(store, "of") == [(id, 0)]


def test_phrases_and_exclusions(store: Store) -> None:
    one = said(store, "the cat sat on the mat")
    two = said(store, "on the mat the dog sat")
    assert found(store, "sat mat ") == [(two, 0), (one, 0)]
    assert found(store, '"sat on the mat"') == [(one, 0)]
    assert found(store, "sat -dog") == [(one, 0)]
    assert found(store, 'sat -"on the mat"') == []
    assert found(store, 'sat -"the dog" -zebra') == [(one, 0)]
    assert found(store, "mat --dog") == [(two, 0)]  # an option's name, not an exclusion


def test_head_and_tail_of_a_huge_output_are_found(store: Store) -> None:
    log = "beginning\n" + "line of a log\n" * 500_000 + "middleword" + "x \n" * 500_000 + "ending"
    id = said(store, "go", *call("shell", {"command": "make"}, log))
    assert found(store, "beginning") == found(store, "ending") == [(id, 1)]
    assert found(store, "middleword") == []
    ((size,),) = rows_of_text(store)
    assert size < 100_000


def rows_of_text(store: Store) -> list[tuple[int]]:
    return store._database.rows("SELECT max(length(text)) FROM search")  # type: ignore[return-value]


def test_titles_are_found_where_the_conversation_begins(store: Store) -> None:
    id = said(store, "hello", events.markdown("world"), title="Fix the Login Header")
    assert found(store, "login hello") == [(id, 0)]
    (hit,) = hits(store, "login header")
    assert hit.snippet == (("Fix the ", False), ("Login", True), (" ", False), ("Header", True))
    store.rename(id, "Another name")
    store.search_index.catch_up()
    assert found(store, "login") == []
    assert found(store, "another name") == [(id, 0)]


def test_newest_first_and_page_by_page(store: Store) -> None:
    id = opened(store)
    for number in range(7):
        say(store, id, f"common {number}")
    store.search_index.catch_up()
    pages, before = [], None
    while page := hits(store, "common", limit=3, before=before):
        pages.append([hit.entry for hit in page])
        before = page[-1].entry_id
    assert pages == [[6, 5, 4], [3, 2, 1], [0]]


@pytest.mark.parametrize("query", ["", "  ", '"', '""', "-", "->", "* ^ ( )", "🎉", "\0"])
def test_nothing_to_look_for(store: Store, query: str) -> None:
    with pytest.raises(UsageError, match="nothing to look for"):
        found(store, query)


def test_only_what_is_to_be_left_out(store: Store) -> None:
    with pytest.raises(UsageError, match="only says what is left out"):
        found(store, "-word")
