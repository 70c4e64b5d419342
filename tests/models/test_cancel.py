"""T38: stopping is noticed within 100 ms, whatever the request is stuck in."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from models_helpers import KEY, ask, each_wire, model_at, request_of, wait_until

from fakes.server import FakeProvider
from fakes.steps import hang, text, tool
from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError
from grafftui.models import HttpModel, TextDelta, Timeouts, check_key, list_models
from grafftui.models.errors import ConnectionFailed

NOTICED = 0.1
"""Seconds."""


def stop_when(
    ready: Callable[[], bool], work: Callable[[Cancellation], object]
) -> tuple[float, BaseException | None]:
    """Cancel `work` once `ready`; seconds until it returned, and what it raised."""
    cancellation = Cancellation()
    raised: list[BaseException] = []
    ended = threading.Event()

    def run() -> None:
        try:
            work(cancellation)
        except BaseException as error:
            raised.append(error)
        ended.set()

    threading.Thread(target=run, daemon=True).start()
    wait_until(ready)
    begun = time.monotonic()
    cancellation.cancel()
    assert ended.wait(5)
    return time.monotonic() - begun, raised[0] if raised else None


def stream_to_end(model: HttpModel) -> Callable[[Cancellation], object]:
    return lambda cancellation: [*model.stream(request_of(), cancellation)]


@pytest.fixture
def deaf() -> Iterator[socket.socket]:
    """A listener that accepts nothing and whose queue is full: connecting hangs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        held = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            held.append(filler)
        yield listener
        for filler in held:
            filler.close()


@pytest.fixture
def hanging_lookup(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Names are looked up for ever."""
    asked, released = threading.Event(), threading.Event()

    def lookup(*args: Any, **kwargs: Any) -> list[Any]:
        asked.set()
        released.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    yield asked
    released.set()


def test_while_a_name_is_looked_up(hanging_lookup: threading.Event) -> None:
    model = model_at("http://provider.test/v1", "chat")
    seconds, raised = stop_when(hanging_lookup.is_set, stream_to_end(model))
    assert isinstance(raised, AbortedError)
    assert seconds < NOTICED


def test_a_lookup_that_hangs_ends_by_itself(hanging_lookup: threading.Event) -> None:
    model = model_at("http://provider.test/v1", "chat", Timeouts(connect=0.2))
    failure = ask(model).failure
    assert isinstance(failure, ConnectionFailed)
    assert "no connection within 0.2 s" in failure.message
    assert failure.retryable


def test_while_connecting(deaf: socket.socket) -> None:
    model = model_at(f"http://127.0.0.1:{deaf.getsockname()[1]}/v1", "chat")
    begun = time.monotonic()
    seconds, raised = stop_when(lambda: time.monotonic() - begun > 0.2, stream_to_end(model))
    assert isinstance(raised, AbortedError)
    assert seconds < NOTICED


def test_connecting_ends_by_itself(deaf: socket.socket) -> None:
    url = f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"
    failure = ask(model_at(url, "chat", Timeouts(connect=0.3))).failure
    assert isinstance(failure, ConnectionFailed)
    assert "in time" in failure.message or "within 0.3 s" in failure.message


@each_wire
@pytest.mark.parametrize(
    "turn",
    [
        [{"silence": True}],
        [hang()],
        [text("so far"), hang()],
        [text("so far"), tool("shell", '{"command": "rm'), hang()],
        [text("a b c d e f g h", rate=3)],
    ],
    ids=["before the first byte", "after the head", "in text", "in arguments", "while it talks"],
)
def test_at_every_stage_and_the_server_is_told(wire: str, turn: list[dict[str, Any]]) -> None:
    with FakeProvider([turn]) as fake:
        model = model_at(fake.url, wire)
        arrived: list[object] = []

        def work(cancellation: Cancellation) -> None:
            for batch in model.stream(request_of(), cancellation):
                arrived.extend(batch)

        silent = turn[0] in ({"silence": True}, hang())
        seconds, raised = stop_when(lambda: bool(fake.requests and (silent or arrived)), work)
        assert isinstance(raised, AbortedError)
        assert seconds < NOTICED
        assert fake.disconnected.wait(2)


@each_wire
def test_before_it_begins_nothing_is_sent(wire: str) -> None:
    with FakeProvider() as fake:
        cancellation = Cancellation()
        cancellation.cancel()
        answer = ask(model_at(fake.url, wire), cancellation=cancellation)
        assert isinstance(answer.failure, AbortedError)
        assert fake.requests == []


@each_wire
def test_leaving_a_stream_ends_it(wire: str) -> None:
    with FakeProvider([[text("so far"), hang()]]) as fake:
        stream = model_at(fake.url, wire).stream(request_of(), Cancellation())
        assert next(stream) == [TextDelta("so far")] or next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert fake.disconnected.wait(2)


def test_a_list_of_models_can_be_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = {"OPENAI_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/v1"}
        for ask_it in (list_models, check_key):
            begun = time.monotonic()
            seconds, raised = stop_when(
                lambda begun=begun: time.monotonic() - begun > 0.1,  # type: ignore[misc]
                lambda cancellation, ask_it=ask_it: ask_it(  # type: ignore[misc]
                    "openai_compatible", KEY, where, cancellation
                ),
            )
            assert isinstance(raised, AbortedError)
            assert seconds < NOTICED


def test_nothing_is_left_behind() -> None:
    before = threading.active_count()
    with FakeProvider([[hang()] for _ in range(5)]) as fake:
        for _ in range(5):
            seen = len(fake.requests)
            stop_when(
                lambda seen=seen: len(fake.requests) > seen,  # type: ignore[misc]
                stream_to_end(model_at(fake.url, "chat")),
            )
    wait_until(lambda: threading.active_count() <= before)
