"""The context is read once: later only what was added, whoever added it or took it out."""

from __future__ import annotations

import pytest
from history_helpers import new_conversation, run_turn

from grafftui.history import Store
from grafftui.history import live_messages as module
from grafftui.settings.paths import Paths


def said(store: Store, conversation_id: str) -> list[str]:
    return [body["text"] for body in store.live_messages(conversation_id)]


def test_what_was_read_is_not_parsed_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation_id = new_conversation(store)
    parsed: list[object] = []
    whole = module.stored_object
    monkeypatch.setattr(
        module, "stored_object", lambda column, blob: parsed.append(column) or whole(column, blob)
    )
    run_turn(store, conversation_id, "one", "1")
    first = store.live_messages(conversation_id)
    run_turn(store, conversation_id, "two", "2")
    second = store.live_messages(conversation_id)
    assert len(parsed) == 4
    assert [body["text"] for body in second] == ["one", "1", "two", "2"]
    assert second[0] is first[0]
    second.clear()  # the list is the caller's
    assert said(store, conversation_id) == ["one", "1", "two", "2"]


def test_what_another_instance_adds_or_drops_is_seen(paths: Paths, store: Store) -> None:
    conversation_id = new_conversation(store)
    run_turn(store, conversation_id, "one", "1")
    run_turn(store, conversation_id, "two", "2")
    assert said(store, conversation_id) == ["one", "1", "two", "2"]
    with Store.open(paths) as other:
        run_turn(other, conversation_id, "three", "3")
        assert said(store, conversation_id) == ["one", "1", "two", "2", "three", "3"]
        with other._writing() as connection:
            connection.execute("UPDATE messages SET state = 'dropped' WHERE id <= 2")
        assert said(store, conversation_id) == ["two", "2", "three", "3"]
        other.delete_conversation(conversation_id)
    assert said(store, conversation_id) == []


def test_few_conversations_are_kept(store: Store) -> None:
    ids = [new_conversation(store) for _ in range(6)]
    for conversation_id in ids:
        run_turn(store, conversation_id, conversation_id, "a")
        said(store, conversation_id)
    assert len(store._live_messages._kept) == 4
    assert said(store, ids[0]) == [ids[0], "a"]
