"""Pins, the archive and the bin; lists that take as long for many conversations as for few."""

from __future__ import annotations

import pytest
from ordering_stage import Answer, Said, begun, record, rows, say

from grafftui.history import Store
from grafftui.history.leases import ConversationBusyError
from grafftui.history.listing import Selection, listing
from grafftui.history.reader import Reader
from grafftui.settings.paths import Paths


def titles(store: Store, selection: Selection) -> list[str | None]:
    return [found.title for found in store.order.page(selection)]


def test_each_is_on_one_shelf(store: Store) -> None:
    tea, milk, _ = (begun(store, title) for title in ("Tea", "Milk", "Jam"))
    assert store.order.archive(milk) and not store.order.archive(milk)
    assert store.order.bin(tea) and not store.order.bin(tea)
    shelves = {shelf: titles(store, Selection("/w", shelf)) for shelf in ("list", "archive", "bin")}
    assert shelves == {"list": ["Jam"], "archive": ["Milk"], "bin": ["Tea"]}
    assert [found.title for found in store.conversations("/w")] == ["Jam"]
    last = store.last_conversation("/w")
    assert last is not None and last.title == "Jam"
    assert store.order.bin(milk) and titles(store, Selection("/w", "bin")) == ["Milk", "Tea"]
    assert store.order.restore(milk) and titles(store, Selection("/w", "archive")) == ["Milk"]
    assert store.order.unarchive(milk) and titles(store, Selection("/w")) == ["Jam", "Milk"]
    assert not store.order.restore("missing") and not store.order.pin("missing")


def test_pins(store: Store) -> None:
    tea, milk = begun(store, "Tea"), begun(store, "Milk")
    assert store.order.pin(tea) and not store.order.pin(tea)
    assert titles(store, Selection("/w", pinned=True)) == ["Tea"]
    assert titles(store, Selection("/w", pinned=False)) == ["Milk"]
    assert titles(store, Selection("/w")) == ["Milk", "Tea"]
    store.order.archive(tea)
    assert titles(store, Selection("/w", pinned=True)) == []
    store.order.unarchive(tea)
    assert store.order.unpin(tea) and titles(store, Selection(None, pinned=True)) == []
    assert {row.id: row.pinned for row in store.conversations()} == {tea: False, milk: False}


def test_a_prompt_brings_it_back(store: Store) -> None:
    tea, milk = begun(store, "Tea"), begun(store, "Milk")
    store.order.bin(tea)
    store.order.archive(milk)
    for conversation_id in (tea, milk):
        recorder = store.begin_turn(conversation_id, "")
        recorder.finish("done")
    assert titles(store, Selection("/w")) == [], "nothing was said"
    for conversation_id in (tea, milk):
        say(store, conversation_id, "and?", Answer("Yes."))
    assert titles(store, Selection("/w")) == ["Milk", "Tea"]


def test_one_that_runs_is_not_put_into_the_bin(store: Store) -> None:
    tea = begun(store, "Tea")
    recorder = record(store, tea, Said("go", hanging=True))
    with pytest.raises(ConversationBusyError):
        store.order.bin(tea)
    recorder.finish("done")
    assert store.order.bin(tea)


def test_emptying_the_bin(store: Store) -> None:
    gone, busy, kept, elsewhere = (
        begun(store, title, place)
        for title, place in (("a", "/w"), ("b", "/w"), ("c", "/w"), ("d", "/v"))
    )
    for conversation_id in (gone, busy, elsewhere):
        store.order.bin(conversation_id)
    store.save_draft(gone, "never mind")
    recorder = store.begin_turn(busy, "")
    assert store.order.empty_bin("/w") == 1
    assert {found.id for found in store.conversations()} == {kept}
    assert {found.id for found in store.order.page(Selection(None, "bin"))} == {busy, elsewhere}
    assert rows(store, "SELECT count(*) FROM drafts") == [(0,)]
    recorder.finish("done")
    assert store.order.empty_bin() == 2


def test_one_taken_out_meanwhile_stays(store: Store) -> None:
    tea = begun(store, "Tea")
    store.order.bin(tea)
    store.order.restore(tea)
    assert not store.delete_conversation(tea, binned=True)
    assert titles(store, Selection("/w")) == ["Tea"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("flaky", ["Fix the flaky test"]),
        ("TEST flak", ["Fix the flaky test"]),
        ("test -flaky", []),
        ("100%", ["100% of it"]),
        ("0_", []),
        ("\\", []),
        ("ЧАЙ", ["Купить чай"]),
        ("купить", ["Купить чай"]),
        ("срочно", ["СРОЧНО"]),
        ("", ["СРОЧНО", "Купить чай", "100% of it", "Fix the flaky test"]),
    ],
)
def test_words(store: Store, words: str, found: list[str]) -> None:
    for title in ("Fix the flaky test", "100% of it", "Купить чай", "СРОЧНО"):
        begun(store, title)
    assert titles(store, Selection("/w", words=words)) == found


def test_words_of_the_folder(store: Store) -> None:
    begun(store, "Tea", "/home/me/shop")
    begun(store, "Tea", "/home/me/blog")
    assert len(store.order.page(Selection(None, words="tea shop"))) == 1
    assert store.order.page(Selection("/home/me/shop", words="shop")) == []


async def test_page_by_page(store: Store) -> None:
    for number in range(7):
        begun(store, f"{number}", "/w" if number % 3 else "")
    begun(store, "elsewhere", "/v")
    pages, before = [], None
    async with await Reader.open(store.paths) as reader:
        while page := await reader.conversations(Selection("/w"), before=before, limit=3):
            assert page == store.order.page(Selection("/w"), before=before, limit=3)
            pages.append([found.title for found in page])
            before = page[-1].activity
        assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
        first = page_of(store, "0")
        assert await reader.conversation(first[:8]) == store.conversation(first)
        assert await reader.conversation("zz") is None


def page_of(store: Store, title: str) -> str:
    return next(found.id for found in store.conversations() if found.title == title)


_MANY = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
INSERT INTO conversations (id, title, workspace, backend, agent, provider, model, activity,
                           pinned, archived, created_at, updated_at)
SELECT hex(randomblob(16)), 'Title ' || n, '/w' || (n % 2), 'graff', '', '', '', n + 1000000,
       n <= 60, n % 7 = 0, 0, 0
FROM numbers"""


def test_a_page_takes_as_long_for_many_as_for_few(paths: Paths) -> None:
    """In steps of SQLite's machine: seconds depend on who else is at work."""
    selections = [
        Selection("/w0"),
        Selection("/w0", pinned=False),
        Selection("/w0", pinned=True),
        Selection(None),
        Selection(None, "archive"),
        Selection("/w0", "bin"),
        Selection(None, pinned=True),
    ]
    steps = []
    with Store.open(paths) as store:
        for count in (1_000, 30_000):
            with store._writing() as connection:
                connection.execute("DELETE FROM conversations")
                connection.execute(_MANY, {"count": count})
            steps.append([_steps(store, selection) for selection in selections])
    few, many = steps
    for selection, before, after in zip(selections, few, many, strict=True):
        assert after <= 1.2 * before + 2, selection


def _steps(store: Store, selection: Selection) -> int:
    sql, values = listing(selection, limit=100)
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    with store._database.reading() as connection:
        connection.set_progress_handler(step, 10)
        connection.execute(sql, values).fetchall()
        connection.set_progress_handler(None, 0)
    return steps
