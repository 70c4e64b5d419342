"""What is sent, in each wire format."""

from __future__ import annotations

import json
from typing import Any

import pytest
from models_helpers import KEY, PROVIDERS, ask, each_wire, model_at, request_of

from fakes.server import FakeProvider
from fakes.steps import reasoning, text, tool
from grafftui.models import (
    AssistantMessage,
    Message,
    ModelRequest,
    Picture,
    ReasoningPart,
    ToolCall,
    ToolResultMessage,
    ToolSpec,
    UserMessage,
)
from grafftui.models.wires import wire_for

TOOLS = [ToolSpec("read", "Reads.", {"type": "object", "properties": {"p": {"type": "string"}}})]


def body_of(wire: str, request: ModelRequest, provider_id: str = "") -> dict[str, Any]:
    return wire_for(wire, provider_id or PROVIDERS[wire][0]).body(request)


def said(wire: str, *messages: Message, model: str = "m", provider_id: str = "") -> Any:
    body = body_of(wire, request_of(*messages, model=model), provider_id)
    return body["input"] if wire == "responses" else body["messages"]


# -- the request itself ----------------------------------------------------------------------


def test_chat() -> None:
    body = body_of("chat", request_of("hi", tools=TOOLS, max_tokens=99, temperature=0.5, top_p=0.9))
    assert body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "hi"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 99,
        "temperature": 0.5,
        "top_p": 0.9,
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "read",
                    "description": "Reads.",
                    "parameters": TOOLS[0].parameters,
                },
            }
        ],
    }


def test_responses() -> None:
    body = body_of("responses", request_of("hi", tools=TOOLS, max_tokens=99, temperature=0.5))
    assert body == {
        "model": "m",
        "instructions": "Be brief.",
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "hi"}],
            }
        ],
        "max_output_tokens": 99,
        "stream": True,
        "store": False,
        "temperature": 0.5,
        "tools": [
            {
                "type": "function",
                "name": "read",
                "description": "Reads.",
                "parameters": TOOLS[0].parameters,
                "strict": False,
            }
        ],
    }


