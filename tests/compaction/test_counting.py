"""How many tokens a context is taken for, and what of a request is shortened."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from corestage import Core, played
from fakes.steps import text
from grafftui.core.compaction import counting
from grafftui.core.compaction.counting import TokenCount
from grafftui.core.compaction.fitting import fitted
from grafftui.core.compaction.limits import limits_of
from grafftui.models import (
    AssistantMessage,
    Message,
    Picture,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from grafftui.models.token_estimates import message_tokens
from grafftui.settings.settings import CompactSettings

FOUR_HUNDRED = "x" * 1_600


def tokens(messages: Sequence[Message]) -> int:
    return sum(map(message_tokens, messages))


def test_what_the_provider_counted_counts() -> None:
    count = TokenCount(fixed=100)
    messages: list[Message] = [UserMessage(FOUR_HUNDRED)]
    assert count.likely(messages) == count.at_most(messages) == 500
    count.sending(messages, messages)
    messages.append(AssistantMessage(FOUR_HUNDRED))
    assert count.answered(Usage(1_000, 300), messages)
    assert count.ratio == 2.0
    assert count.likely(messages) == 1_300
    messages.append(UserMessage(FOUR_HUNDRED))
    assert count.likely(messages) == 1_300 + 800
    count.forget()
    assert count.likely(messages) == 2 * 1_300


def test_a_count_that_cannot_be_is_not_believed() -> None:
    messages: list[Message] = [UserMessage(FOUR_HUNDRED)]
    for counted, ratio in ((1, 0.5), (1_000_000, 8.0)):
        count = TokenCount()
        count.sending(messages, messages)
        count.answered(Usage(counted, 0), messages)
        assert count.ratio == ratio
        assert count.at_most(messages) >= 400
    count = TokenCount()
    count.sending(messages, messages)
    assert not count.answered(Usage(0, 0), messages)
    assert count.ratio == 1.0


def test_what_was_shortened_says_nothing_of_the_whole() -> None:
    count = TokenCount()
    messages: list[Message] = [UserMessage(FOUR_HUNDRED)]
    count.sending([UserMessage("x" * 400)], messages)
    count.answered(Usage(100, 1), messages)
    assert count.ratio == 1.0
    assert count.likely(messages) == 400


def test_a_turn_looks_only_at_what_is_new(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[Message] = []
    whole = counting.message_tokens
    monkeypatch.setattr(
        counting, "message_tokens", lambda message: looked_at.append(message) or whole(message)
    )
    graff = core.graff(core.provider(handler=lambda body: [text("word " * 100)]))
    id = played(graff.chat("begin"))
    for _ in range(5):
        list(graff.chat("go on", conversation_id=id))
    assert len(looked_at) == 12
    graff.store.contexts.pin(id, graff.store.contexts.live(id)[1].id)
    list(graff.chat("go on", conversation_id=id))
    assert len(looked_at) == 12 + 14  # the context may be another


# -- fitting ---------------------------------------------------------------------------------


def results(*sizes: int) -> list[Message]:
    calls = tuple(ToolCall(str(at), "read", {}) for at in range(len(sizes)))
    return [
        UserMessage("Read them."),
        AssistantMessage("", tool_calls=calls),
        *(ToolResultMessage(str(at), "read", "y" * size) for at, size in enumerate(sizes)),
    ]


def test_the_longest_results_are_shortened_first() -> None:
    messages = results(400, 40_000, 80_000)
    found = fitted(messages, 4_000)
    assert found is not None
    assert 3_500 < tokens(found) <= 4_000
    assert found[:3] == messages[:3]
    assert len(found[3].text) == len(found[4].text)
    assert "characters left out" in found[4].text


def test_then_pictures_then_what_was_said_before() -> None:
    seen = ToolResultMessage(
        "0", "read", "a picture", pictures=(Picture("image/png", "data:image/png;base64,AA"),)
    )
    shown = [UserMessage("u"), AssistantMessage("", tool_calls=(ToolCall("0", "read", {}),)), seen]
    found = fitted([*shown, UserMessage("v")], 500)
    assert found is not None
    assert "left out" in found[2].text
    said = [UserMessage("old " * 5_000), AssistantMessage("a " * 5_000), UserMessage("new " * 900)]
    found = fitted(said, 2_000)
    assert found is not None
    assert tokens(found) <= 2_000
    assert found[2] == said[2]  # the last prompt stays as it is
    assert fitted(said, 800) is None


def test_what_a_call_says_is_shortened_too() -> None:
    call = ToolCall("0", "write", {"file_path": "a", "content": "z" * 40_000})
    messages = [UserMessage("u"), AssistantMessage("", tool_calls=(call,)), *results()[:0]]
    found = fitted([*messages, ToolResultMessage("0", "write", "done")], 1_000)
    assert found is not None
    assert tokens(found) <= 1_000
    answer = found[1]
    assert isinstance(answer, AssistantMessage)
    assert isinstance(answer.tool_calls[0].arguments, dict)
    assert answer.tool_calls[0].arguments["file_path"] == "a"


# -- limits ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "threshold", "answer"),
    [(None, 89_600, 20_480), (200_000, 100_000, 20_480), (1_000_000, 100_000, 20_480),
     (8_000, 5_600, 2_000)],
)  # fmt: skip
def test_limits(window: int | None, threshold: int, answer: int) -> None:
    limits = limits_of(window, 20_480, CompactSettings())
    assert (limits.threshold, limits.answer) == (threshold, answer)
    assert limits.room + limits.answer < (window or 128_000)
    assert limits.threshold < limits.room
