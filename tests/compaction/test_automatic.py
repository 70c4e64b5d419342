"""Automatic compaction: announced, refused, made at the next turn, made when it must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from corestage import MODEL, Core, answer_of, kept, of_type, played, sent_texts, turns_asked
from fakes.steps import Turn, status, text, tool
from fakes.strictness import Strict
from grafftui import AgentEvent, Graff
from grafftui.errors import TurnFailedError

SETTINGS = f'max_tokens = 1000\n[context_window]\n"{MODEL}" = 14000\n'
EARLIER = "Earlier messages were left out"


def notices(events: list[AgentEvent]) -> list[str]:
    return [data["text"] for data in of_type(events, "Notice")]


def talk(
    core: Core, answers: Callable[[dict[str, Any]], Turn], **more: Any
) -> tuple[Graff, Strict]:
    strict = Strict("chat", answers, 14_000, **more)
    return core.graff(core.provider(handler=strict)), strict


def long_answers(body: dict[str, Any]) -> Turn:
    return [text("word " * 900)]  # about 1,100 tokens


def until_announced(graff: Graff, id: str) -> list[AgentEvent]:
    for _ in range(12):
        events = list(graff.chat("go on", conversation_id=id))
        if any("will be compacted" in words for words in notices(events)):
            return events
    raise AssertionError("nothing was announced")


def test_it_is_announced_a_turn_ahead_and_made_at_the_next(core: Core) -> None:
    core.settings(SETTINGS)
    graff, strict = talk(core, long_answers)
    id = played(graff.chat("begin"))
    announced = until_announced(graff, id)
    assert of_type(announced, "Compacted") == []
    assert "/compact" in next(words for words in notices(announced) if "compacted" in words)
    before = graff.store.live_messages(id)
    events = list(graff.chat("and on", conversation_id=id))
    (compacted,) = of_type(events, "Compacted")
    assert compacted["by"] == "auto"
    assert compacted["tokens_after"] < compacted["tokens_before"]
    taken = 1 + compacted["messages_before"] - compacted["messages_after"]
    # A fifth of the tokens at most, but for the message with which that is reached.
    assert taken * 900 < 0.2 * compacted["tokens_before"] + 2 * 1_200
    assert any(EARLIER in words for words in sent_texts(strict.bodies[-1]))
    assert len(graff.store.contexts.ledger(id).messages) > len(before)  # nothing is gone
    assert strict.rejected == []


def test_it_can_be_refused_until_it_must_be(core: Core) -> None:
    core.settings(SETTINGS)
    graff, strict = talk(core, long_answers)
    id = played(graff.chat("begin"))
    until_announced(graff, id)
    assert graff.store.contexts.refuse_compaction(id)
    assert not graff.store.contexts.refuse_compaction(id)
    events = list(graff.chat("go on", conversation_id=id))
    assert of_type(events, "Compacted") == []
    assert not any("compacted" in words for words in notices(events))  # nor asked again
    for _ in range(6):
        events += list(graff.chat("go on", conversation_id=id))
    (compacted, *_) = of_type(events, "Compacted")
    assert compacted["tokens_before"] > 14_000 - 1_000 - 14_000 // 50 - 3_000
    assert strict.rejected == []


def test_a_long_turn_is_compacted_in_its_midst(core: Core) -> None:
    core.settings(SETTINGS)
    (core.workspace / "long.txt").write_text("a line of it\n" * 600)
    calls = iter(range(1_000))

    def reading(body: dict[str, Any]) -> Turn:
        number = next(calls)
        if number < 12:
            return [tool("read", {"file_path": "long.txt"}, f"call_{number}")]
        return [text("Done.")]

    graff, strict = talk(core, reading)
    events = list(graff.chat("Read it over and over."))
    assert answer_of(events) == "Done."
    assert len(of_type(events, "Compacted")) >= 2
    assert strict.rejected == []
    assert any("Read it over and over." in words for words in sent_texts(strict.bodies[-1]))
    summaries = [words for words in sent_texts(strict.bodies[-1]) if EARLIER in words]
    assert len(summaries) == 1  # the second took in the first
    assert summaries[0].count("- Read long.txt") == 1  # the last of what was done to a file
    entries = kept(core.home, "SELECT kind FROM entries ORDER BY ordinal")
    assert [kind for (kind,) in entries].count("compaction") == len(of_type(events, "Compacted"))


def test_what_cannot_be_compacted_is_shortened_in_the_request(core: Core) -> None:
    core.settings(SETTINGS.replace("14000", "9000"))
    (core.workspace / "long.txt").write_text("a line of it\n" * 1_900)
    strict = Strict(
        "chat",
        lambda body: (
            [text("Done.")]
            if body["messages"][-1]["role"] == "tool"
            else [tool("read", {"file_path": "long.txt"})]
        ),
        9_000,
    )
    graff = core.graff(core.provider(handler=strict))
    events = list(graff.chat("Read it."))
    assert answer_of(events) == "Done."
    assert strict.rejected == []
    sent = strict.bodies[-1]["messages"][-1]["content"]
    assert "characters left out" in sent
    (kept_result,) = [
        m for m in graff.store.live_messages(played_id(events)) if m["role"] == "tool"
    ]
    assert "characters left out" not in kept_result["text"]
    assert len(kept_result["text"]) > len(sent)


def played_id(events: list[AgentEvent]) -> str:
    return str(events[0].data["conversationId"])


def test_a_prompt_that_never_fits_is_not_sent(core: Core) -> None:
    core.settings(SETTINGS)
    graff, strict = talk(core, long_answers)
    with pytest.raises(TurnFailedError, match="too long for the model"):
        list(graff.chat("word " * 14_000))
    assert strict.bodies == []


def test_a_provider_that_finds_it_too_long_is_asked_once_more(core: Core) -> None:
    """It counts three times as many tokens as there seem to be, and does not say so before."""
    core.settings(SETTINGS)
    graff, strict = talk(core, long_answers)
    id = played(graff.chat("begin"))
    for _ in range(5):
        list(graff.chat("go on", conversation_id=id))
    strict.per_token = 2.2
    events = list(graff.chat("go on", conversation_id=id))
    assert len(strict.rejected) == 1
    assert len(of_type(events, "RetryAttempt")) == 1
    assert of_type(events, "Compacted")
    assert answer_of(events)
    for _ in range(6):  # from now on it is known how it counts
        list(graff.chat("go on", conversation_id=id))
    assert len(strict.rejected) == 1
    assert graff.store.contexts.outlook(id).token_ratio > 1.5


def test_what_was_learned_of_a_provider_outlives_the_process(core: Core) -> None:
    core.settings(SETTINGS)
    graff, strict = talk(core, long_answers, per_token=2.0)
    id = played(graff.chat("begin"))
    list(graff.chat("go on", conversation_id=id))
    graff.close()
    graff = core.graff(core.provider(handler=strict))
    for _ in range(8):
        list(graff.chat("go on", conversation_id=id))
    assert strict.rejected == []


def test_a_provider_that_always_finds_it_too_long_is_not_asked_for_ever(core: Core) -> None:
    words = {"error": {"message": "prompt is too long: 250000 tokens > 200000 maximum"}}
    answers = iter([[text("word " * 2000)] for _ in range(6)])
    fake = core.provider(handler=lambda body: next(answers, [status(400, words)]))
    graff = core.graff(fake)
    id = played(graff.chat("begin"))
    for _ in range(5):
        list(graff.chat("go on", conversation_id=id))
    asked = len(turns_asked(fake))
    with pytest.raises(TurnFailedError, match="too long for the model"):
        list(graff.chat("go on", conversation_id=id))
    assert len(turns_asked(fake)) == asked + 2


def test_thresholds_of_messages_and_prompts(core: Core) -> None:
    core.settings("[compact]\nmessage_threshold = 10\nretention = 2\n")
    graff = core.graff(core.provider(handler=lambda body: [text("word " * 300)]))
    id = played(graff.chat("begin"))
    announced = [
        any(
            "will be compacted" in words
            for words in notices(list(graff.chat("x", conversation_id=id)))
        )
        for _ in range(4)
    ]
    assert announced == [False, False, False, True]
    graff.close()
    core.settings("[compact]\nturn_threshold = 2\nretention = 2\n")
    graff = core.graff(core.provider(handler=lambda body: [text("word " * 300)]))
    id = played(graff.chat("begin"))
    events = list(graff.chat("x", conversation_id=id))
    assert any("will be compacted" in words for words in notices(events))


def short_answers(body: dict[str, Any]) -> Turn:
    return [text(f"Answer to: {sent_texts(body)[-1]}")]


@pytest.mark.parametrize("threshold", ["turn", "message", "token"])
def test_what_is_announced_of_a_short_talk_is_made(core: Core, threshold: str) -> None:
    limits = {"turn": 3, "message": 6, "token": 100}
    core.settings(f"[compact]\n{threshold}_threshold = {limits[threshold]}\n")
    graff = core.graff(core.provider(handler=short_answers))
    id, announced, made = played(graff.chat("short question 0")), [], []
    for number in range(1, 12):
        events = list(graff.chat(f"short question {number}", conversation_id=id))
        announced += [number for words in notices(events) if "will be compacted" in words]
        made += [number for _ in of_type(events, "Compacted")]
        for figures in of_type(events, "Compacted"):
            assert figures["messages_after"] < figures["messages_before"]
            assert figures["tokens_after"] <= figures["tokens_before"]
        assert not any("not made" in words for words in notices(events))
    assert len(made) >= 3
    assert made == [number + 1 for number in announced if number < 11]
    assert len(graff.store.live_messages(id)) <= 2 * 12 - len(made)


def test_what_was_announced_and_cannot_be_made_is_withdrawn_aloud(core: Core) -> None:
    core.settings("[compact]\nturn_threshold = 3\n")
    graff = core.graff(core.provider(handler=short_answers))
    id = played(graff.chat("short question 0"))
    until_announced(graff, id)
    for row in graff.store.contexts.live(id):
        graff.store.contexts.pin(id, row.id)
    events = list(graff.chat("go on", conversation_id=id))
    assert of_type(events, "Compacted") == []
    assert any("was not made" in words for words in notices(events))
    assert graff.store.contexts.outlook(id).due == ""
    events = list(graff.chat("go on", conversation_id=id))
    assert notices(events) == []  # nor is it announced while it cannot be made
    for row in graff.store.contexts.live(id):
        graff.store.contexts.pin(id, row.id, False)
    until_announced(graff, id)
