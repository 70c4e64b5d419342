"""Conversations with the real codex program: forked, compacted, archived, taken in, handed over."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codexinapp import PATCH, InApp, patch
from codexstage import run
from corestage import answer_of, kept, kept_entries, of_type, played, types
from fakes.server import FakeProvider
from fakes.steps import reasoning, text, until
from grafftui import UsageError
from grafftui.backends.codex import CodexClient
from grafftui.exports.exporting import FORMATS, passage
from grafftui.exports.importing import import_conversation
from grafftui.history.backend_threads import BackendThread
from grafftui.history.search import parse_query

pytestmark = pytest.mark.needs("codex")

Apps = Callable[..., InApp]


def told(app: InApp) -> list[str]:
    """What the model was told last: by the person, and what it answered itself."""
    return [
        part["text"]
        for one in app.stage.fake.requests[-1].body["input"]
        if one.get("type") == "message" and one.get("role") in ("user", "assistant")
        for part in one["content"]
        if not part["text"].startswith("<")
    ]


def elsewhere(app: InApp, *prompts: str, **params: Any) -> str:
    """Turns that another program has Codex do; the id of their thread."""
    full = {"approvalPolicy": "never", "sandbox": "danger-full-access"}
    where = {"cwd": str(app.stage.workspace), **full, **params}
    with CodexClient(app.stage.options()) as client:
        for prompt in prompts:
            answer = client.responses_create(prompt=prompt, thread_params=where)
    return str(answer.session_id)


@pytest.mark.each_codex
def test_a_fork_knows_what_it_shares(apps: Apps) -> None:
    app = apps([[text("One.")], [text("Two.")], [text("Half.")], [text("All.")], [text("Me.")]])
    graff, codex = app.open()
    id = played(codex.chat("first"))
    list(codex.chat("second", conversation_id=id))
    half = codex.fork(id, 2)  # the second prompt: what came before it is shared
    assert answer_of(codex.chat("third", conversation_id=half)) == "Half."
    assert told(app) == ["first", "One.", "third"]
    whole = codex.fork(id)
    list(codex.chat("fourth", conversation_id=whole))
    assert told(app) == ["first", "One.", "second", "Two.", "fourth"]
    nothing = codex.fork(id, 0)
    list(codex.chat("alone", conversation_id=nothing))
    assert told(app) == ["alone"]
    rows = kept(app.home, "SELECT count(DISTINCT thread_id) FROM backend_threads")
    assert rows == [(4,)]
    found = graff.store.conversation(half)
    assert found is not None and found.parent_id == id and found.backend == "codex"


def test_a_compaction_is_a_turn_and_an_entry(apps: Apps) -> None:
    app = apps([[text("One.")], [text("SUMMARY of all.")], [text("Two.")]])
    _, codex = app.open()
    id = played(codex.chat("first"))
    events = list(codex.compact(id))
    assert types(events)[0] == "ConversationStarted" and types(events)[-1] == "TaskComplete"
    assert [data["by"] for data in of_type(events, "Compacted")] == ["codex"]
    assert ("compaction", "done", "Compacted by Codex") in kept_entries(app.home)
    assert answer_of(codex.chat("second", conversation_id=id)) == "Two."
    assert any("SUMMARY of all." in one for one in told(app))


def test_the_archive_is_the_same_there(apps: Apps) -> None:
    app = apps([[text("One.")], [text("Two.")]])
    graff, codex = app.open()
    id = played(codex.chat("first"))
    thread = graff.store.backend_threads.of(id, "codex").thread_id
    codex.archive(id)
    found = graff.store.conversation(id)
    assert found is not None and found.archived
    client = codex._server.client()
    assert [one["id"] for one in client.thread_list(archived=True)["data"]] == [thread]
    codex.archive(id, False)
    assert client.thread_list(archived=True)["data"] == []
    assert answer_of(codex.chat("second", conversation_id=id)) == "Two."
    found = graff.store.conversation(id)
    assert found is not None and not found.archived


def test_threads_made_elsewhere_are_taken_in(apps: Apps) -> None:
    app = apps(
        [
            [reasoning("Codex keeps none."), text("I look."), run("echo marmalade", "c1")],
            [patch(PATCH)],
            [text("It is done.")],
            [text("More of it.")],
            [text("Here I go on.")],
            [text("And on.")],
        ]
    )
    thread = elsewhere(app, "find the jam")
    graff, codex = app.open()
    assert codex.import_threads() == 1
    assert codex.import_threads() == 0
    assert kept_entries(app.home) == [
        ("prompt", "done", "find the jam"),
        ("answer", "done", "I look."),
        ("tool", "done", "marmalade"),
        ("tool", "done", "Done."),
        ("answer", "done", "It is done."),
    ]
    (row,) = graff.store.conversations(graff.workspace)
    assert (row.backend, row.title, row.state) == ("codex", "find the jam", "done")
    assert graff.store.backend_threads.of(row.id, "codex").thread_id == thread
    codex.close()

    elsewhere_again(app, thread, "and the bread")
    assert codex.import_threads() == 1
    assert codex.import_threads() == 0
    assert kept_entries(app.home)[-2:] == [
        ("prompt", "done", "and the bread"),
        ("answer", "done", "More of it."),
    ]
    events = list(codex.chat("go on here", conversation_id=row.id))
    assert answer_of(events) == "Here I go on."
    assert told(app)[-3:] == ["and the bread", "More of it.", "go on here"]
    assert codex.import_threads() == 0  # what was said here is no news
    assert len(graff.store.conversations()) == 1
    graff.delete_conversation(row.id)
    assert codex.import_threads() == 0 and graff.store.conversations() == []
    codex.close()
    elsewhere_again(app, thread, "once more")
    assert codex.import_threads() == 0 and graff.store.conversations() == []


def test_a_turn_that_runs_elsewhere_is_waited_for(apps: Apps, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    app = apps([[text("One.")], [text("Half"), until(gate), text("whole.")]])
    _, codex = app.open()
    with CodexClient(app.stage.options()) as other:
        where = {"cwd": str(app.stage.workspace)}
        thread = other.responses_create(prompt="first", thread_params=where).session_id
        feed = other.follow(thread)
        other.turn_start(thread, "second")
        next(one for one in feed if one.method == "item/agentMessage/delta")
        assert codex.import_threads() == 1
        assert [words for _, _, words in kept_entries(app.home)] == ["first", "One."]
        assert codex.import_threads() == 0
        gate.touch()
        next(one for one in feed if one.method == "turn/completed")
    assert codex.import_threads() == 1
    assert [words for _, _, words in kept_entries(app.home)][2:] == ["second", "Half\n\nwhole."]


def elsewhere_again(app: InApp, thread: str, prompt: str) -> None:
    """One more turn in a thread, by another program."""
    with CodexClient(app.stage.options()) as client:
        client.thread_resume(thread)
        client.responses_create(prompt=prompt, session_id=thread)


def test_a_conversation_of_codex_is_found_exported_and_gone_on_with(apps: Apps) -> None:
    turns = [[text("The answer is marmalade."), run("echo plum")], [text("Done.")]]
    app = apps([*turns, [text("I know.")]])
    graff, codex = app.open()
    store = graff.store
    id = played(codex.chat("what is it"))
    store.search_index.catch_up()
    for words in ("marmalade", "plum", "backend:codex what"):
        assert {hit.conversation.id for hit in store.search(parse_query(words))} == {id}
    documents = {}
    for name, form in FORMATS.items():
        with passage(store, id) as found:
            documents[name] = "".join(form.write(found))
        assert "marmalade" in documents[name] and "plum" in documents[name]
    before = kept_entries(app.home)
    graff.delete_conversation(id)
    imported = import_conversation(store, io.BytesIO(documents["jsonl"].encode()))
    assert kept_entries(app.home) == before
    store.backend_threads.keep(BackendThread(imported.id, "codex"))  # as in another history
    assert answer_of(codex.chat("go on", conversation_id=imported.id)) == "I know."
    note, prompt = told(app)
    assert "what is it" in note and "marmalade" in note and prompt == "go on"


def test_handing_over_and_back(apps: Apps, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from corestage import MODEL, WIRES, environment, sent_texts

    app = apps([[patch(PATCH)], [text("I left a note.")], [text("Back again.")]])
    with FakeProvider([[text("I am ours.")]]) as ours:
        for name, value in environment(ours.url).items():
            monkeypatch.setenv(name, value)
        graff, codex = app.open(provider=WIRES["chat"][0], model=MODEL)
        id = played(codex.chat("leave a note"))
        note = codex.hand_over_note(id)
        assert "leave a note" in note and "note.txt" in note and "I left a note." in note
        with pytest.raises(UsageError):
            list(graff.chat("too early", conversation_id=id))
        events = list(codex.hand_over(id, "graff", note + "\n\nMind the cat."))
        assert types(events) == ["ConversationStarted", "HandedOver", "TaskComplete"]
        assert answer_of(graff.chat("go on", conversation_id=id)) == "I am ours."
        sent = sent_texts(ours.requests[-1].body)
        assert any("Mind the cat." in one for one in sent) and "go on" in sent[-1]
        with pytest.raises(UsageError):
            list(codex.chat("too early", conversation_id=id))
        back = codex.hand_over_note(id)
        assert "I am ours." in back
        list(codex.hand_over(id, "codex", "We said: I am ours."))
        assert answer_of(codex.chat("and now", conversation_id=id)) == "Back again."
        assert told(app)[-2:] == ["We said: I am ours.", "and now"]
        borders = [words for kind, _, words in kept_entries(app.home) if kind == "notice"]
        assert [words.splitlines()[0] for words in borders] == [
            "From here on grafftui answers, before it was Codex.",
            "From here on Codex answers, before it was grafftui.",
        ]
        with pytest.raises(UsageError):
            list(codex.hand_over(id, "nobody", ""))


def test_what_codex_offers(apps: Apps) -> None:
    app = apps()
    _, codex = app.open()
    models = codex.models()
    assert any(model.is_default for model in models) and all(model.efforts for model in models)
    assert codex.account()["account"] is None and not codex.needs_sign_in
    state = codex.sandbox_state()
    assert state.holds, state.words
    codex.login("sk-test-key-of-nobody")
    codex.logout()
    codex.close()
    assert list(app.stage.workspace.iterdir()) == []
