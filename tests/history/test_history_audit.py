"""The audit log: complete, in order, only growing, and there when the conversation is not."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from history_helpers import Start, new_conversation, rows

from grafftui import events
from grafftui.approvals import Request
from grafftui.errors import StoreError
from grafftui.history import Store, TurnRecorder
from grafftui.history.blobs import INLINE
from grafftui.history.database import suspect
from grafftui.history.reader import Reader
from grafftui.settings.paths import Paths


def command(text: str, tool: str = "shell") -> Request:
    argv = ("/bin/bash", "-c", text)
    return Request("command", tool, text, "/w", command=text, argv=argv)


def decided(
    recorder: TurnRecorder,
    request: Request,
    decision: str = "accept",
    *,
    call_id: str = "c1",
    request_id: str = "r1",
    reason: str = "",
    by: str = "person",
    scope: str = "",
) -> None:
    """What the core says of a decision, in its order."""
    wire, digest = request.to_wire(), request.digest()
    recorder.approval(request_id, wire, digest, decision, reason, by, scope=scope)
    resolved = events.approval_resolved(request_id, call_id, decision, reason=reason, by=by)
    recorder.record([resolved], durable=True)


def acted(
    recorder: TurnRecorder, request: Request, *, call_id: str = "c1", is_error: bool = False
) -> None:
    """What the core says of a call that was done."""
    recorder.tool_intent(call_id, request.tool, request.digest())
    recorder.tool_finished(call_id)
    end = events.tool_call_end(request.tool, call_id, is_error=is_error, values=[{"text": "x"}])
    recorder.record([end], durable=True)


def test_a_row_says_all_of_it(store: Store) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "p")
    request = command("git status")
    decided(recorder, request, "acceptForSession", scope="minutes")
    acted(recorder, request)
    recorder.finish("done")
    (row,) = store.audit()
    assert (row.conversation_id, row.workspace) == (conversation_id, "/w")
    assert (row.kind, row.tool, row.subject) == ("command", "shell", "git status")
    assert (row.decision, row.by, row.scope) == ("acceptForSession", "person", "minutes")
    assert row.digest == row.acted == request.digest()
    assert row.outcome == "done"


def test_what_came_of_it(store: Store) -> None:
    recorder = store.begin_turn(new_conversation(store), "p")
    requests = {name: command(name) for name in ("failed", "declined", "under way", "not begun")}
    for name, request in requests.items():
        decision = "decline" if name == "declined" else "accept"
        decided(recorder, request, decision, call_id=name, request_id=name)
    acted(recorder, requests["failed"], call_id="failed", is_error=True)
    recorder.tool_intent("under way", "shell", requests["under way"].digest())
    found = {row.subject: row.outcome for row in store.audit()}
    assert found == {
        "failed": "failed",
        "declined": "nothing",
        "under way": "running",
        "not begun": "nothing",
    }
    recorder.finish("interrupted")
    assert {row.subject: row.outcome for row in store.audit()}["under way"] == "unknown"


def test_a_killed_command(start: Start, paths: Paths) -> None:
    child = start("one_turn")
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    child.wait()
    with Store.open(paths) as store:
        assert rows(store, "SELECT state, outcome FROM tool_runs") == [("started", None)]


def test_done_again_in_another_way(store: Store) -> None:
    """One call, asked twice: held by the sandbox, then not. Both acts stay in the log."""
    recorder = store.begin_turn(new_conversation(store), "p")
    held, free = command("make", "held"), command("make", "free")
    decided(recorder, held, request_id="r1")
    recorder.tool_intent("c1", "shell", held.digest())
    decided(recorder, free, request_id="r2")
    acted(recorder, free)
    recorder.finish("done")
    second, first = store.audit()
    assert (first.acted, first.outcome) == (held.digest(), "superseded")
    assert (second.acted, second.outcome) == (free.digest(), "done")


def test_asked_again_and_not_done(store: Store) -> None:
    """What an earlier yes had done is not laid at the door of a later one."""
    recorder = store.begin_turn(new_conversation(store), "p")
    held, free = command("make", "held"), command("make", "free")
    decided(recorder, held, request_id="r1")
    recorder.tool_intent("c1", "shell", held.digest())
    decided(recorder, free, request_id="r2")
    recorder.finish("interrupted")
    second, first = store.audit()
    assert (first.acted, first.outcome) == (held.digest(), "unknown")
    assert (second.acted, second.outcome) == (None, "nothing")


def test_changed_by_the_person(store: Store) -> None:
    """What was done differs from what was asked for: both hashes are there."""
    recorder = store.begin_turn(new_conversation(store), "p")
    asked, done = command("asked"), command("done")
    decided(recorder, asked)
    acted(recorder, done)
    recorder.finish("done")
    (row,) = store.audit()
    assert (row.digest, row.acted) == (asked.digest(), done.digest())


def test_it_outlives_the_conversation_without_what_was_said(paths: Paths) -> None:
    secret_words = "unmistakable"
    with Store.open(paths) as store:
        conversation_id = new_conversation(store)
        recorder = store.begin_turn(conversation_id, "p")
        request = command(f"echo {secret_words}")
        decided(recorder, request, reason=f"{secret_words} reason")
        acted(recorder, request)
        large = command(secret_words * INLINE)
        decided(
            recorder,
            large,
            "decline",
            request_id="r2",
            call_id="c2",
            reason="by a rule",
            by="policy",
        )
        recorder.finish("done")
        before = store.audit()
        assert before[1].reason == f"{secret_words} reason"
        assert store.delete_conversation(conversation_id)
        after = store.audit(conversation_id=conversation_id)
    assert [row.subject for row in after] == [None, None]
    assert [row.reason for row in after] == ["by a rule", ""]
    for old, new in zip(before, after, strict=True):
        assert (new.at, new.kind, new.tool, new.digest, new.acted) == (
            old.at, old.kind, old.tool, old.digest, old.acted,
        )  # fmt: skip
    assert [row.outcome for row in after] == ["nothing", "done"]
    assert secret_words.encode() not in paths.database.read_bytes()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM approvals",
        "DELETE FROM tool_runs",
        "UPDATE approvals SET decision = 'accept'",
        "UPDATE approvals SET digest = 'other'",
        "UPDATE approvals SET by = 'nobody'",
    ],
)
def test_it_only_grows(store: Store, statement: str) -> None:
    recorder = store.begin_turn(new_conversation(store), "p")
    decided(recorder, command("x"), "decline")
    recorder.tool_intent("c1", "shell", "d")
    recorder.finish("done")
    before = store.audit()
    with pytest.raises(StoreError, match="only grows"), store._writing() as connection:
        connection.execute(statement)
    assert store.audit() == before
    assert not suspect(store.paths.database).exists()


async def test_in_pages(store: Store) -> None:
    first, second = new_conversation(store), new_conversation(store)
    for turn in range(10):
        recorder = store.begin_turn((first, second)[turn % 2], "p")
        decided(recorder, command(f"echo {turn}"), "decline")
        recorder.finish("done")
    async with await Reader.open(store.paths) as reader:
        page = await reader.audit(4)
        assert [row.subject for row in page] == [f"echo {n}" for n in (9, 8, 7, 6)]
        page = await reader.audit(4, before=page[-1].id)
        assert [row.subject for row in page] == [f"echo {n}" for n in (5, 4, 3, 2)]
        of_first = await reader.audit(conversation_id=first)
        assert [row.subject for row in of_first] == [f"echo {n}" for n in (8, 6, 4, 2, 0)]
        assert of_first == store.audit(conversation_id=first)


def test_past_commands(store: Store) -> None:
    here, there = new_conversation(store), new_conversation(store, workspace="/other")
    said = ["git status", "rm -rf x", "git log", "git status", "make"]
    for text in said:
        recorder = store.begin_turn(here, "p")
        decided(recorder, command(text), "decline" if text.startswith("rm") else "accept")
        recorder.finish("done")
    recorder = store.begin_turn(there, "p")
    decided(recorder, command("elsewhere"))
    edit = Request("edit", "write", "a.txt", "/other")
    decided(recorder, edit, request_id="r2")
    recorder.finish("done")
    assert store.past_commands("/w") == ["make", "git status", "git log"]
    assert store.past_commands("/w", limit=2) == ["make", "git status"]
    assert store.past_commands("/other") == ["elsewhere"]


def test_rows_that_cannot_be_read(store: Store) -> None:
    recorder = store.begin_turn(new_conversation(store), "p")
    decided(recorder, command("x"))
    recorder.finish("done")
    with store._writing() as connection:
        connection.execute("UPDATE approvals SET request = '[' ")
    assert store.audit()[0].subject is None
    assert store.past_commands("/w") == []


def test_ids_of_turns_that_are_gone_are_not_given_again(paths: Paths) -> None:
    with Store.open(paths) as store:
        kept, gone = new_conversation(store), new_conversation(store)
        for conversation_id in (kept, gone):
            recorder = store.begin_turn(conversation_id, "p")
            decided(recorder, command("x"))
            acted(recorder, command("x"))
            recorder.finish("done")
        last = recorder.turn_id
        store.delete_conversation(gone)
    suspect(paths.database).touch(0o600)
    with Store.open(paths) as store:
        assert len(store.audit()) == 2
        recorder = store.begin_turn(kept, "p")
        assert recorder.turn_id > last
        recorder.finish("done")


def test_a_repaired_history_grants_and_trusts_nothing(paths: Paths) -> None:
    Store.open(paths).close()
    with closing(sqlite3.connect(paths.database)) as file:
        rule = json.dumps({})
        file.execute(
            "INSERT INTO grants (id, rule, scope, conversation_id, workspace, boot, created_at,"
            " words) VALUES ('g', ?, 'always', '', '', '', 0, 'w')",
            (rule,),
        )
        file.execute("INSERT INTO trust VALUES ('/w', '1:2', 0)")
        file.commit()
    suspect(paths.database).touch(0o600)
    with Store.open(paths) as store:
        assert rows(store, "SELECT count(*) FROM grants") == [(0,)]
        assert store.trusted_folders.all() == []
