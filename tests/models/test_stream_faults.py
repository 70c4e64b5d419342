"""T35: every row of what a network and a provider can do to a request."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from models_helpers import KEY, QUICK, Answer, answer_to, ask, each_wire, model_at

from fakes.server import FakeProvider
from fakes.steps import drop, error, hang, status, text, tool
from grafftui.errors import GrafftuiError, ProviderError
from grafftui.models import Finished, Timeouts
from grafftui.models.errors import (
    BadResponse,
    ConnectionFailed,
    ContextWindowExceeded,
    KeyRejected,
    Overloaded,
    QuotaExceeded,
    RateLimited,
    ReasoningRejected,
    RequestRejected,
    StreamDropped,
)


def failure_of(answer: Answer, kind: type[GrafftuiError] = ProviderError) -> Any:
    """What the answer failed with, checked for what every error has to be."""
    failure = answer.failure
    assert isinstance(failure, kind), repr(failure)
    assert isinstance(failure, GrafftuiError)
    for words in (failure.message, failure.hint, getattr(failure, "body", "")):
        assert "\n" not in words and "\x1b" not in words
        assert KEY not in words
    assert len(getattr(failure, "body", "")) <= 500
    assert len(failure.message) < 800
    assert "127.0.0.1" in failure.message and "compatible" in failure.message
    assert not any(isinstance(delta, Finished) for delta in answer.deltas)
    return failure


# -- said with a status --------------------------------------------------------------------------


@each_wire
@pytest.mark.parametrize("code", [400, 404, 413, 422])
def test_rejected_requests_are_not_retryable(wire: str, code: int) -> None:
    answer = answer_to([status(code, {"error": {"message": "no such model: m"}})], wire)
    failure = failure_of(answer, RequestRejected)
    assert failure.status == code
    assert not failure.retryable
    assert "no such model: m" in failure.message
    assert failure.hint


@each_wire
@pytest.mark.parametrize("code", [401, 403])
def test_a_rejected_key_is_named_by_its_end(wire: str, code: int) -> None:
    echo = f"Incorrect API key provided: {KEY}. You can find"
    failure = failure_of(answer_to([status(code, {"error": {"message": echo}})], wire), KeyRejected)
    assert "key rejected" in failure.message
    assert "…cdef" in failure.message
    assert failure.status == code


@each_wire
@pytest.mark.parametrize(
    "step",
    [
        status(402, {"error": {"message": "Insufficient Balance"}}),
        status(429, {"error": {"message": "quota", "code": "insufficient_quota"}}),
        status(429, {"error": {"message": "quota", "type": "insufficient_quota", "code": None}}),
        status(429, {"error": {"message": "slow down"}}, Retry_After="301"),
        status(429, {"error": {"message": "slow down"}}, Retry_After="86400"),
        status(400, {"error": {"message": "Your credit balance is too low to access"}}),
    ],
    ids=["402", "code", "type", "5 minutes", "a day", "credit"],
)
def test_a_used_up_quota_is_not_retryable(wire: str, step: dict[str, Any]) -> None:
    failure = failure_of(answer_to([step], wire), QuotaExceeded)
    assert not failure.retryable
    assert "used up" in failure.message


PAST = "Sun, 06 Nov 1994 08:49:37 GMT"
SOON = "in 50 seconds"
"""Stands for a date, which is written when the answer is made: the tests before take minutes."""


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        ("120", 60, 60),
        ("1e9", 60, 60),
        ("999999999999", 60, 60),
        ("-1", 0, 0),
        (PAST, 0, 0),
        (SOON, 20, 50),
        ("soon", None, None),
        ("nan", None, None),
        ("inf", None, None),
        ("", None, None),
    ],
)
@pytest.mark.parametrize(
    ("code", "kind"), [(429, RateLimited), (503, Overloaded), (529, Overloaded)]
)
def test_retry_after(
    code: int, kind: type[ProviderError], header: str, low: float | None, high: float | None
) -> None:
    if header is SOON:
        header = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    answer = answer_to([status(code, {"error": {"message": "busy"}}, Retry_After=header)], "chat")
    failure = failure_of(answer, kind)
    assert failure.retryable
    if low is None or high is None:
        assert failure.retry_after is None
    else:
        assert low <= failure.retry_after <= high


def test_retry_after_in_milliseconds() -> None:
    step = status(429, {}, retry_after_ms="1500", Retry_After="9")
    assert failure_of(answer_to([step], "chat"), RateLimited).retry_after == 1.5


@each_wire
@pytest.mark.parametrize("code", [408, 500, 502, 504, 520, 524])
def test_server_faults_are_retryable(wire: str, code: int) -> None:
    failure = failure_of(answer_to([status(code, "<html><title>Bad gateway</title>")], wire))
    assert failure.retryable
    assert failure.status == code
    assert "<" not in failure.body


@pytest.mark.parametrize("code", [100 + 101, 418, 501])
def test_other_statuses(code: int) -> None:
    if code == 201:
        assert answer_to([status(201, {})], "chat").failure is not None
    else:
        assert not failure_of(answer_to([status(code, {})], "chat")).retryable


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"code": "context_length_exceeded", "message": "x"}}, ContextWindowExceeded),
        (
            {"error": {"message": "prompt is too long: 210000 tokens > 200000"}},
            ContextWindowExceeded,
        ),
        (
            {"error": {"message": "This model's maximum context length is 8192 tokens."}},
            ContextWindowExceeded,
        ),
        (
            {"error": {"message": "messages.1.content.0: Invalid `signature` in `thinking` block"}},
            ReasoningRejected,
        ),
        (
            {"error": {"message": "The encrypted content for item rs_1 could not be verified."}},
            ReasoningRejected,
        ),
        ({"error": {"message": "max_tokens is too large"}}, RequestRejected),
    ],
)
def test_kinds_of_rejection(body: dict[str, Any], kind: type[GrafftuiError]) -> None:
    failure = failure_of(answer_to([status(400, body)], "chat"))
    assert type(failure) is kind
    assert not failure.retryable


@pytest.mark.parametrize(
    "body",
    [
        {"error": "just words"},
        {"message": "just words"},
        {"detail": "just words"},
        [{"error": {"message": "just words"}}],
        {"error": {"type": "x", "message": "just words", "code": 7}},
        "just words",
        "<html><style>p{}</style><script>x()</script><p>just words</p>",
        '{"error": NaN} just words',
    ],
)
def test_bodies_of_every_shape(body: Any) -> None:
    assert "just words" in failure_of(answer_to([status(400, body)], "chat")).body


def test_a_hostile_body_is_one_short_clean_line() -> None:
    body = "\x1b]0;evil\x07 line\r\nline\u2028\u202e\x9b31m " + "x" * 100_000
    failure = failure_of(answer_to([status(500, {"error": {"message": body}})], "chat"))
    assert failure.body.startswith("line line xxx")
    assert len(failure.body) == 500


@each_wire
def test_control_sequences_are_dropped_whole(wire: str) -> None:
    """7-bit and 8-bit, within words, in a response and in a stream, and within a key."""
    words = (
        f"too\x1b[1;31m long\x1b[0m\x1b]8;;http://evil\x1b\\, \x9b2Jsaid {KEY[:9]}\x1b[m{KEY[9:]}"
    )
    for turn in ([status(500, {"error": {"message": words}})], [error("server_error", words)]):
        failure = failure_of(answer_to(turn, wire))
        assert failure.body == f"too long, said ‹key …{KEY[-4:]}›"


# -- drops, silence, slowness --------------------------------------------------------------------


@each_wire
@pytest.mark.parametrize("end", [drop(), {"end": True}], ids=["reset", "clean end"])
def test_a_drop_in_the_text_leaves_what_came(wire: str, end: dict[str, Any]) -> None:
    answer = answer_to([text("so far so"), end], wire)
    failure = failure_of(answer, StreamDropped)
    assert answer.text == "so far so"
    assert failure.retryable
    assert failure.partial


@each_wire
def test_a_drop_in_the_arguments_leaves_no_call(wire: str) -> None:
    half = tool("shell", '{"command": "rm -rf build')
    failure = failure_of(answer := answer_to([text("I'll"), half, drop()], wire), StreamDropped)
    assert failure.partial
    assert answer.text == "I'll"


@each_wire
def test_a_drop_before_anything(wire: str) -> None:
    failure = failure_of(answer_to([drop()], wire), StreamDropped)
    assert failure.retryable
    assert not failure.partial


def test_a_drop_after_the_finish_reason_is_no_drop() -> None:
    turn = [
        text("all"),
        {"event": {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}},
        drop(),
    ]
    assert answer_to(turn, "chat").finished.message.text == "all"


@each_wire
def test_silence_before_the_first_byte(wire: str) -> None:
    begun = time.monotonic()
    failure = failure_of(answer_to([{"silence": True}], wire, QUICK), ConnectionFailed)
    assert "no answer within 0.3 s" in failure.message
    assert failure.retryable
    assert time.monotonic() - begun < 2


@each_wire
def test_silence_in_the_middle(wire: str) -> None:
    begun = time.monotonic()
    answer = answer_to([text("so far"), hang()], wire, Timeouts(first_byte=5, idle=0.3))
    assert time.monotonic() - begun < 3
    failure = failure_of(answer, StreamDropped)
    assert "silent for 0.3 s" in failure.message
    assert failure.partial
    assert answer.text == "so far"


@each_wire
def test_pings_count_as_life(wire: str) -> None:
    turn = [text("a"), {"pings": 10, "every": 0.1}, text("b")]
    assert answer_to(turn, wire, QUICK).finished.message.text == "ab"


@each_wire
def test_a_slow_drip_progresses(wire: str) -> None:
    patient = Timeouts(connect=2, first_byte=1, idle=0.3)
    assert answer_to([text("drip"), {"drip": 5_000}], wire, patient).finished.message.text == "drip"


def test_the_whole_can_be_limited() -> None:
    limited = Timeouts(connect=2, first_byte=1, idle=1, total=0.4)
    answer = answer_to([text("a"), {"pings": 100, "every": 0.05}], "chat", limited)
    assert "not done within 0.4 s" in failure_of(answer, StreamDropped).message
    assert answer.text == "a"


# -- said inside the stream ----------------------------------------------------------------------


@each_wire
@pytest.mark.parametrize(
    ("kind", "raised", "retryable"),
    [
        ("overloaded_error", Overloaded, True),
        ("rate_limit_error", RateLimited, True),
        ("rate_limit_exceeded", RateLimited, True),
        ("api_error", ProviderError, True),
        ("server_error", ProviderError, True),
        ("insufficient_quota", QuotaExceeded, False),
        ("authentication_error", KeyRejected, False),
        ("invalid_request_error", RequestRejected, False),
        ("context_length_exceeded", ContextWindowExceeded, False),
        ("never_heard_of", ProviderError, True),
    ],
)
def test_errors_in_the_stream(
    wire: str, kind: str, raised: type[GrafftuiError], retryable: bool
) -> None:
    answer = answer_to([text("so far"), error(kind, "in the middle")], wire)
    failure = failure_of(answer, raised)
    assert answer.text == "so far"
    assert "in the middle" in failure.message
    assert getattr(failure, "retryable", False) is retryable


def test_an_error_with_a_numeric_code_in_the_stream() -> None:
    turn = [{"event": {"error": {"code": 429, "message": "busy"}}}]
    failure_of(answer_to(turn, "chat"), RateLimited)


def test_an_error_as_plain_json_with_status_200() -> None:
    body = {"error": {"type": "overloaded_error", "message": "busy"}}
    failure_of(answer_to([status(200, body)], "chat"), Overloaded)


# -- not what the API promises -------------------------------------------------------------------


@each_wire
def test_a_captive_portal(wire: str) -> None:
    answer = answer_to([{"html": "<html>Welcome to the hotel</html>"}], wire)
    failure = failure_of(answer, BadResponse)
    assert "not an API response (text/html from 127.0.0.1" in failure.message
    assert not failure.retryable


def test_plain_json_where_a_stream_should_be() -> None:
    answer = answer_to([status(200, {"choices": []})], "chat")
    assert "without streaming" in failure_of(answer, BadResponse).message


@each_wire
def test_a_redirect_is_refused_and_the_key_stays(wire: str) -> None:
    with FakeProvider([[text("stolen")]]) as thief:
        target = f"http://localhost:{thief.port}/v1/chat/completions"
        answer = answer_to([{"redirect": target}], wire)
        failure = failure_of(answer, BadResponse)
        assert "redirects to localhost" in failure.message
        assert not failure.retryable
        assert thief.requests == []


@each_wire
def test_an_oversized_event(wire: str) -> None:
    answer = answer_to([text("a"), {"oversized": 17}], wire)
    assert "more than 16 MB" in failure_of(answer, BadResponse).message


@each_wire
def test_a_large_event_is_fine(wire: str) -> None:
    event = {"type": "x", "filler": "x" * 2_000_000}
    assert answer_to([{"event": event}, text("ok")], wire).finished.message.text == "ok"


def test_a_gzip_bomb_is_capped() -> None:
    comment = ":" + "x" * 1024 * 1024 + "\n"
    answer = answer_to([{"gzip": True}, text("a"), {"raw": 65 * comment}], "chat")
    assert "more than 64 MB" in failure_of(answer, BadResponse).message


@each_wire
def test_a_gzip_bomb_of_empty_events_ends_at_once(wire: str) -> None:
    answer = answer_to([{"gzip_bomb": 20}], wire)
    assert "an event that cannot be read" in failure_of(answer, BadResponse).message


def test_events_without_choices_are_passed_over_but_not_for_ever() -> None:
    other = {"raw": 'data: {"timings": {}}\n\n'}
    assert answer_to([*[other] * 1_000, text("ok")], "chat").finished.message.text == "ok"
    answer = answer_to([text("so far"), *[other] * 1_001, text("never")], "chat")
    assert "more than 1,000 without choices" in failure_of(answer, BadResponse).message
    assert answer.text == "so far"


@each_wire
def test_the_events_of_an_answer_are_counted(wire: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that say nothing too, of whatever kind."""
    monkeypatch.setattr("grafftui.models.exchange.MOST_EVENTS", 500)
    assert answer_to([{"raw": "data:\n\n" * 400}, text("ok")], wire).text == "ok"
    answer = answer_to([{"raw": "data:\n\n" * 600}, text("never")], wire)
    assert "sent more than 500 events" in failure_of(answer, BadResponse).message