def test_anthropic() -> None:
    cached = {"cache_control": {"type": "ephemeral"}}
    body = body_of("anthropic", request_of("hi", tools=TOOLS, max_tokens=99, top_p=0.9, top_k=3))
    assert body == {
        "model": "m",
        "system": [{"type": "text", "text": "Be brief.", **cached}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi", **cached}]}],
        "max_tokens": 99,
        "stream": True,
        "top_p": 0.9,
        "top_k": 3,
        "tools": [{"name": "read", "description": "Reads.", "input_schema": TOOLS[0].parameters}],
    }


@each_wire
def test_headers_carry_the_key_and_nothing_about_the_person(wire: str) -> None:
    with FakeProvider([[text("x")]]) as fake:
        ask(model_at(fake.url, wire))
        headers = fake.requests[0].headers
    expected = {"x-api-key": KEY} if wire == "anthropic" else {"authorization": f"Bearer {KEY}"}
    assert expected.items() <= headers.items()
    assert headers["user-agent"].startswith("grafftui/")
    assert headers["accept-encoding"] == "identity"
    allowed = {"host", "content-type", "content-length", "anthropic-version"} | expected.keys()
    assert headers.keys() <= allowed | {"user-agent", "accept-encoding"}


@each_wire
def test_a_system_prompt_and_tools_may_be_missing(wire: str) -> None:
    body = body_of(wire, request_of("hi", system=""))
    assert not body.keys() & {"system", "instructions", "tools"}
    assert "Be brief" not in json.dumps(body)


@each_wire
def test_a_tool_without_parameters_still_has_a_schema(wire: str) -> None:
    body = body_of(wire, request_of("hi", tools=[ToolSpec("todo_read", "")]))
    assert '{"type": "object", "properties": {}}' in json.dumps(body["tools"])


@pytest.mark.parametrize(
    ("wire", "where"),
    [
        ("chat", ("response_format", "json_schema", "schema")),
        ("responses", ("text", "format", "schema")),
        ("anthropic", ("output_config", "format", "schema")),
    ],
)
def test_json_schema(wire: str, where: tuple[str, ...]) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    value: Any = body_of(wire, request_of("hi", json_schema=schema))
    for name in where:
        value = value[name]
    assert value == schema


@each_wire
def test_half_characters_go_out_as_question_marks(wire: str) -> None:
    with FakeProvider([[text("x")]]) as fake:
        assert ask(model_at(fake.url, wire), request_of("a\ud83db é🙂")).failure is None
        assert "a?b é🙂" in json.dumps(fake.requests[0].body, ensure_ascii=False)


# -- what models differ in -------------------------------------------------------------------


@pytest.mark.parametrize("model", ["o3", "o4-mini", "gpt-5", "gpt-5.6-sol", "gpt-6"])
def test_openai_models_that_reason(model: str) -> None:
    asked = request_of(
        "hi", model=model, max_tokens=9, temperature=0.5, top_p=0.8, top_k=3, reasoning_effort="low"
    )
    chat = body_of("chat", asked, "openai_compatible")
    assert chat["max_completion_tokens"] == 9
    assert chat["reasoning_effort"] == "low"
    assert not chat.keys() & {"max_tokens", "temperature", "top_p", "top_k"}
    responses = body_of("responses", asked, "openai")
    assert responses["reasoning"] == {"effort": "low", "summary": "auto"}
    assert responses["include"] == ["reasoning.encrypted_content"]
    assert not responses.keys() & {"temperature", "top_p", "top_k"}


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-5-chat-latest", "llama-3", "grok-4", "m"])
def test_models_that_take_no_effort(model: str) -> None:
    asked = request_of("hi", model=model, reasoning_effort="high", top_k=3)
    for wire in ("chat", "responses"):
        body = body_of(wire, asked)
        assert not body.keys() & {"reasoning", "reasoning_effort", "include", "top_k"}


@pytest.mark.parametrize(
    ("model", "limit"), [("gpt-4o-mini", 16_384), ("gpt-4-turbo", 4_096), ("gpt-4.1", 20_480)]
)
def test_older_models_are_not_asked_for_more_than_they_give(model: str, limit: int) -> None:
    assert body_of("chat", request_of("hi", model=model), "openai")["max_tokens"] == limit


def test_azure_deployments_have_names_of_their_own() -> None:
    body = body_of("chat", request_of("hi", model="my-deployment"), "azure")
    assert body["max_completion_tokens"] == 20_480
    assert "max_tokens" not in body


def test_open_router() -> None:
    asked = request_of(
        "hi", model="anthropic/claude-opus-4.7", reasoning_effort="max", top_k=3, max_tokens=7
    )
    body = body_of("chat", asked, "open_router")
    assert body["reasoning"] == {"effort": "xhigh"}
    assert body["top_k"] == 3
    assert body["max_tokens"] == 7
    for message in body["messages"]:
        assert message["content"][0]["cache_control"] == {"type": "ephemeral"}
    other = body_of("chat", request_of("hi", model="openai/gpt-5"), "open_router")
    assert isinstance(other["messages"][0]["content"], str)
    assert other["max_tokens"] == 20_480


def test_deepseek() -> None:
    asked = request_of("hi", model="deepseek-chat", reasoning_effort="none")
    assert body_of("chat", asked, "deepseek")["thinking"] == {"type": "disabled"}
    asked = request_of("hi", model="deepseek-chat", reasoning_effort="high")
    assert body_of("chat", asked, "deepseek")["reasoning_effort"] == "high"


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "output", "sampled"),
    [
        ("claude-3-5-haiku-latest", "high", None, None, True),
        (
            "claude-opus-4-20250514",
            "high",
            {"type": "enabled", "budget_tokens": 19_456},
            None,
            False,
        ),
        ("claude-sonnet-4-5", "low", {"type": "enabled", "budget_tokens": 4_096}, None, False),
        ("claude-sonnet-4-5", None, None, None, True),
        ("claude-sonnet-4-5", "none", None, None, True),
        ("claude-opus-4-6", "max", "adaptive", {"effort": "high"}, False),
        ("claude-opus-4-6", "none", None, None, True),
        ("claude-opus-4-7", "xhigh", "adaptive", {"effort": "xhigh"}, False),
        ("claude-opus-4-7", "none", None, None, False),
        ("claude-sonnet-5-5", None, "adaptive", None, False),
        ("claude-opus-5-5", "none", "adaptive", {"effort": "low"}, False),
        ("claude-opus-5-5", "minimal", "adaptive", {"effort": "low"}, False),
        ("MiniMax-M2", "high", None, None, True),
    ],
)
def test_claude_s_ways_of_thinking(
    model: str, effort: str | None, thinking: Any, output: Any, sampled: bool
) -> None:
    asked = request_of("hi", model=model, reasoning_effort=effort, temperature=1.5, top_p=0.8)
    body = body_of("anthropic", asked, "anthropic")
    if thinking == "adaptive":
        thinking = {"type": "adaptive", "display": "summarized"}
    assert body.get("thinking") == thinking
    assert body.get("output_config") == output
    assert body.get("temperature") == (1.0 if sampled else None)
    assert "top_p" not in body


