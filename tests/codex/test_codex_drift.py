"""An app-server that answers otherwise than it should: nothing hangs, every error is typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from grafftui import AgentEvent, Graff, TurnFailedError, UsageError
from grafftui.backends.codex import (
    AsyncCodex,
    Codex,
    CodexClient,
    CodexOptions,
    CodexResultError,
    Notification,
    RunningCommand,
)
from grafftui.backends.codex.conversing import CodexBackend
from grafftui.backends.codex.record import TurnRecord

Scripted = Callable[..., CodexOptions]

ENDS = [
    {"turnId": "turn-1", "turn": {"id": "turn-1", "status": "completed"}},
    {"turnId": "turn-1", "turn": {"status": "completed"}},
    {"turnId": ["turn-1"], "turn": {"id": "turn-1", "status": "completed"}},
]
"""Of a turn: what `turn/completed` could say in another version."""


def end(client: CodexClient, params: dict[str, Any]) -> None:
    """Have turns end with this."""
    message = {"method": "turn/completed", "params": {"threadId": "thread-1", **params}}
    client.request("test/play", {"lines": [json.dumps(message)]})


@pytest.mark.parametrize("params", ENDS)
def test_a_turn_ends_however_its_end_names_it(scripted: Scripted, params: dict[str, Any]) -> None:
    with Codex(scripted()) as codex:
        end(codex.client, params)
        assert codex.thread_start().run("go").status == "completed"


@pytest.mark.parametrize("params", [{}, {"turnId": "turn-1"}, {"turnId": "turn-1", "turn": 5}])
def test_an_end_that_says_nothing_is_no_success(scripted: Scripted, params: dict[str, Any]) -> None:
    with Codex(scripted()) as codex:
        end(codex.client, params)
        result = codex.thread_start().run("go")
    assert result.status == "unknown"
    assert result.error is not None and "unknown" in str(result.error)


def test_the_end_of_another_turn_is_not_its_own() -> None:
    record = TurnRecord("thread-1", {"id": "turn-1"})
    for params in ({"turnId": "turn-0"}, {"turn": {"id": "turn-0"}}, {"turn": None}):
        assert not record.take(Notification("turn/completed", params))
    assert not record.over


MALFORMED: list[Any] = [None, [], {}, {"thread": None}, {"thread": {"id": 7}}, {"turn": {}}, "text"]
CALLS: list[tuple[str, Callable[[Codex], object]]] = [
    ("thread/start", lambda codex: codex.thread_start()),
    ("thread/start", lambda codex: codex.client.responses_create(prompt="go")),
    ("turn/start", lambda codex: codex.thread_start().turn("go")),
    ("turn/start", lambda codex: codex.client.responses_create(prompt="go")),
    ("review/start", lambda codex: codex.thread_start().review()),
    ("thread/fork", lambda codex: codex.thread_fork("thread-1")),
    ("model/list", lambda codex: codex.models()),
    ("command/exec", lambda codex: RunningCommand(codex.client, ["ls"]).exit_code),
]


@pytest.mark.parametrize(("method", "call"), CALLS)
def test_a_result_without_what_belongs_there(
    scripted: Scripted, method: str, call: Callable[[Codex], object]
) -> None:
    with Codex(scripted()) as codex:
        for result in MALFORMED:
            codex.client.request("test/result", {"method": method, "result": result})
            with pytest.raises(CodexResultError, match="codex answered without"):
                call(codex)


async def test_a_result_without_what_belongs_there_awaited(scripted: Scripted) -> None:
    async with AsyncCodex(scripted()) as codex:
        for method in ("turn/start", "thread/start", "model/list"):
            wrong = {"method": method, "result": None}
            await codex.client.request("test/result", wrong)
            with pytest.raises(CodexResultError):
                if method == "model/list":
                    await codex.models()
                else:
                    await codex.client.responses_create(prompt="go")


def test_a_sign_in_that_is_no_table(scripted: Scripted) -> None:
    with Codex(scripted()) as codex:
        wrong = {"method": "account/login/start", "result": None}
        codex.client.request("test/result", wrong)
        with pytest.raises(CodexResultError):
            codex.login_chatgpt()


@pytest.fixture
def backend(tmp_path: Path, home: Path, scripted: Scripted) -> Iterator[CodexBackend]:
    """Codex in a history, with a scripted app-server."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    with Graff(cwd=str(workspace)) as graff, closing(CodexBackend(graff, scripted())) as codex:
        yield codex


def failure_of(backend: CodexBackend, **options: Any) -> str:
    """What is said of a turn that fails."""
    events: list[AgentEvent] = []
    with pytest.raises(TurnFailedError):
        for event in backend.chat("go", **options):
            events.append(event)
    assert events[-1].type == "TurnFailed"
    return str(events[-1].data["cause"])


@pytest.mark.parametrize("method", ["thread/start", "turn/start"])
@pytest.mark.parametrize("result", [None, {}])
def test_a_turn_in_the_app_fails_with_words(
    backend: CodexBackend, method: str, result: Any
) -> None:
    client = backend._server.client()
    client.request("test/result", {"method": method, "result": result})
    assert "codex answered without" in failure_of(backend)


@pytest.mark.parametrize("result", [None, {}, []])
def test_what_is_not_understood_of_codex_itself(backend: CodexBackend, result: Any) -> None:
    client = backend._server.client()
    for method in ("model/list", "thread/list", "command/exec"):
        client.request("test/result", {"method": method, "result": result})
    for ask in (backend.models, backend.import_threads):
        with pytest.raises(CodexResultError):
            ask()
    assert not backend.sandbox_state().holds


def test_a_turn_that_ends_in_an_unknown_way_is_no_success(backend: CodexBackend) -> None:
    end(backend._server.client(), {"turn": {"id": "turn-1", "status": "exploded"}})
    assert "exploded" in failure_of(backend)


def test_an_effort_its_model_does_not_have_is_refused(backend: CodexBackend) -> None:
    efforts = [{"reasoningEffort": word} for word in ("low", "high")]
    model = {"model": "m", "supportedReasoningEfforts": efforts}
    client = backend._server.client()
    client.request("test/result", {"method": "model/list", "result": {"data": [model]}})
    end(client, {"turn": {"id": "turn-1", "status": "completed"}})
    told = failure_of(backend, model="m", effort="bogus")
    assert "m cannot be told the effort 'bogus'" in told
    for chosen in ({"model": "m", "effort": "low"}, {"model": "new", "effort": "bogus"}):
        events = list(backend.chat("go", **chosen))
        assert events[-1].type == "TaskComplete"


@pytest.mark.parametrize("command", ["ls -l", b"ls", [], ["ls", 7]])
def test_a_command_is_a_list_of_words(scripted: Scripted, command: Any) -> None:
    with CodexClient(scripted()) as client:
        for begin in (client.command_exec, lambda words: RunningCommand(client, words)):
            with pytest.raises(UsageError, match="a command is a list"):
                begin(command)
