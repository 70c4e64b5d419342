"""What requests and tool results took: written down once, added up by day, read in every way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from costs_helpers import DAY, Clock, asked, conversation, counted, result

from grafftui.history import Store, costs, ledger
from grafftui.history.compacting import CompactionPlan
from grafftui.history.context_rows import Fate
from grafftui.history.costs import Figures
from grafftui.history.database import suspect
from grafftui.history.schema import MIGRATIONS
from grafftui.settings.paths import Paths


def rows(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return store._database.rows(sql)


# -- rows ------------------------------------------------------------------------------------


def test_a_request_is_kept_with_all_that_is_known_of_it(store: Store) -> None:
    said = counted(900, 30, cached_tokens=500, cache_write_tokens=70, context_window=1000)
    asked(store, conversation(store), said)
    assert rows(
        store,
        "SELECT provider, model, agent, purpose, prompt_tokens, completion_tokens, cached_tokens,"
        " cache_write_tokens, cost, prompt_cost, price_source, price_date, context_window,"
        " estimated FROM usage",
    ) == [("p", "m", "forge", "turn", 900, 30, 500, 70, 1.0, 0.5, "list 1", "2026-11-01", 1000, 0)]


def test_who_is_named_is_not_the_conversation_s_own(store: Store, read: Any) -> None:
    other = {"provider": "q", "model": "n", "agent": "helper", "purpose": "compaction"}
    id = conversation(store)
    asked(store, id, counted(), counted(**other))
    for by, names in (
        ("model", {"p/m", "q/n"}),
        ("agent", {"forge", "helper"}),
        ("purpose", {"turn", "compaction"}),
    ):
        assert set(read(lambda kept, by=by: kept.spending(by))) == names
    found = read(lambda kept: kept.conversation(id))
    assert set(found.agents) == {"forge", "helper"}
    assert set(found.purposes) == {"turn", "compaction"}


def test_what_no_turn_asked_is_charged_to_the_latest(store: Store, read: Any) -> None:
    id, empty = conversation(store), conversation(store)
    recorder = asked(store, id, counted())
    store.ledger.charge(id, "title", counted(50, 5, cost=0.25, model="small"))
    store.ledger.charge(empty, "title", counted())
    assert rows(store, "SELECT turn_id, model, purpose, cost FROM usage ORDER BY id") == [
        (recorder.turn_id, "m", "turn", 1.0),
        (recorder.turn_id, "small", "title", 0.25),
    ]
    assert store.ledger.spent_in(id).dollars == 1.25
    assert read(lambda kept: kept.spending("purpose"))["title"].tokens == 55 + 110, "the day's"


def test_absurd_counts_break_no_sum(store: Store, read: Any) -> None:
    huge = 2**63 - 1
    id = conversation(store)
    asked(store, id, counted(huge, 0), counted(huge, 0), counted(huge, huge))
    assert store.ledger.spent_in(id).tokens > huge
    (found,) = read(lambda kept: kept.spending("day")).values()
    assert found.tokens > huge
    assert read(lambda kept: kept.conversation(id)).figures.tokens == 4 * huge


# -- sums ------------------------------------------------------------------------------------


def test_sums_by_day_model_and_project(store: Store, clock: Clock, read: Any) -> None:
    first, second = conversation(store), conversation(store, "/other", "n")
    asked(store, first, counted(100, 10, cached_tokens=50), counted(cost=None, prompt_cost=None))
    asked(store, second, counted(cost=3.0))
    clock.at += DAY
    asked(store, first, counted(cost=0.5))
    by_day = read(lambda kept: kept.spending("day"))
    assert by_day == {
        "2026-11-21": Figures(3, 300, 30, 50, 0, 4.0, 1),
        "2026-11-22": Figures(1, 100, 10, 0, 0, 0.5, 0),
    }
    assert list(read(lambda kept: kept.spending("model"))) == ["p/n", "p/m"]
    assert read(lambda kept: kept.spending("project"))["/other"].cost == 3.0
    later = read(lambda kept: kept.spending("project", "2026-11-22"))
    assert later == {"/w": Figures(1, 100, 10, 0, 0, 0.5, 0)}
    assert store.ledger.today() == "2026-11-22"
    assert store.ledger.spent_on("2026-11-21").unpriced == 1
    assert read(lambda kept: kept.spent_on("2026-11-21")) == store.ledger.spent_on("2026-11-21")
    assert read(lambda kept: kept.spent_in(first)) == store.ledger.spent_in(first)


def test_the_sums_are_those_of_the_rows(store: Store, read: Any) -> None:
    for number in range(20):
        asked(store, conversation(store, f"/{number % 3}"), counted(number, 1, cost=number / 8))
    (total,) = rows(store, "SELECT count(*), sum(prompt_tokens), sum(cost) FROM usage")
    for by in ("day", "model", "project", "agent", "purpose"):
        found = read(lambda kept, by=by: kept.spending(by))
        whole = sum(found.values(), Figures())
        assert (whole.requests, whole.prompt_tokens, whole.cost) == total


def test_what_was_deleted_was_still_spent(store: Store, read: Any) -> None:
    id = conversation(store)
    asked(store, id, counted())
    store.ledger.set_limit(id, "dollars", 9.0)
    assert store.ledger.is_first(id, "soft")
    store.delete_conversation(id)
    assert store.ledger.spent_on("2026-11-21").dollars == 1.0
    assert read(lambda kept: kept.spending("model"))["p/m"].requests == 1
    for table in ("usage", "tool_results", "budget_limits", "budget_notices"):
        assert rows(store, f"SELECT count(*) FROM {table}") == [(0,)], table


def test_sums_are_read_without_the_requests(store: Store) -> None:
    """A million requests cost a month's figures nothing: there is a row for a day and a model."""
    for sql in (costs._SPENDING.format("model"), ledger.DAY_SPENT):
        plan = plan_of(store, sql, "2026-11-01")
        assert any("SEARCH spending USING INDEX" in line for line in plan), plan
        assert "usage" not in str(plan)
    for sql in (ledger.CONVERSATION_SPENT, costs._REQUESTS, costs._RESULTS, costs._TURNS):
        plan = plan_of(store, sql, "id")
        scanned = {line for line in plan if line.startswith("SCAN")}
        assert scanned <= {"SCAN CONSTANT ROW", "SCAN called"}, plan  # those it has itself called