# -- the conversation ------------------------------------------------------------------------

CALLS = AssistantMessage(
    "Reading.", (), (ToolCall("a", "read", {"p": "x"}), ToolCall("b", "read", "{oops")), "q", "m"
)
RESULTS = (ToolResultMessage("b", "read", "no", True), ToolResultMessage("a", "read", "yes"))


def test_chat_conversation() -> None:
    assert said("chat", UserMessage("u"), CALLS, *RESULTS, UserMessage("v"))[1:] == [
        {"role": "user", "content": "u"},
        {
            "role": "assistant",
            "content": "Reading.",
            "tool_calls": [
                {
                    "id": "a",
                    "type": "function",
                    "function": {"name": "read", "arguments": '{"p": "x"}'},
                },
                {
                    "id": "b",
                    "type": "function",
                    "function": {"name": "read", "arguments": '{"invalid_json": "{oops"}'},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "yes"},
        {"role": "tool", "tool_call_id": "b", "content": "no"},
        {"role": "user", "content": "v"},
    ]


def test_responses_conversation() -> None:
    items = said("responses", UserMessage("u"), CALLS, *RESULTS)
    assert [item["type"] for item in items] == [
        "message",
        "message",
        "function_call",
        "function_call",
        "function_call_output",
        "function_call_output",
    ]
    assert items[1]["content"] == [{"type": "output_text", "text": "Reading."}]
    assert items[2]["call_id"] == items[4]["call_id"] == "a"


def test_anthropic_conversation() -> None:
    messages = said("anthropic", UserMessage("u"), CALLS, *RESULTS, UserMessage("v"))
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert [block["type"] for block in messages[1]["content"]] == ["text", "tool_use", "tool_use"]
    assert messages[1]["content"][2]["input"] == {"invalid_json": "{oops"}
    assert messages[2]["content"] == [
        {"type": "tool_result", "tool_use_id": "a", "content": "yes"},
        {"type": "tool_result", "tool_use_id": "b", "content": "no", "is_error": True},
        {"type": "text", "text": "v", "cache_control": {"type": "ephemeral"}},
    ]


@each_wire
def test_calls_without_a_result_get_one_and_strays_go(wire: str) -> None:
    stray = ToolResultMessage("zzz", "read", "stray")
    messages = said(wire, UserMessage("u"), stray, CALLS, RESULTS[1], UserMessage("v"))
    wired = json.dumps(messages)
    assert "stray" not in wired
    assert wired.count("Not run: the turn was interrupted") == 1
    assert wired.index("Not run") < wired.index('"v"')


@each_wire
def test_ids_that_repeat_from_answer_to_answer(wire: str) -> None:
    def call(n: int) -> tuple[Message, Message]:
        message = AssistantMessage(f"t{n}", (), (ToolCall("call_0", "read", {"n": n}),), "q", "m")
        return message, ToolResultMessage("call_0", "read", f"result {n}")

    wired = json.dumps(said(wire, UserMessage("u"), *call(1), *call(2)))
    assert wired.index("t1") < wired.index("result 1") < wired.index("t2") < wired.index("result 2")


@each_wire
def test_a_result_is_never_taken_from_a_later_answer(wire: str) -> None:
    call = (ToolCall("call_0", "read", {}),)
    stopped, later = (AssistantMessage(t, (), call, "q", "m") for t in ("stopped", "later"))
    result = ToolResultMessage("call_0", "read", "result of later")
    wired = json.dumps(said(wire, UserMessage("u"), stopped, UserMessage("v"), later, result))
    assert wired.index("stopped") < wired.index("Not run") < wired.index("later")
    assert wired.count("result of later") == 1


@each_wire
def test_empty_answers_are_left_out(wire: str) -> None:
    messages = said(
        wire, UserMessage("u"), AssistantMessage(" ", (), (), "q", "m"), UserMessage("v")
    )
    assert "assistant" not in json.dumps(messages)


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
