"""Compaction as the API gives it: by hand, written by a model, previewed, as a ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corestage import (
    Core,
    Following,
    answer_of,
    files_holding,
    kept,
    kept_entries,
    of_type,
    played,
    sent_texts,
    turns_asked,
)
from fakes.server import FakeProvider
from fakes.steps import Turn, hang, reasoning, status, text, tool
from grafftui import Graff
from grafftui.core.compaction.compactions import Asked
from grafftui.errors import NotFoundError, UsageError
from grafftui.history import ConversationBusyError

ZEROS = dict.fromkeys(
    ("original_tokens", "compacted_tokens", "original_messages", "compacted_messages"), 0
)


def answering(body: dict[str, Any]) -> Turn:
    """Reads a file, then talks; writes a summary when it is asked for one."""
    words = sent_texts(body)
    if "You summarise" in str(body["messages"][0]["content"]):
        return [text("SUMMARY BY A MODEL")]
    if body["messages"][-1]["role"] == "tool" or "begin" not in words[-1]:
        return [text("word " * 200)]
    return [text("Looking. "), tool("read", {"file_path": "a.txt"})]


def talked(core: Core, turns: int = 6) -> tuple[Graff, FakeProvider, str]:
    (core.workspace / "a.txt").write_text("a short one\n")
    fake = core.provider(handler=answering)
    graff = core.graff(fake)
    id = played(graff.chat("begin"))
    for number in range(turns):
        list(graff.chat(f"go on {number}", conversation_id=id))
    return graff, fake, id


def test_the_figures_are_those_of_the_sdk(core: Core) -> None:
    graff, fake, id = talked(core)
    asked = len(turns_asked(fake))
    before = graff.store.live_messages(id)
    figures = graff.compact_conversation(id)
    after = graff.store.live_messages(id)
    assert list(figures) == list(ZEROS)
    assert (figures["original_messages"], figures["compacted_messages"]) == (16, len(after))
    assert figures["compacted_tokens"] < figures["original_tokens"]
    assert len(turns_asked(fake)) == asked  # no model is asked
    assert after[0] == before[0]
    assert after[2:] == before[-6:]  # six are kept word for word
    assert "- Read a.txt" in after[1]["text"]
    kind, _, words = kept_entries(core.home)[-1]
    assert kind == "compaction"
    assert "16 → 8 messages" in words


def test_nothing_to_compact(core: Core) -> None:
    graff, _, id = talked(core, turns=1)
    figures = graff.compact_conversation(id)
    assert figures["original_messages"] == figures["compacted_messages"] == 6
    assert figures["original_tokens"] == figures["compacted_tokens"] > 0
    empty = graff.store.create_conversation(
        workspace=graff.workspace, backend="graff", agent="forge", provider="p", model="m"
    )
    assert graff.compact_conversation(empty) == ZEROS


def test_a_short_talk_gets_no_longer(core: Core) -> None:
    core.settings("")
    graff = core.graff(core.provider(handler=lambda body: [text(f"To: {sent_texts(body)[-1]}")]))
    id = played(graff.chat("question 0"))
    for number in range(1, 7):
        list(graff.chat(f"question {number}", conversation_id=id))
    figures = graff.compact_conversation(id)
    assert (figures["original_messages"], figures["compacted_messages"]) == (14, 8)
    assert figures["compacted_tokens"] <= figures["original_tokens"]
    assert graff.context_ledger(id).tokens_after == figures["compacted_tokens"]
    summary = graff.store.live_messages(id)[1]["text"]
    assert summary.startswith("Earlier, in short: ")
    assert summary.endswith("Assistant: To: question 3")  # the newest is told


def test_what_a_summary_cannot_make_shorter_is_left(core: Core) -> None:
    graff = core.graff(core.provider(handler=lambda body: [text("b")]))
    id = played(graff.chat("a"))
    for _ in range(4):
        list(graff.chat("a", conversation_id=id))
    before = graff.store.live_messages(id)
    figures = graff.compact_conversation(id)
    assert figures["original_messages"] == figures["compacted_messages"] == 10
    assert figures["original_tokens"] == figures["compacted_tokens"]
    assert graff.store.live_messages(id) == before
    assert graff.preview_compaction(id, Asked()) is None


def test_a_written_summary_that_is_too_long_is_not_used(core: Core) -> None:
    graff, fake, id = talked(core)
    fake._handler = lambda body: [text("BLAH " * 3_000)]
    events = list(graff.compact(id, Asked("model")))
    assert "longer than what it stands for" in of_type(events, "Notice")[0]["text"]
    (figures,) = of_type(events, "Compacted")
    assert figures["tokens_after"] < figures["tokens_before"]
    assert "BLAH" not in graff.store.live_messages(id)[1]["text"]


def test_what_cannot_be_meant(core: Core) -> None:
    graff, _, id = talked(core, turns=0)
    with pytest.raises(NotFoundError):
        graff.compact_conversation("00000000-0000-4000-8000-000000000000")
    with pytest.raises(UsageError):
        graff.compact_conversation("not an id")
    for wrong in (5, None, b"id", [id]):
        for look in (graff.compact_conversation, graff.context_ledger, graff.context_breakdown):
            with pytest.raises(UsageError, match="id must be a string"):
                look(wrong)  # type: ignore[operator]
    for instructions in (5, ["keep names"], False):
        with pytest.raises(UsageError, match="instructions must be a string"):
            graff.compact_conversation(id, instructions=instructions)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no such summariser"):
        graff.compact_conversation(id, summariser="magic")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="a model writes"):
        graff.compact_conversation(id, summariser="extractive", instructions="keep names")
    codex = graff.store.create_conversation(
        workspace=graff.workspace, backend="codex", agent="", provider="", model=""
    )
    assert not graff.context_ledger(codex).visible
    with pytest.raises(UsageError, match="Codex compacts"):
        list(graff.compact(codex))


def test_not_while_a_turn_runs(core: Core) -> None:
    fake = core.provider([text("Hm"), hang()])
    graff = core.graff(fake)
    turn = Following(graff.chat("hi"))
    turn.text("Hm")
    with pytest.raises(ConversationBusyError):
        graff.compact_conversation(turn.conversation_id)
    with pytest.raises(ConversationBusyError):
        graff.store.contexts.rewind(turn.conversation_id, 1)
    core.stop(turn)


def test_a_model_writes_it_as_it_is_told(core: Core) -> None:
    graff, fake, id = talked(core)
    figures = graff.compact_conversation(id, instructions="Keep every name.")
    question = turns_asked(fake)[-1]
    assert "Keep every name." in sent_texts(question)[-1]
    assert "begin" not in sent_texts(question)[-1]  # the first prompt is kept word for word
    assert "[result of read]" in sent_texts(question)[-1]
    assert "tools" not in question
    assert "SUMMARY BY A MODEL" in graff.store.live_messages(id)[1]["text"]
    assert figures["compacted_messages"] == 8
    (compaction,) = graff.store.contexts.ledger(id).compactions
    assert (compaction.summariser, compaction.instructions) == ("model", "Keep every name.")
    purposes = kept(core.home, "SELECT purpose, count(*) FROM usage GROUP BY purpose")
    assert dict(purposes)["compaction"] == 1


def test_where_no_model_writes_it_is_extracted(core: Core) -> None:
    graff, fake, id = talked(core)
    fake._handler = lambda body: [status(400, {"error": {"message": "no, thank you"}})]
    events = list(graff.compact(id, Asked("model")))
    assert len(of_type(events, "Compacted")) == 1
    assert "no, thank you" in of_type(events, "Notice")[0]["text"]
    assert "- Read a.txt" in graff.store.live_messages(id)[1]["text"]


def test_the_command_says_that_no_model_wrote_it(core: Core) -> None:
    graff, fake, id = talked(core)
    fake._handler = lambda body: [status(400, {"error": {"message": "no, thank you"}})]
    graff.close()
    done = core.command(fake).run("conversations", "compact", id, "--instructions", "Keep names.")
    assert done.returncode == 0
    assert done.stdout.startswith("Compacted: ")
    assert "No model wrote the summary, so it was extracted" in done.stderr
    assert "no, thank you" in done.stderr


def test_a_written_summary_can_be_interrupted(core: Core) -> None:
    graff, fake, id = talked(core)
    before = graff.store.live_messages(id)
    fake._handler = lambda body: [text("SUM"), hang()]
    turn = Following(graff.compact(id, Asked("model")))
    turn.type("ConversationStarted")
    assert graff.interrupt(id)
    assert turn.end()[-1].type == "TurnInterrupted"
    assert graff.store.live_messages(id) == before
    assert graff.store.contexts.ledger(id).compactions == ()


def test_what_is_previewed_is_what_is_done(core: Core) -> None:
    graff, fake, id = talked(core)
    before = graff.store.live_messages(id)
    shown = graff.preview_compaction(id, Asked("model", "Keep names."))
    assert shown is not None
    assert graff.store.live_messages(id) == before  # nothing was done
    asked = len(turns_asked(fake))
    events = list(graff.compact(id, prepared=shown.prepared))
    assert len(turns_asked(fake)) == asked
    (figures,) = of_type(events, "Compacted")
    ledger = graff.context_ledger(id)
    assert [(row.who, row.text, row.tokens) for row in ledger.after] == [
        (row.who, row.text, row.tokens) for row in shown.ledger.after
    ]
    assert [row.lot for row in ledger.before] == [row.lot for row in shown.ledger.before]
    assert figures["tokens_before"] == ledger.tokens_before == shown.ledger.tokens_before
    assert figures["tokens_after"] == ledger.tokens_after


def test_a_preview_that_is_no_longer_so(core: Core) -> None:
    graff, _, id = talked(core)
    shown = graff.preview_compaction(id, Asked())
    assert shown is not None
    graff.compact_conversation(id)
    with pytest.raises(RuntimeError, match="the context has changed"):
        list(graff.compact(id, prepared=shown.prepared))
    assert len(graff.store.contexts.ledger(id).compactions) == 1


def test_a_preview_of_what_was_announced_takes_less(core: Core) -> None:
    graff, _, id = talked(core, turns=12)
    by_hand = graff.preview_compaction(id, Asked())
    announced = graff.preview_compaction(id, Asked(as_announced=True))
    assert by_hand is not None
    assert announced is not None
    assert 2 <= len(announced.prepared.plan.fates) < len(by_hand.prepared.plan.fates) / 2


def test_the_ledger_says_what_became_of_everything(core: Core) -> None:
    graff, _, id = talked(core)
    graff.compact_conversation(id)
    ledger = graff.context_ledger(id)
    assert [row.who for row in ledger.before[:4]] == ["you", "agent", "read", "agent"]
    assert ledger.before[1].text == "Looking. · read a.txt"
    assert [row.lot for row in ledger.before] == ["kept", *["summarised"] * 9, *["kept"] * 6]
    assert [row.who for row in ledger.after[:3]] == ["you", "summary", "you"]
    assert ledger.after[1].compaction == ledger.compactions[0].id
    assert all(row.tokens > 0 for row in ledger.before)
    graff.store.contexts.put_back(id, ledger.before[2].id or 0)  # the result, so its call too
    assert [row.who for row in graff.context_ledger(id).after[:4]] == [
        "you",
        "agent",
        "read",
        "summary",
    ]


def test_a_second_one_says_nothing_twice(core: Core) -> None:
    graff, _, id = talked(core)
    graff.compact_conversation(id)
    for number in range(6):
        list(graff.chat(f"later {number}", conversation_id=id))
    graff.compact_conversation(id)
    live = graff.store.live_messages(id)
    assert len(live) == 8
    summary = live[1]["text"]
    assert summary.count("## Summary\n") == 1
    assert summary.count("go on 1") == 1
    assert summary.count("- Read a.txt") == 1
    first, second = graff.store.contexts.ledger(id).compactions
    assert (first.standing, second.standing) == ("swallowed", "active")


def test_an_edited_summary_is_taken_in_as_it_was_edited(core: Core) -> None:
    graff, _, id = talked(core)
    graff.compact_conversation(id)
    (compaction,) = graff.store.contexts.ledger(id).compactions
    graff.edit_summary(compaction.id, "In short: all is well. sk-ant-api03-" + "a1B2" * 20)
    (row,) = [row for row in graff.context_ledger(id).after if row.who == "summary"]
    assert row.text.startswith("In short: all is well.")
    assert "a1B2a1B2" not in row.text  # a key is kept nowhere
    for number in range(6):
        list(graff.chat(f"later {number}", conversation_id=id))
    graff.compact_conversation(id)
    assert "In short: all is well." in graff.store.live_messages(id)[1]["text"]
    assert "go on 1" not in graff.store.live_messages(id)[1]["text"]
    with pytest.raises(UsageError, match="empty"):
        graff.edit_summary(compaction.id, "  ")


def test_the_last_reasoning_goes_on_with_the_next_answer(core: Core) -> None:
    turns: list[Turn] = [[reasoning("Deep.", signature="SEAL"), text("Thought.")]]
    turns += [[text(f"Answer {number}.")] for number in range(5)]
    fake = core.provider(*turns, [text("Last.")])
    graff = core.graff(fake, "anthropic", model="claude-sonnet-4-5")
    id = played(graff.chat("begin"))
    for _ in range(5):
        list(graff.chat("go on", conversation_id=id))
    graff.compact_conversation(id)
    assert answer_of(graff.chat("go on", conversation_id=id)) == "Last."
    answers = [m for m in turns_asked(fake)[-1]["messages"] if m["role"] == "assistant"]
    assert answers[0]["content"][0] == {
        "type": "thinking",
        "thinking": "Deep.",
        "signature": "SEAL",
    }


def test_no_key_of_a_model_s_is_kept(core: Core, home: Path) -> None:
    graff, fake, id = talked(core)
    key = "sk-ant-api03-" + "Zq9" * 30
    fake._handler = lambda body: [text(f"The key is {key}.")]
    graff.compact_conversation(id, summariser="model")
    assert "The key is" in graff.store.live_messages(id)[1]["text"]
    graff.close()
    assert files_holding(home, key) == []
