"""The CodeGraff SDK's documentation holds for grafftui: its examples run, its signatures stand."""

from __future__ import annotations

import inspect
import json
import sys
import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pydantic
import pytest
from keyring.backend import KeyringBackend

import grafftui
from contract import codegraff_examples as examples
from corestage import KEY, Core, played
from fakes.anywhere import Authority, Proxy
from fakes.server import FakeProvider
from fakes.steps import Turn, hang, reasoning, status, text, tool

LS = tool("fs_search", {"pattern": "nothing"})


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets everything with the test."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.set_once = False

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password
        self.set_once |= KEY in password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def run(example: str, **names: Any) -> dict[str, Any]:
    """Run an example, in which only the package's name is another; the names it leaves."""
    ours = example.replace("from codegraff import", "from grafftui import")
    assert "codegraff import" not in ours
    exec(compile(ours, "<example>", "exec", dont_inherit=True), names)
    return names


@pytest.fixture
def closing() -> Iterator[list[Any]]:
    """Closes what examples leave open."""
    opened: list[Any] = []
    yield opened
    for graff in opened:
        graff.close()


@pytest.fixture
def gateway(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closing: list[Any]
) -> Iterator[Any]:
    """Serves turns at the address of the provider "codegraff"."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("CODEGRAFF_API_KEY", KEY)
    monkeypatch.chdir(core.workspace)
    proxies: list[Proxy] = []

    def serve(*script: Turn) -> FakeProvider:
        context = authority.server("gateway.codegraff.com")
        fake = core.provider(*script, tls=context, models=("deepseek-v4-pro", "other"))
        proxies.append(Proxy(fake.port))
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxies[0].address}")
        return fake

    yield serve
    for proxy in proxies:
        proxy.close()


# -- the examples ----------------------------------------------------------------------------


def test_quick_start(
    core: Core,
    monkeypatch: pytest.MonkeyPatch,
    closing: list[Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake = core.provider([text("A monad is a monoid.")])
    monkeypatch.setenv("OPENAI_URL", fake.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.chdir(core.workspace)
    closing.append(run(examples.QUICK_START)["graff"])
    assert capsys.readouterr().out == "A monad is a monoid."


def test_own_key_and_streaming(
    gateway: Any, closing: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    fake = gateway([text("Let me look. "), LS], [text("Borrowed, not owned.")])
    names = run(examples.OWN_KEY)
    closing.append(names["graff"])
    names = run(examples.STREAMING, **names)
    assert names["graff"].get_conversation(names["conversation_id"]) is not None
    printed = capsys.readouterr().out
    assert printed == "Let me look. \n→ fs_search\nBorrowed, not owned.\n[done]\n"
    body = fake.requests[-1].body
    assert (body["model"], body["max_tokens"]) == ("deepseek-v4-pro", 8192)
    assert fake.requests[-1].headers["authorization"] == f"Bearer {KEY}"


def test_a_session(core: Core, capsys: pytest.CaptureFixture[str]) -> None:
    fake = core.provider([text("Added.")], [text("Written.")])
    names = run(examples.SESSION, graff=core.graff(fake))
    assert capsys.readouterr().out == f"{names['session'].conversation_id}\n"
    assert [request.body["model"] for request in fake.requests] == ["claude-opus-4-7"] * 2
    assert len(fake.requests[1].body["messages"]) == 4


def test_conversations(core: Core) -> None:
    graff = core.graff(core.provider([text("One.")], [text("Two.")]))
    first, second = played(graff.chat("1")), played(graff.chat("2"))
    names = run(examples.CONVERSATIONS, graff=graff, id=first)
    assert [one["id"] for one in names["recent"]] == [second, first]
    assert names["last"]["id"] == second and names["one"]["id"] == first
    assert set(names["one"]) == {"id", "title", "context", "metrics", "metadata"}
    assert set(names["result"]) == {
        "original_tokens",
        "compacted_tokens",
        "original_messages",
        "compacted_messages",
    }
    assert graff.get_conversation(second) is None


def test_agents_and_keys(
    core: Core, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    graff = core.graff(core.provider())
    keyring = MemoryKeyring()
    monkeypatch.setattr("grafftui.keys.os_keyring.find_backend", lambda: keyring)
    monkeypatch.setattr("grafftui.keys.os_keyring.require_ready", lambda *_, **__: None)
    monkeypatch.setattr("grafftui.keys.os_keyring.is_locked", lambda _: False)
    # "…" stands for the rest of a key there, and no key holds it.
    names = run(examples.AGENTS_AND_KEYS.replace("sk-ant-…", KEY), graff=graff)
    assert [agent["id"] for agent in names["agents"]] == ["forge", "muse", "sage"]
    assert keyring.set_once and not any(KEY in kept for kept in keyring.kept.values())
    assert capsys.readouterr().out == f"{grafftui.version()}\n"


class _Api:
    """As much of TurboAPI as the example needs."""

    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}

    def post(self, path: str) -> Any:
        return lambda handler: self.handlers.setdefault(path, handler)


def test_a_server(gateway: Any, closing: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """TurboAPI and dhi are not installed: stand-ins take their places."""
    responses = types.SimpleNamespace(StreamingResponse=lambda body, media_type: (body, media_type))
    server = types.SimpleNamespace(TurboAPI=_Api, HTTPException=Exception)
    monkeypatch.setitem(sys.modules, "turboapi", server)
    monkeypatch.setitem(sys.modules, "turboapi.responses", responses)
    monkeypatch.setitem(sys.modules, "dhi", types.SimpleNamespace(BaseModel=pydantic.BaseModel))
    import os

    gateway([text("Three things.")])
    names = run(examples.SERVER, os=os, json=json)
    closing.append(names["graff"])
    request = names["ChatRequest"](prompt="List three things you can do.", model="deepseek-v4-pro")
    body, media_type = names["app"].handlers["/chat/stream"](request)
    lines = [line for line in "".join(body).split("\n\n") if line]
    sent = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert media_type == "text/event-stream" and lines[-1] == "data: [DONE]"
    assert sent[0]["type"] == "ConversationStarted" and set(sent[0]["data"]) == {"conversationId"}
    said = [one["data"]["content"]["text"] for one in sent if one["type"] == "TaskMessage"]
    assert "".join(said) == "Three things."


# -- the tables ------------------------------------------------------------------------------


def test_an_event_is_a_dataclass() -> None:
    assert is_dataclass(grafftui.AgentEvent)
    assert [field.name for field in fields(grafftui.AgentEvent)] == ["type", "data"]
    assert repr(grafftui.AgentEvent("X", {"a": 1})) == "AgentEvent('X', {'a': 1})"


def test_the_types_and_their_keys(core: Core) -> None:
    """Every row of the documentation's table of events."""
    core.settings("max_requests_per_turn = 2\n")
    fake = core.provider(
        [status(529, {"error": {"message": "overloaded"}}, retry_after="0")],
        [reasoning("Hm."), text("Looking."), LS],
        [LS],
    )
    seen = {event.type: event.data for event in core.graff(fake).chat("go")}
    assert isinstance(seen["ConversationStarted"]["conversationId"], str)
    assert isinstance(seen["TaskReasoning"]["content"], str)
    assert {"name", "arguments", "call_id"} <= set(seen["ToolCallStart"]["tool_call"])
    assert {"name", "output"} <= set(seen["ToolCallEnd"]["result"])
    assert set(seen["ToolCallEnd"]["result"]["output"]) == {"is_error", "values"}
    assert {"cause", "duration_ms"} <= set(seen["RetryAttempt"])
    assert seen["Interrupt"] == {"reason": {"kind": "MaxRequestPerTurnLimitReached", "limit": 2}}
    contents = [
        event.data["content"]
        for event in core.graff(core.provider([text("Yes.")])).chat("go")
        if event.type == "TaskMessage"
    ]
    assert contents[0] | {"text": ""} == {"kind": "Markdown", "text": "", "partial": True}


