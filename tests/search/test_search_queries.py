"""What may be typed, and what becomes of what nobody should type."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_stage import NOW, Clock, call, found, hits, opened, said, say

from grafftui import events
from grafftui.errors import UsageError
from grafftui.history import Store
from grafftui.history.search import FILTERS, SORTS, parse_query
from grafftui.history.search.dates import tokens_between, tokens_of

DAY = 86400.0

SHARP = (
    *('"', "*", "NEAR(", ")", "^", "\0", "AND", "OR", "NOT", "-", "--", ":", "{a b}", "+", "\\"),
    *("is:", "is:error", "file:", "before:2026", "after:x", "project:", "x:y", "days:2026"),
    *("a", "é", "中", "a-b", "a*b", '"a b', "'", ";", "\ud800", "\u200b", " ", "  "),
)
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(SHARP), max_size=12).map("".join),
    st.lists(st.sampled_from(["a", "NOT", "AND", '"b c"', "-d", "NEAR", "é*"]), max_size=60).map(
        " ".join
    ),
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=HOSTILE)
def test_no_text_breaks_the_search(store: Store, text: str) -> None:
    try:
        query = parse_query(text)
    except UsageError as error:
        assert str(error).isprintable() or not text.isprintable()
        return
    store.search(query)
    store.search(replace(query, workspace="/w"), before=3)


@pytest.mark.parametrize("query", ["x" * 1000, "中" * 1000, "a " * 30, "b-" * 400])
def test_long_is_not_too_long(store: Store, query: str) -> None:
    assert found(store, query) == []


@pytest.mark.parametrize("query", ["x" * 1001, "a " * 41])
def test_too_long(store: Store, query: str) -> None:
    with pytest.raises(UsageError, match="at most"):
        found(store, query)


@pytest.mark.parametrize("word", ["AND", "OR", "NOT", "NEAR", "rowid", "text", "search"])
def test_words_of_the_index_are_words(store: Store, word: str) -> None:
    id = said(store, f"say {word} twice")
    said(store, "say twice")
    assert found(store, f"say {word} twice ") == [(id, 0)]


def test_filters(store: Store) -> None:
    one = said(
        store,
        "go",
        *call("read", {"file_path": "src/Header.tsx"}, "text"),
        workspace="/home/ada/work/shop",
    )
    two = said(
        store,
        "go",
        *call("shell", {"command": "make"}, "text", is_error=True),
        workspace="/srv/other-shop",
        backend="codex",
        agent="sage",
        provider="openai",
        model="gpt-5.2-codex",
    )
    first, second = [(one, 1), (one, 0)], [(two, 1), (two, 0)]
    both = second + first
    for query, expected in {
        "project:shop": both,
        "project:other-shop": second,
        "project:work/shop": first,
        "project:/home/ada/work": first,
        "project:/srv": second,
        "project:/work": [],
        "backend:graff": first,
        "backend:codex": second,
        "agent:forge": first,
        "agent:SAGE": second,
        "model:claude-opus-4-7": first,
        "model:opus": first,
        "model:openai": second,
        "model:openai/gpt-5": second,
        "model:anthropic model:opus": first,
        "model:opus agent:sage": [],
        "tool:read": [(one, 1)],
        "tool:rea": [(one, 1)],
        "tool:rea text": [],
        "file:Header.tsx": [(one, 1)],
        "file:src": [(one, 1)],
        "file:src/header.tsx": [(one, 1)],
        "file:/home/ada/work/shop/src": [(one, 1)],
        "file:tsx/src": [],
        "is:error": [(two, 1)],
        "is:ERROR": [(two, 1)],
        "tool:READ": [(one, 1)],
        "is:prompt": [(two, 0), (one, 0)],
        "is:tool text": [(two, 1), (one, 1)],
        "text -is:error": [(one, 1)],
        "project:shop -backend:codex": first,
        'project:"work shop" text': [(one, 1)],
        'tool:"read"': [(one, 1)],
    }.items():
        assert found(store, query) == expected, query
    query = replace(parse_query("go"), workspace="/srv/other-shop")
    assert [hit.conversation.id for hit in store.search(query)] == [two]
    assert store.search(replace(query, workspace="/srv/other")) == []
    root = said(store, "go", workspace="/")
    assert [hit.conversation.id for hit in store.search(replace(query, workspace="/"))] == [root]


def test_the_model_is_that_of_the_turn(store: Store) -> None:
    id = opened(store)
    say(store, id, "first")
    store.set_model(id, provider="openai", model="gpt-5.2", agent="sage")
    say(store, id, "second")
    store.search_index.catch_up()
    assert found(store, "model:opus") == found(store, "agent:forge") == [(id, 0)]
    assert found(store, "model:gpt") == found(store, "agent:sage") == [(id, 1)]


def test_errors_are_failed_calls_and_failed_turns(store: Store) -> None:
    id = said(
        store,
        "go",
        *call("shell", {}, "fine"),
        *call("shell", {}, "broken", is_error=True),
        events.notice("error", "no network"),
        events.notice("info", "by the way"),
    )
    assert found(store, "is:error") == [(id, 3), (id, 2)]
    assert set(SORTS) >= {hit.kind for hit in hits(store, "-zebra project:shop")}


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("after:2026-03-14", ["today"]),
        ("after:today", ["today"]),
        ("before:today", ["yesterday", "friday", "month", "year"]),
        ("after:yesterday", ["today", "yesterday"]),
        ("after:yesterday before:today", ["yesterday"]),
        ("after:2026-03", ["today", "yesterday", "friday"]),
        ("after:2026-3-6 before:2026-3-7", ["friday"]),
        ("before:2026-03", ["month", "year"]),
        ("after:2026", ["today", "yesterday", "friday", "month"]),
        ("before:2026", ["year"]),
        ("after:2024 before:2025", []),
        ("after:2027", []),
        ("after:friday", ["today", "yesterday"]),
        ("after:Saturday", ["today", "yesterday"]),
        ("before:2026 after:2025-01-01", ["year"]),
    ],
)
def test_dates(store: Store, clock: Clock, filter: str, expected: list[str]) -> None:
    ages = {"year": 200, "month": 20, "friday": 8, "yesterday": 15 / 24 + 0.001, "today": 14.9 / 24}
    for word, days in ages.items():
        clock.now = NOW - days * DAY
        said(store, f"common {word}")
    assert [hit.snippet[-1][0].split()[-1] for hit in hits(store, f"{filter} common")] == expected


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
def test_a_day_is_one_of_where_the_person_is(
    store: Store, clock: Clock, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for hour in range(0, 48, 3):
            clock.now = time.mktime((2026, 3, 14, hour, 0, 0, 0, 0, -1))
            said(store, f"hour {hour}")
        query = "after:2026-03-14 before:2026-03-15 hour "
        assert len(hits(store, query)) == 8
        assert len(hits(store, "hour after:2026-03-15")) == 8
    finally:
        monkeypatch.undo()
        time.tzset()


@settings(max_examples=200, deadline=None)
@given(
    first=st.floats(0, 4e9),
    span=st.floats(0, 4e8),
    at=st.floats(0, 4e9),
)
def test_days_are_covered_by_few_tokens(first: float, span: float, at: float) -> None:
    tokens = tokens_between(first, first + span, NOW)
    assert len(tokens) <= 2 * 30 + 2 * 11 + span / (365 * DAY)
    inside = bool(set(tokens) & set(tokens_of(at).split()))
    assert inside or not first <= at <= first + span
    assert not inside or first - DAY <= at <= first + span + DAY


@pytest.mark.parametrize(
    ("query", "words", "hint"),
    [
        ("projct:x", "there is no filter projct:", "project:, backend:"),
        ("foo:bar", "there is no filter foo:", '"foo:bar"'),
        ("is:broken", "is:broken is not known", "prompt, answer"),
        ("before:soon", "before:soon is no date", "2026-03-14, today"),
        ("after:2026-13", "after:2026-13 is no date", "2026-03"),
        ("after:2026-02-30", "after:2026-02-30 is no date", "2026-03"),
        ("before:0000", "before:0000 is no date", "2026-03"),
        ("-after:today", "-after: is not known", "before: or after:"),
        ("file:", "file: needs a value", FILTERS["file"]),
        ('tool:"" x', "tool: needs a value", FILTERS["tool"]),
        ("file:/", "file:/ has no letter", FILTERS["file"]),
    ],
)
def test_a_wrong_filter_is_named(query: str, words: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_query(query)
    assert str(raised.value).startswith(words)
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    "query", ["TypeError: x", "std::string", "a: b", "12:30", "::", "s:/a/b/", "x =: y"]
)
def test_colons_that_are_no_filters(query: str) -> None:
    if query == "::":
        with pytest.raises(UsageError, match="nothing"):
            parse_query(query)
    else:
        assert not any(term.filter for term in parse_query(query).terms)
