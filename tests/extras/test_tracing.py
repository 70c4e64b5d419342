"""Spans of turns, with the real OpenTelemetry SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from corestage import KEY, MODEL, Core, Following, of_type
from fakes.steps import hang, reasoning, status, text, tool
from grafftui import Graff, events
from grafftui.core.tracing import Tracing
from grafftui.errors import TurnFailedError
from grafftui.text.redact import secrets

CONTENT = "[tracing]\ncontent = true\n"


class Traces:
    """What was exported."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = self.provider.get_tracer("test")

    @property
    def spans(self) -> list[ReadableSpan]:
        """In order of their beginning."""
        return sorted(self.exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    @property
    def names(self) -> list[str]:
        return [span.name for span in self.spans]

    def everything(self) -> str:
        return "".join(span.to_json() for span in self.spans)


@pytest.fixture
def traces() -> Iterator[Traces]:
    made = Traces()
    yield made
    made.provider.shutdown()


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def test_a_turn_its_requests_and_its_calls(core: Core, traces: Traces) -> None:
    (core.workspace / "a").write_text("PRIVATE\n")
    fake = core.provider(
        [reasoning("PRIVATE"), text("PRIVATE "), tool("read", {"file_path": "a"}, "c1")],
        [text("PRIVATE"), {"usage": {"prompt": 70, "completion": 8, "cached": 30}}],
    )
    result = core.graff(fake, tracer=traces.tracer).run("PRIVATE")
    assert traces.names == [
        "invoke_agent forge",
        f"chat {MODEL}",
        "execute_tool read",
        f"chat {MODEL}",
    ]
    turn, first, call, second = traces.spans
    assert turn.parent is None
    assert turn.context is not None
    for span in (first, call, second):
        assert span.parent is not None and span.parent.span_id == turn.context.span_id
    assert [span.kind for span in traces.spans] == [
        SpanKind.INTERNAL,
        SpanKind.CLIENT,
        SpanKind.INTERNAL,
        SpanKind.CLIENT,
    ]
    common = {"gen_ai.conversation.id": result.conversation_id}
    model = {"gen_ai.provider.name": "openai_compatible", "gen_ai.request.model": MODEL}
    assert attributes(turn) == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "forge",
        **common,
        **model,
    }
    assert attributes(second) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 70,
        "gen_ai.usage.output_tokens": 8,
        "gen_ai.usage.cache_read.input_tokens": 30,
        "gen_ai.usage.cache_creation.input_tokens": 0,
        **common,
        **model,
    }
    assert attributes(call) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "read",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "c1",
        **common,
    }
    assert all(span.status.status_code is StatusCode.UNSET for span in traces.spans)
    assert "PRIVATE" not in traces.everything()
    times = [(span.start_time or 0, span.end_time or 0) for span in traces.spans]
    assert all(start < end for start, end in times)
    assert times[0][1] == max(end for _, end in times)
    assert times[1][1] <= times[2][0] <= times[2][1] <= times[3][0]


def test_content_where_it_is_wanted(core: Core, traces: Traces) -> None:
    (core.workspace / "a").write_text(f"{KEY}\n")
    core.settings(CONTENT)
    fake = core.provider([text("Look."), tool("read", {"file_path": "a"})], [text("Done.")])
    core.graff(fake, tracer=traces.tracer).run("What is there?")
    turn, first, call, _ = traces.spans
    said = json.loads(str(attributes(turn)["gen_ai.input.messages"]))
    assert said == [{"role": "user", "parts": [{"type": "text", "content": "What is there?"}]}]
    assert "Done." in str(attributes(turn)["gen_ai.output.messages"])
    assert "Look." in str(attributes(first)["gen_ai.output.messages"])
    assert json.loads(str(attributes(call)["gen_ai.tool.call.arguments"])) == {"file_path": "a"}
    assert "redacted:" in str(attributes(call)["gen_ai.tool.call.result"])
    assert KEY not in traces.everything()


def test_no_key_in_content(traces: Traces) -> None:
    """Not even one that an event holds, which none should."""
    secrets.add_secret(KEY, "test")
    told = [events.conversation_started("c"), events.prompt_submitted(f"use {KEY}")]
    list(Tracing(traces.tracer, lambda id: None, content=True).traced(event for event in told))
    assert "redacted:" in traces.everything()
    assert KEY not in traces.everything()


def test_how_long_requests_take(core: Core, traces: Traces) -> None:
    (core.workspace / "a").write_text("A\n")
    slow = {"wait": 0.05}
    fake = core.provider([slow, tool("read", {"file_path": "a"})], [slow, text("Hi.")])
    core.graff(fake, tracer=traces.tracer).run("hi")
    for span in traces.spans:
        if span.name.startswith("chat"):
            assert (span.end_time or 0) - (span.start_time or 0) >= 50_000_000