def plan_of(store: Store, sql: str, value: str) -> list[str]:
    return [str(row[3]) for row in store._database.rows(f"EXPLAIN QUERY PLAN {sql}", (value,))]


def test_two_processes_add_to_one_sum(store: Store, paths: Paths, clock: Clock) -> None:
    with Store.open(paths, clock=clock) as other:
        asked(store, conversation(store), counted())
        asked(other, conversation(other), counted(cost=2.0))
        assert store.ledger.spent_on("2026-11-21") == other.ledger.spent_on("2026-11-21")
        assert store.ledger.spent_on("2026-11-21").dollars == 3.0
        assert store.ledger.is_first("2026-11-21", "soft")
        assert not other.ledger.is_first("2026-11-21", "soft")


# -- older and damaged histories -------------------------------------------------------------


def test_a_history_of_before_is_added_up(paths: Paths, read: Any) -> None:
    paths.data.mkdir(parents=True, mode=0o700)
    with closing(sqlite3.connect(paths.database)) as file:
        for statement in (*MIGRATIONS[0], *MIGRATIONS[1]):
            file.execute(statement)
        file.execute("PRAGMA user_version = 2")
        file.execute(
            "INSERT INTO conversations (id, workspace, backend, agent, provider, model, state,"
            " activity, created_at, updated_at)"
            " VALUES ('one', '/w', 'graff', 'muse', 'p', 'm', 'done', 1, 1, 1)"
        )
        file.execute("INSERT INTO turns VALUES (1, 'one', 'done', 'p', 0, 1.0, 2.0)")
        for cost in (0.5, None):
            file.execute(
                "INSERT INTO usage (turn_id, provider, model, prompt_tokens, completion_tokens,"
                " cached_tokens, cost, estimated, at) VALUES (1, 'p', 'm', 100, 1, 0, ?, 0, ?)",
                (cost, Clock().at),
            )
        file.commit()
    paths.database.chmod(0o600)
    with Store.open(paths) as store:
        assert store.ledger.spent_in("one").dollars == 0.5
    assert read(lambda kept: kept.spending("day")) == {
        "2026-11-21": Figures(2, 200, 2, 0, 0, 0.5, 1)
    }
    assert list(read(lambda kept: kept.spending("agent"))) == ["muse"]


@pytest.mark.parametrize("sums", [True, False], ids=["with sums", "without"])
def test_a_repaired_history_knows_what_was_spent(paths: Paths, read: Any, sums: bool) -> None:
    with Store.open(paths, clock=Clock()) as store:
        kept, gone = conversation(store), conversation(store, "/gone")
        for id in (kept, gone):
            recorder = store.begin_turn(id, "p")
            recorder.usage(counted())
            recorder.add_message("tool", result("c", 10))
            recorder.finish("done")
        store.delete_conversation(gone)
        if not sums:
            with store._writing() as connection:
                connection.execute("DELETE FROM spending")
    suspect(paths.database).touch(mode=0o600)
    with Store.open(paths) as store:
        assert "damaged" in store.notices[0]
        assert rows(store, "SELECT tool, tokens FROM tool_results") == [("read", 10)]
    found = read(lambda kept: kept.spending("project"))
    assert {name: one.cost for name, one in found.items()} == (
        {"/w": 1.0, "/gone": 1.0} if sums else {"/w": 1.0}
    )