def test_the_last_event_has_no_data(core: Core) -> None:
    *_, last = core.graff(core.provider([text("Yes.")])).chat("go")
    assert (last.type, last.data) == ("TaskComplete", {})


# -- the boundary ----------------------------------------------------------------------------


def test_a_key_needs_a_provider() -> None:
    with pytest.raises(ValueError, match="provider is required when api_key"):
        grafftui.Graff(api_key=KEY)


def test_a_prompt_is_text(core: Core) -> None:
    fake = core.provider([hang()])
    stream = core.graff(fake).chat(7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="invalid options — "):
        next(stream)
    assert fake.requests == []


# -- the signatures --------------------------------------------------------------------------


def documented() -> Iterator[tuple[str, Any, Any]]:
    """Every callable of the documentation's last block: its name, theirs, ours."""
    theirs = run(
        examples.SIGNATURES, AgentEvent=grafftui.AgentEvent, GraffSession=grafftui.GraffSession
    )
    for name in ("Graff", "GraffSession"):
        for method, value in vars(theirs[name]).items():
            if inspect.isfunction(value):
                yield f"{name}.{method}", value, getattr(getattr(grafftui, name), method)
    yield "version", theirs["version"], grafftui.version


@pytest.mark.parametrize(("name", "theirs", "ours"), list(documented()))
def test_a_signature(name: str, theirs: Any, ours: Any) -> None:
    wanted = inspect.signature(theirs).parameters
    given = inspect.signature(ours).parameters
    for parameter, meant in wanted.items():
        found = given[parameter]
        assert found.kind == meant.kind, parameter
        assert found.default == meant.default or found.default is meant.default, parameter
    assert [one for one in given if one in wanted] == list(wanted)
    for parameter, more in given.items():
        if parameter not in wanted:  # ours: never in the way of what is written for theirs
            assert more.kind in (more.KEYWORD_ONLY, more.VAR_KEYWORD), parameter
            assert more.kind == more.VAR_KEYWORD or more.default is not more.empty, parameter


def test_there_is_every_name() -> None:
    from grafftui import AgentEvent, Graff, GraffSession, version

    assert isinstance(GraffSession.conversation_id, property)
    assert Graff.version(None) == version()  # type: ignore[arg-type]
    assert AgentEvent("X").data == {}
