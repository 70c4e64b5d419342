"""The fake itself: scripts, handlers, and the program for pty tests."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from models_helpers import KEY, ask, model_at, request_of

from fakes.server import EXHAUSTED, FakeProvider
from fakes.steps import text, tool


def test_turns_are_taken_in_order_and_then_the_script_is_over() -> None:
    with FakeProvider([[text("one")], [text("two")]]) as fake:
        model = model_at(fake.url, "chat")
        assert [ask(model).text for _ in range(3)] == ["one", "two", EXHAUSTED]
        assert [request.path for request in fake.requests] == ["/v1/chat/completions"] * 3


def test_a_handler_sees_the_request() -> None:
    def answer(body: dict[str, object]) -> list[dict[str, object]]:
        return [text(f"{len(body['messages'])} messages")]  # type: ignore[arg-type]

    with FakeProvider(handler=answer) as fake:
        assert ask(model_at(fake.url, "chat"), request_of("a", "b")).text == "2 messages"


def test_a_fault_of_the_handler_is_not_hidden() -> None:
    def answer(body: dict[str, object]) -> list[dict[str, object]]:
        raise KeyError("oops")

    with pytest.raises(KeyError), FakeProvider(handler=answer) as fake:
        ask(model_at(fake.url, "chat"))


def test_the_rate_is_kept() -> None:
    begun = time.monotonic()
    with FakeProvider([[text("a b c d e f g h i j k", rate=50)]]) as fake:
        ask(model_at(fake.url, "chat"))
    assert 0.15 < time.monotonic() - begun < 2


def test_as_a_program(tmp_path: Path) -> None:
    script = tmp_path / "turns.json"
    script.write_text(json.dumps([[text("from a file"), tool("read", {"p": "x"})]]))
    log = tmp_path / "requests.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "fakes.server", "--script", script, "--log", log, "--key", KEY],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            answer = ask(model_at(url, "anthropic"))
        finally:
            process.terminate()
    assert answer.text == "from a file"
    assert answer.finished.message.tool_calls[0].arguments == {"p": "x"}
