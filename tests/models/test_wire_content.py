"""Bodies of requests: reasoning that goes back to its maker, pictures."""

from __future__ import annotations

import json

import pytest
from models_helpers import CALLS, ask, body_of, each_wire, model_at, request_of, said

from fakes.server import FakeProvider
from fakes.steps import reasoning, text, tool
from grafftui.models import (
    AssistantMessage,
    Picture,
    ReasoningPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)

# -- reasoning goes back to who made it, in its place ------------------------------------------


@each_wire
@pytest.mark.parametrize("other", [{"provider": "elsewhere"}, {"model": "another"}, {}])
def test_reasoning_is_replayed_only_to_its_maker(wire: str, other: dict[str, str]) -> None:
    turn = [
        reasoning("why", signature="SEAL", redacted="HIDDEN"),
        text("because"),
        tool("read", {"p": "x"}, "a"),
    ]
    with FakeProvider([turn]) as fake:
        message = ask(model_at(fake.url, wire)).finished.message
    from dataclasses import replace

    wired = json.dumps(
        said(wire, UserMessage("u"), replace(message, **other), ToolResultMessage("a", "read", "y"))
    )
    expected = {"chat": ["why"], "responses": ["why", "HIDDEN", "rs_0"]}.get(
        wire, ["why", "SEAL", "HIDDEN"]
    )
    for piece in expected:
        assert (piece in wired) is (not other)
    assert "because" in wired


def test_thinking_keeps_its_place_among_text_and_calls() -> None:
    turn = [
        reasoning("one", signature="s1"),
        text("First."),
        reasoning("two", signature="s2"),
        text(" Then."),
        tool("read", {"p": "x"}, "a"),
        reasoning("three", signature="s3"),
        tool("read", {"p": "y"}, "b"),
    ]
    with FakeProvider([turn]) as fake:
        message = ask(model_at(fake.url, "anthropic")).finished.message
    blocks = said("anthropic", UserMessage("u"), message)[1]["content"]
    assert [b.get("thinking") or b.get("text") or b.get("id") for b in blocks] == [
        "one",
        "First.",
        "two",
        " Then.",
        "a",
        "three",
        "b",
    ]


def test_reasoning_items_keep_their_place() -> None:
    turn = [
        reasoning("a\n\nb", redacted="e1"),
        tool("read", {}, "a"),
        reasoning("c", redacted="e2"),
        tool("read", {}, "b"),
    ]
    with FakeProvider([turn]) as fake:
        answer = ask(model_at(fake.url, "responses"))
    items = said("responses", UserMessage("u"), answer.finished.message)[1:5]
    assert [item.get("encrypted_content") or item.get("call_id") for item in items] == [
        "e1",
        "a",
        "e2",
        "b",
    ]
    assert [part["text"] for part in items[0]["summary"]] == ["a", "b"]
    assert answer.reasoning == "a\n\nbc"


def test_reasoning_content_goes_back_with_calls_only() -> None:
    part = ReasoningPart("why", format="reasoning_content")
    call = ToolCall("a", "read", {})
    for provider_id, thought, calls, expected in [
        ("zai", (part,), (call,), "why"),
        ("zai", (part,), (), None),
        ("zai", (), (call,), None),
        ("deepseek", (part,), (call,), "why"),
        ("deepseek", (), (call,), ""),
    ]:
        message = AssistantMessage("t", thought, calls, provider_id, "m")
        wired = said("chat", UserMessage("u"), message, provider_id=provider_id)[2]
        assert wired.get("reasoning_content") == expected


def test_reasoning_details_go_back_as_they_came() -> None:
    turn = [
        reasoning("why so", style="details", signature="SEAL", redacted="HIDDEN"),
        tool("read", {}, "a"),
    ]
    with FakeProvider([turn]) as fake:
        answer = ask(model_at(fake.url, "chat"))
    assert answer.reasoning == "why so"
    assert said("chat", UserMessage("u"), answer.finished.message)[2]["reasoning_details"] == [
        {
            "type": "reasoning.text",
            "format": "anthropic-claude-v1",
            "text": "why so",
            "signature": "SEAL",
        },
        {"type": "reasoning.encrypted", "format": "x", "id": "rs_1", "data": "HIDDEN"},
    ]


def test_google_s_seal_on_a_call_goes_back() -> None:
    with FakeProvider([[{**tool("read", {}, "a"), "signature": "SEAL"}]]) as fake:
        message = ask(model_at(fake.url, "chat")).finished.message
    assert message.tool_calls[0].signature == "SEAL"
    call = said("chat", UserMessage("u"), message)[2]["tool_calls"][0]
    assert call["extra_content"] == {"google": {"thought_signature": "SEAL"}}


def test_a_budget_is_not_set_where_a_call_was_made_without_thinking() -> None:
    call = AssistantMessage("", (), (ToolCall("a", "read", {}),), "anthropic", "claude-sonnet-4-5")
    asked = request_of(
        UserMessage("u"),
        call,
        ToolResultMessage("a", "read", "x"),
        model="claude-sonnet-4-5",
        reasoning_effort="high",
    )
    assert "thinking" not in body_of("anthropic", asked, "anthropic")


# -- pictures --------------------------------------------------------------------------------

IMAGE = Picture("image/png", "data:image/png;base64,AAAA")
PDF = Picture("application/pdf", "data:application/pdf;base64,BBBB")
SHOWN = (
    ToolResultMessage("a", "read", "one", pictures=(IMAGE,)),
    ToolResultMessage("b", "read", "two", pictures=(PDF,)),
)


def test_chat_pictures_follow_the_last_result() -> None:
    *_, first, second, seen = said("chat", CALLS, *SHOWN, UserMessage("v"))
    assert [first["role"], second["role"], seen["role"]] == ["tool", "tool", "user"]
    assert (first["content"], second["content"]) == ("one", "two")
    types = ["text", "image_url", "text", "file", "text"]  # the last: what was said after them
    assert [part["type"] for part in seen["content"]] == types
    assert seen["content"][4]["text"] == "v"
    assert seen["content"][1]["image_url"]["url"] == IMAGE.url
    assert seen["content"][3]["file"]["file_data"] == PDF.url


def test_chat_neighbours_of_one_role_are_one() -> None:
    parted = [UserMessage("u"), UserMessage("v"), AssistantMessage("a"), AssistantMessage("b")]
    *told, answer, _, _ = said("chat", *parted, CALLS)
    assert [(one["role"], one["content"]) for one in told[1:]] == [("user", "u\n\nv")]
    assert (answer["role"], answer["content"]) == ("assistant", "a\n\nb\n\nReading.")
    assert len(answer["tool_calls"]) == 2
    assert [one["role"] for one in said("chat", CALLS, *SHOWN, AssistantMessage("c"))][-2:] == [
        "user",
        "assistant",
    ]


def test_responses_pictures() -> None:
    outputs = [item["output"] for item in said("responses", CALLS, *SHOWN)[-2:]]
    assert outputs[0][1] == {"type": "input_image", "image_url": IMAGE.url}
    assert outputs[1][1]["file_data"] == PDF.url


def test_anthropic_pictures() -> None:
    image, pdf = said("anthropic", CALLS, *SHOWN)[-1]["content"]
    source = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    assert image["content"] == [
        {"type": "text", "text": "one"},
        {"type": "image", "source": source},
    ]
    assert pdf["content"][1]["type"] == "document"