@each_wire
@pytest.mark.parametrize("data", ["[1]", "null", '"x"', "7"])
def test_what_is_no_event_is_said_in_our_words(wire: str, data: str) -> None:
    failure = failure_of(answer_to([{"raw": f"data: {data}\n\n"}], wire), BadResponse)
    assert f"an event that cannot be read: it has another shape: {data}" in failure.message


def test_a_compression_nobody_asked_for() -> None:
    step = status(200, "x", Content_Encoding="br", Content_Type="text/event-stream")
    assert "with br" in failure_of(answer_to([step], "chat"), BadResponse).message


def test_damaged_compression() -> None:
    step = status(200, "not gzip", Content_Encoding="gzip", Content_Type="text/event-stream")
    failure_of(answer_to([step], "chat"), BadResponse)


@each_wire
@pytest.mark.parametrize(
    "data",
    [
        "{",
        "oops",
        "[]",
        "null",
        "7",
        '"text"',
        '{"type": NaN}',
        "[" * 1_500 + "]" * 1_500,
        '{"n": ' + "9" * 5_000 + "}",
        '{"choices": 5, "type": {}}',
        '{"choices": [{"delta": {"content": 5}}], "type": 7}',
        '{"choices": [{"delta": {"tool_calls": 5}}]}',
        '{"choices": [{"delta": {"tool_calls": [{"function": 5}]}}]}',
        '{"type": "content_block_delta"}',
        '{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": 5}}',
        '{"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use"}}',
        '{"type": "response.output_text.delta", "delta": {}}',
        '{"type": "response.output_item.added", "item": null}',
        '{"type": "response.completed", "response": []}',
    ],
)
def test_events_of_the_wrong_shape_end_in_one_line(wire: str, data: str) -> None:
    answer = answer_to([text("so far"), {"raw": f"data: {data}\n\n"}], wire)
    if answer.failure is not None:
        failure_of(answer, ProviderError)
    assert answer.text == "so far"


def test_a_stream_without_a_single_event() -> None:
    step = status(200, "nothing here", Content_Type="text/plain")
    assert failure_of(answer_to([step], "chat"), BadResponse)


def test_something_that_is_not_http() -> None:
    answer = answer_to([{"garbage": "SSH-2.0-OpenSSH_9.2\r\n"}], "chat")
    assert "not HTTP" in failure_of(answer, BadResponse).message


def test_nobody_there() -> None:
    with FakeProvider() as fake:
        url = fake.url
    failure = failure_of(ask(model_at(url, "chat")), ConnectionFailed)
    assert "nothing listens" in failure.message
    assert failure.retryable
