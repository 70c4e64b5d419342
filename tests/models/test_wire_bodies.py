"""What is sent, in each wire format."""

from __future__ import annotations

import json
from typing import Any

import pytest
from models_helpers import (
    CALLS,
    KEY,
    ask,
    body_of,
    each_wire,
    model_at,
    request_of,
    said,
)

from fakes.server import FakeProvider
from fakes.steps import text
from grafftui.models import (
    AssistantMessage,
    Message,
    ToolCall,
    ToolResultMessage,
    ToolSpec,
    UserMessage,
)

TOOLS = [ToolSpec("read", "Reads.", {"type": "object", "properties": {"p": {"type": "string"}}})]


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
