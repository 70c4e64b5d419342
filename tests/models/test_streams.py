"""What a provider says arrives whole, in each wire format."""

from __future__ import annotations

from itertools import pairwise

import pytest
from models_helpers import answer_to, ask, each_wire, model_at, request_of, wait_for_readers

from fakes.server import FakeProvider
from fakes.steps import reasoning, text, tool, tools
from grafftui.cancellation import Cancellation
from grafftui.models import ToolCall, ToolCallStarted, Usage


@each_wire
def test_text_reasoning_and_usage(wire: str) -> None:
    answer = answer_to([reasoning("Let me think"), text("Hello there, world")], wire)
    assert answer.reasoning == "Let me think"
    assert answer.text == "Hello there, world"
    message = answer.finished.message
    assert message.text == answer.text
    assert [part.text for part in message.reasoning] == ["Let me think"]
    assert answer.finished.usage == Usage(100, 20, 40)
    assert answer.finished.stop_reason == "stop"
    assert not answer.finished.refused


@each_wire
def test_parallel_tool_calls_interleaved(wire: str) -> None:
    first = {"file_path": "src/ä.py", "range": {"start_line": 1}}
    second = {"command": "echo '\"🙂\"'"}
    turn = [text("Looking."), tools(tool("read", first, "a"), tool("shell", second, "b"))]
    answer = answer_to(turn, wire)
    assert answer.finished.message.tool_calls == (
        ToolCall("a", "read", first),
        ToolCall("b", "shell", second),
    )
    assert answer.finished.stop_reason == "tool_calls"
    started = [delta.name for delta in answer.deltas if isinstance(delta, ToolCallStarted)]
    assert started == ["read", "shell"]


@each_wire
@pytest.mark.parametrize("stop", ["stop", "end_turn", "completed", "odd"])
def test_calls_count_whatever_the_stop_reason_says(wire: str, stop: str) -> None:
    if wire == "responses":
        stop = ""
    answer = answer_to([tool("read", {"file_path": "a"}), {"stop": stop}], wire)
    assert len(answer.finished.message.tool_calls) == 1


@each_wire
def test_a_call_without_arguments_has_none(wire: str) -> None:
    answer = answer_to([tool("todo_read", "")], wire)
    assert answer.finished.message.tool_calls[0].arguments == {}


@each_wire
@pytest.mark.parametrize(
    "raw",
    [
        '{"command": "ls", "command": "rm -rf /"}',
        '{"command": NaN}',
        '{"n": 1e999}',
        '{"n": ' + "9" * 5_000 + "}",
        '{"a":' * 1_500 + "1" + "}" * 1_500,
        '["ls"]',
        "null",
        '{"command": "ls"',
        '{"command": "ls"} {"command": "rm"}',
        r'{"command": "\ud83d"}',
        "rm -rf /",
    ],
    ids=lambda raw: raw[:20],
)
def test_arguments_that_are_not_strict_json_stay_text(wire: str, raw: str) -> None:
    call = answer_to([tool("shell", raw)], wire).finished.message.tool_calls[0]
    assert call.arguments == raw


@each_wire
def test_five_megabytes_of_arguments(wire: str) -> None:
    arguments = {"content": "x" * 5_000_000}
    call = answer_to([tool("write", arguments)], wire).finished.message.tool_calls[0]
    assert call.arguments == arguments


@each_wire
def test_two_hundred_calls_and_equal_ids(wire: str) -> None:
    calls = [tool("read", {"n": n}, "same") for n in range(200)]
    message = answer_to([tools(*calls)], wire).finished.message
    assert [call.arguments for call in message.tool_calls] == [{"n": n} for n in range(200)]
    assert len({call.call_id for call in message.tool_calls}) == 200


@each_wire
def test_a_whole_stream_in_odd_clothes(wire: str) -> None:
    said = "Grüße 🙂 a\u2028b\u0085c\u000bd"
    for ways in (
        {"line_end": "\r\n"},
        {"line_end": "\r"},
        {"split": 1},
        {"split": 3, "line_end": "\r\n"},
        {"bom": True},
        {"no_space": True},
        {"no_done": True},
        {"gzip": True},
        {"content_type": "application/octet-stream"},
    ):
        answer = answer_to([text(said), ways, tool("read", {"a": said}, "c")], wire)
        assert answer.finished.message.text == said, ways
        assert answer.finished.message.tool_calls[0].arguments == {"a": said}, ways


@each_wire
def test_comments_pings_and_unknown_events_are_passed_over(wire: str) -> None:
    turn = [
        {"pings": 2, "every": 0},
        {"event": {"type": "something.new", "x": [1]}, "name": "something.new"},
        {"raw": "id: 7\nretry: 10\n\ndata:\n\n"},
        text("ok"),
    ]
    assert answer_to(turn, wire).finished.message.text == "ok"