def test_sub_agents(core: Core, traces: Traces) -> None:
    """Their requests and calls are the turn's, with conversations of their own."""
    (core.workspace / "a").write_text("A\n")
    fake = core.provider(
        [tool("task", {"tasks": ["look"], "agent_id": "sage"}, "t1")],
        [tool("read", {"file_path": "a"}, "c1")],
        [text("A, it says.")],
        [text("It says A.")],
    )
    result = core.graff(fake, tracer=traces.tracer).run("What does it say?")
    assert result.text == "It says A."
    chat = f"chat {MODEL}"
    assert sorted(traces.names) == [*[chat] * 4, "execute_tool read", "invoke_agent forge"]
    own = [
        span.name
        for span in traces.spans
        if attributes(span)["gen_ai.conversation.id"] == result.conversation_id
    ]
    assert own == ["invoke_agent forge", chat, chat]
    last = traces.spans[-1]
    assert attributes(last)["gen_ai.conversation.id"] == result.conversation_id
    assert all((span.end_time or 0) <= (last.start_time or 0) for span in traces.spans[1:-1])


def test_within_a_span_of_the_program_s_own(core: Core, traces: Traces) -> None:
    graff = core.graff(core.provider([text("Hi.")]), tracer=traces.tracer)
    with traces.tracer.start_as_current_span("mine") as mine:
        graff.run("hi")
    turn = next(span for span in traces.spans if span.name.startswith("invoke_agent"))
    assert turn.parent is not None
    assert turn.parent.span_id == mine.get_span_context().span_id


def test_a_request_that_fails(core: Core, traces: Traces) -> None:
    fake = core.provider([status(503)], [status(400, {"error": f"no {KEY}"})])
    graff = core.graff(fake, tracer=traces.tracer)
    with pytest.raises(TurnFailedError):
        list(graff.chat("hi"))
    turn, request = traces.spans
    assert [event.name for event in turn.events] == ["retry"]
    for span in (turn, request):
        assert span.status.status_code is StatusCode.ERROR
        assert attributes(span)["error.type"] == "RequestRejected"
    assert KEY not in traces.everything()


def test_a_call_that_fails_and_a_limit(core: Core, traces: Traces) -> None:
    fake = core.provider(*[[tool("read", {"file_path": "none"})]] * 3)
    core.graff(fake, tracer=traces.tracer).run("go")
    turn = traces.spans[0]
    assert attributes(turn)["error.type"] == "MaxToolFailurePerTurnLimitReached"
    calls = [span for span in traces.spans if span.name == "execute_tool read"]
    assert [attributes(span)["error.type"] for span in calls] == ["tool_error"] * 3


def test_a_turn_that_is_stopped(core: Core, traces: Traces) -> None:
    graff = core.graff(core.provider([text("Half"), hang()]), tracer=traces.tracer)
    following = Following(graff.chat("go"))
    following.text("Half")
    core.stop(following)
    assert traces.names == ["invoke_agent forge", f"chat {MODEL}"]
    assert all(span.status.status_code is StatusCode.UNSET for span in traces.spans)


def test_a_turn_that_is_left(core: Core, traces: Traces) -> None:
    graff = core.graff(core.provider([text("Half"), hang()]), tracer=traces.tracer)
    stream = graff.chat("go")
    next(stream)
    stream.close()
    assert traces.names == ["invoke_agent forge"]


def test_off_unless_it_is_asked_for(core: Core) -> None:
    """Not even imported."""
    script = (
        "import sys, grafftui\n"
        "with grafftui.Graff(provider='openai_compatible', model='m') as graff:\n"
        "    assert graff.run('hi').status == 'completed'\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])\n"
    )
    command = core.command(core.provider([text("Hi.")]))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=core.workspace,
        env=command._environ(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_by_the_settings(core: Core, traces: Traces, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the provider of the process."""
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", traces.provider)
    core.settings("[tracing]\non = true\n")
    core.graff(core.provider([text("Hi.")])).run("hi")
    assert traces.names == ["invoke_agent forge", f"chat {MODEL}"]


def test_without_the_extra(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    core.settings("[tracing]\non = true\n")
    graff: Graff = core.graff(core.provider([text("Hi.")]))
    result = graff.run("hi")
    assert result.status == "completed"
    (notice,) = of_type(result.events, "Notice")
    assert "install grafftui[otel]" in notice["text"]
