"""Lists of models, checks of keys, servers on this machine, connecting."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from models_helpers import KEY, PROVIDERS, each_wire

from fakes.server import FakeProvider
from fakes.steps import status, text
from grafftui.cancellation import Cancellation
from grafftui.errors import AuthenticationError, NotFoundError, ProviderError, UsageError
from grafftui.models import (
    ModelInfo,
    Timeouts,
    check_key,
    connect,
    find_local_servers,
    list_models,
)
from grafftui.models.errors import BadResponse, KeyRejected

NEVER = Cancellation()


def where(fake: FakeProvider, wire: str = "chat") -> dict[str, str]:
    return {PROVIDERS[wire][1]: fake.url}


@each_wire
def test_a_list(wire: str) -> None:
    rows: list[str | dict[str, Any]] = [
        "one",
        {"id": "two", "context_length": 5},
        {"id": "three", "max_model_len": 7},
        {"id": "four", "context_window": -1},
        {"id": "models/five", "max_input_tokens": "many"},
        {"name": "six"},
    ]
    with FakeProvider(models=rows, key=KEY) as fake:
        found = list_models(PROVIDERS[wire][0], KEY, where(fake, wire), NEVER)
    assert found == [
        ModelInfo("one"),
        ModelInfo("two", 5),
        ModelInfo("three", 7),
        ModelInfo("four"),
        ModelInfo("five"),
        ModelInfo("six"),
    ]


def test_names_that_are_none_are_left_out() -> None:
    rows: list[str | dict[str, Any]] = [
        {"id": 5},
        {"id": "a\x1b[31m"},
        {"id": "a b"},
        {"id": "x" * 201},
        {},
        "good",
    ]
    with FakeProvider(models=rows) as fake:
        assert list_models("openai_compatible", KEY, where(fake), NEVER) == [ModelInfo("good")]


def test_no_list_at_all_is_an_empty_one() -> None:
    with FakeProvider(models=None) as fake:
        assert list_models("openai_compatible", KEY, where(fake), NEVER) == []


def test_a_list_of_the_wrong_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    for body in ({"data": 5}, {"data": {}}, {"nothing": []}, [], 7):
        monkeypatch.setattr(FakeProvider, "models_body", lambda self, body=body: body)
        with FakeProvider() as fake:
            if body == []:
                assert list_models("openai_compatible", KEY, where(fake), NEVER) == []
                continue
            with pytest.raises(BadResponse, match="not a list of models"):
                list_models("openai_compatible", KEY, where(fake), NEVER)


def test_openai_s_list_leaves_out_what_does_not_chat() -> None:
    from grafftui.models.catalogue import resolve
    from grafftui.models.model_lists import _models_in

    names = ["gpt-5", "text-embedding-3-small", "whisper-1", "gpt-4o-realtime", "o3", "tts-1"]
    found = _models_in(resolve("openai"), {"data": [{"id": name} for name in names]})
    assert [info.id for info in found] == ["gpt-5", "o3"]


@each_wire
def test_a_good_key_and_a_bad_one(wire: str) -> None:
    with FakeProvider(key=KEY) as fake:
        check_key(PROVIDERS[wire][0], KEY, where(fake, wire), NEVER)
        with pytest.raises(KeyRejected, match="key rejected"):
            check_key(PROVIDERS[wire][0], "sk-wrong-wrong-wrong", where(fake, wire), NEVER)
        assert {request.method for request in fake.requests} == {"GET"}


@each_wire
def test_a_key_where_there_is_no_list(wire: str) -> None:
    unknown = status(404, {"error": {"message": "no such model"}})
    with FakeProvider([[unknown]], models=None, key=KEY) as fake:
        check_key(PROVIDERS[wire][0], KEY, where(fake, wire), NEVER)
        assert fake.requests[-1].body["model"] == "grafftui-key-check"
        with pytest.raises(KeyRejected):
            check_key(PROVIDERS[wire][0], "sk-wrong-wrong-wrong", where(fake, wire), NEVER)


def test_a_provider_that_fails_says_nothing_about_the_key() -> None:
    with (
        FakeProvider([[status(500, {})]], models=None) as fake,
        pytest.raises(ProviderError, match="status 500"),
    ):
        check_key("openai_compatible", KEY, where(fake), NEVER)


# -- servers on this machine -------------------------------------------------------------------


def test_local_servers_are_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider(models=["llama"]) as ollama, FakeProvider(models=["qwen"]) as studio:
        monkeypatch.setenv("OLLAMA_PORT", str(ollama.port))
        monkeypatch.setenv("LM_STUDIO_PORT", str(studio.port))
        for name in ("LLAMA_CPP", "VLLM", "JAN_AI"):
            monkeypatch.setenv(f"{name}_PORT", "1")
        begun = time.monotonic()
        found = {server.provider_id: server.models for server in find_local_servers(1.0)}
    assert found == {"ollama": (ModelInfo("llama"),), "lm_studio": (ModelInfo("qwen"),)}
    assert time.monotonic() - begun < 3
    assert all(
        "authorization" not in r.headers or "local" in r.headers["authorization"]
        for r in ollama.requests
    )


def test_something_else_on_the_port_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider(models=None) as other:
        for name in ("OLLAMA", "LM_STUDIO", "LLAMA_CPP", "VLLM", "JAN_AI"):
            monkeypatch.setenv(f"{name}_PORT", str(other.port))
        assert find_local_servers(1.0) == []


def test_other_machines_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OLLAMA", "LM_STUDIO", "LLAMA_CPP", "VLLM", "JAN_AI"):
        monkeypatch.setenv(f"{name}_PORT", "1")
    monkeypatch.setenv("OLLAMA_HOST", "gpu.invalid")
    looked_up: list[str] = []

    def lookup(host: str, *args: Any, **more: Any) -> list[Any]:
        looked_up.append(host)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    assert find_local_servers(0.2) == []
    assert set(looked_up) == {"127.0.0.1"}


# -- connecting --------------------------------------------------------------------------------


def test_connecting_sends_nothing() -> None:
    with FakeProvider() as fake:
        model = connect("openai_compatible", " m ", KEY, where(fake))
        assert (model.provider_id, model.model_id) == ("openai_compatible", "m")
        assert KEY not in repr(model)
        assert fake.requests == []


def test_openai_s_reasoning_models_are_asked_in_the_responses_format() -> None:
    assert connect("openai", "gpt-5.4", KEY).endpoint.url.endswith("/v1/responses")
    assert connect("openai", "gpt-4o", KEY).endpoint.url.endswith("/v1/chat/completions")


def test_local_servers_need_no_key_and_get_time() -> None:
    with FakeProvider([[text("hi")]]) as fake:
        model = connect("ollama", "llama", None, {"OLLAMA_PORT": str(fake.port)})
        assert model.context_window is None
        assert model._timeouts.first_byte > Timeouts().first_byte
        from models_helpers import ask

        assert ask(model).text == "hi"
        assert fake.requests[0].headers["authorization"] == "Bearer local"


@pytest.mark.parametrize(
    ("provider_id", "model_id", "key", "kind"),
    [
        ("nowhere", "m", KEY, NotFoundError),
        ("bedrock", "m", KEY, UsageError),
        ("openai_compatible", "m", KEY, UsageError),
        ("anthropic", "", KEY, UsageError),
        ("anthropic", "a\nb", KEY, UsageError),
        ("anthropic", "m", None, AuthenticationError),
        ("anthropic", "m", "", AuthenticationError),
    ],
)
def test_what_cannot_be_connected(
    provider_id: str, model_id: str, key: str | None, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        connect(provider_id, model_id, key, {})