@each_wire
def test_a_character_cut_in_halves(wire: str) -> None:
    answer = answer_to([text("a\ud83d"), text("\ude00b"), text("\ud83d.")], wire)
    assert answer.text == "a😀b\ufffd."
    assert answer.finished.message.text == answer.text


@each_wire
@pytest.mark.parametrize("said", ["", "   "])
def test_an_empty_answer_is_an_answer(wire: str, said: str) -> None:
    turn = [text(said)] if said else []
    finished = answer_to(turn, wire).finished
    assert finished.message.text == said
    assert finished.message.tool_calls == ()


@each_wire
def test_only_reasoning_is_an_answer(wire: str) -> None:
    finished = answer_to([reasoning("Hm.")], wire).finished
    assert finished.message.text == ""
    assert finished.message.reasoning[0].text == "Hm."


@each_wire
def test_no_usage_and_absurd_usage(wire: str) -> None:
    answer = answer_to([text("x"), {"usage": None}], wire)
    if wire != "anthropic":  # which also counts at the start
        assert answer.finished.usage is None
    absurd = {"prompt": -5, "completion": -7, "cached": True}
    usage = answer_to([text("x"), {"usage": absurd}], wire).finished.usage
    assert usage is not None
    assert usage.completion_tokens == 0
    assert usage.cached_tokens in (0, 40)


@pytest.mark.parametrize(
    ("wire", "stop", "reason"),
    [
        ("chat", "length", "length"),
        ("responses", "max_output_tokens", "length"),
        ("anthropic", "max_tokens", "length"),
        ("anthropic", "model_context_window_exceeded", "length"),
        ("chat", "brand_new", "brand_new"),
        ("responses", "brand_new", "brand_new"),
        ("anthropic", "brand_new", "brand_new"),
    ],
)
def test_stop_reasons(wire: str, stop: str, reason: str) -> None:
    finished = answer_to([text("x"), {"stop": stop}], wire).finished
    assert finished.stop_reason == reason
    assert not finished.refused


@pytest.mark.parametrize(
    ("wire", "turn"),
    [
        ("chat", [{"refusal": "I cannot help."}]),
        ("chat", [text("I"), {"stop": "content_filter"}]),
        ("responses", [{"refusal": "I cannot help."}]),
        ("responses", [text("I"), {"stop": "content_filter"}]),
        ("anthropic", [text("I"), {"stop": "refusal"}]),
    ],
)
def test_refusals(wire: str, turn: list[dict[str, object]]) -> None:
    answer = answer_to(turn, wire)
    assert answer.finished.refused
    assert answer.text


@each_wire
def test_what_has_arrived_meanwhile_comes_in_one_batch(wire: str) -> None:
    words = " ".join(f"w{n}" for n in range(2_000))
    with FakeProvider([[text(words)]]) as fake:
        stream = model_at(fake.url, wire).stream(request_of(), Cancellation())
        batches = list(stream)
    assert len(batches) < 500
    for batch in batches:
        kinds = [type(delta) for delta in batch]
        assert all(a is not b for a, b in pairwise(kinds))


@each_wire
def test_the_connection_is_used_again(wire: str) -> None:
    with FakeProvider([[text("one")], [text("two")], [text("three")]]) as fake:
        model = model_at(fake.url, wire)
        for _ in range(3):
            assert ask(model).failure is None
            wait_for_readers()
    assert len({request.connection for request in fake.requests}) == 1


@each_wire
def test_a_connection_that_was_closed_meanwhile_is_not_used(wire: str) -> None:
    with FakeProvider([[text("one")]]) as fake:
        model, port = model_at(fake.url, wire), fake.port
        assert ask(model).text == "one"
        wait_for_readers()
    with FakeProvider([[text("two")]], port=port):
        assert ask(model).text == "two"


@pytest.mark.parametrize("clock", ["monotonic", "time"])
def test_a_connection_that_lay_long_is_not_used(
    monkeypatch: pytest.MonkeyPatch, clock: str
) -> None:
    """T40: after a night's sleep the wall's clock has moved, the other may not have."""
    import time

    with FakeProvider([[text("evening")], [text("morning")]]) as fake:
        model = model_at(fake.url, "chat")
        assert ask(model).text == "evening"
        wait_for_readers()
        now = getattr(time, clock)
        with monkeypatch.context() as later:
            later.setattr(
                f"grafftui.models.idle_connections.time.{clock}", lambda: now() + 8 * 3600
            )
            assert ask(model).text == "morning"
    assert len({request.connection for request in fake.requests}) == 2