# -- tool calls ------------------------------------------------------------------------------


def test_a_result_is_paid_for_with_every_prompt_after_it(store: Store, read: Any) -> None:
    """At the average price of a token in each of those prompts."""
    id = conversation(store)
    recorder = store.begin_turn(id, "look")
    recorder.usage(counted(100, prompt_cost=100.0))
    recorder.add_message("tool", result("a", 50))
    recorder.add_message("tool", result("b", 10, "shell"))
    recorder.usage(counted(200, prompt_cost=4.0))
    recorder.add_message("tool", result("c", 5))
    recorder.usage(counted(300, purpose="title", prompt_cost=300.0))
    recorder.finish("done")
    asked(store, id, counted(400, prompt_cost=2.0))
    found = read(lambda kept: kept.conversation(id))
    calls = {call.call_id: call for turn in found.turns for call in turn.calls}
    assert [(c.tool, c.tokens, c.sent) for c in calls.values()] == [
        ("read", 50, 2),
        ("shell", 10, 2),
        ("read", 5, 1),
    ]
    assert calls["a"].cost == pytest.approx(50 * (4 / 200 + 2 / 400))
    assert calls["c"].cost == pytest.approx(5 * (2 / 400))
    assert [turn.figures.requests for turn in found.turns] == [3, 1]
    assert found.prices == (("list 1", "2026-11-01"),)


def test_without_a_price_only_tokens_are_said(store: Store, read: Any) -> None:
    id = conversation(store)
    recorder = store.begin_turn(id, "look")
    recorder.usage(counted(cost=None, prompt_cost=None))
    recorder.add_message("tool", result("a", 50))
    recorder.usage(counted(cost=None, prompt_cost=None, estimated=True))
    recorder.finish("done")
    found = read(lambda kept: kept.conversation(id))
    (turn,) = found.turns
    assert (turn.calls[0].sent, turn.calls[0].cost) == (1, None)
    assert turn.estimated
    assert turn.figures.known_cost is None
    assert found.figures.to_wire()["cost"] is None


def test_pictures_count(store: Store, read: Any) -> None:
    id = conversation(store)
    recorder = store.begin_turn(id, "look")
    recorder.usage(counted())
    picture = {"mime_type": "image/png", "url": "data:image/png;base64,AAAA"}
    recorder.add_message("tool", {**result("a", 1), "pictures": [picture]})
    recorder.finish("done")
    (call,) = read(lambda kept: kept.conversation(id)).turns[0].calls
    assert call.tokens == 1_501


def test_what_was_taken_back_is_paid_for_no_more(store: Store, read: Any) -> None:
    id = conversation(store)
    asked(store, id, counted())
    recorder = store.begin_turn(id, "wrong way")
    recorder.usage(counted())
    recorder.add_message("tool", result("a", 50))
    recorder.usage(counted())
    recorder.finish("done")
    store.contexts.rewind(id, recorder.turn_id)
    asked(store, id, counted(), counted())
    found = read(lambda kept: kept.conversation(id))
    (call,) = found.turns[1].calls
    assert (call.sent, found.turns[1].rewound) == (1, True)


def test_what_was_compacted_is_paid_for_no_more(store: Store, read: Any) -> None:
    """Up to the turn in which that was done."""
    id = conversation(store)
    recorder = store.begin_turn(id, "look")
    recorder.usage(counted())
    call = {"call_id": "a", "name": "read", "arguments": {}}
    recorder.add_message("assistant", {"role": "assistant", "text": "", "tool_calls": [call]})
    recorder.add_message("tool", result("a", 50))
    recorder.usage(counted())
    recorder.finish("done")
    recorder = store.begin_turn(id, "go on")
    fates: dict[int, Fate] = {one.id: "summarised" for one in store.contexts.live(id)[:3]}
    summary = {"role": "user", "text": "It was looked at."}
    plan = CompactionPlan(fates, summary, "person", "extractive", "", 60, 10, 4, 2)
    store.contexts.compact(recorder, plan)
    recorder.usage(counted())
    recorder.finish("done")
    asked(store, id, counted(), counted())

    def sent() -> int:
        return int(read(lambda kept: kept.conversation(id)).turns[0].calls[0].sent)

    assert sent() == 2
    (compaction,) = store.contexts.ledger(id).compactions
    store.contexts.undo_compaction(compaction.id)
    assert sent() == 4
