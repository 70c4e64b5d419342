"""From what was asked for to a model: keys, addresses, sizes, and what is left open."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from corestage import KEY, Core, Following, answer_of, each_wire, kept, of_type, turns_asked
from fakes.server import FakeProvider
from fakes.steps import text
from grafftui import Graff
from grafftui.core import Connections, ModelChoice
from grafftui.errors import AuthenticationError, KeyringError, TurnFailedError, UsageError
from grafftui.keys import KeyVault
from grafftui.settings.settings import Settings


class LockedVault(KeyVault):
    """A vault whose keyring is locked."""

    def __init__(self) -> None:
        super().__init__(environ={})

    def get(self, *arguments: object, **options: object) -> None:  # type: ignore[override]
        raise KeyringError("the keyring is locked", hint="unlock it")


def test_a_server_on_this_machine_needs_no_keyring() -> None:
    with FakeProvider([[text("Hello")]]) as fake:
        where = {"VLLM_HOST": "127.0.0.1", "VLLM_PORT": str(fake.port)}
        connections = Connections(LockedVault(), Settings(), where)
        assert connections.key("vllm") is None
        assert connections.connect(ModelChoice("vllm", "m")).model_id == "m"


@each_wire
def test_an_address_on_this_machine_needs_no_key(core: Core, wire: str) -> None:
    fake = core.provider([text("Hello")])
    graff = core.graff(fake, wire)
    core.forget_key(wire)
    assert answer_of(graff.chat("hi")) == "Hello"
    headers = fake.requests[-1].headers
    assert (headers.get("authorization") or headers["x-api-key"]) in ("Bearer local", "local")


def test_another_server_does() -> None:
    connections = Connections(LockedVault(), Settings(), {})
    with pytest.raises(KeyringError, match="locked"):
        connections.connect(ModelChoice("openai", "gpt-5"))


def test_no_key_at_all(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    graff = core.graff(core.provider(), provider="openai", model="gpt-5")
    monkeypatch.delenv("OPENAI_API_KEY")
    events = Following(graff.chat("hi"))
    failure = events.type("TurnFailed").data
    assert failure["cause"] == "there is no key for openai"
    assert failure["hint"] == "set OPENAI_API_KEY or run `grafftui keys set openai`"
    with pytest.raises(TurnFailedError, match=r"^agent error: there is no key for openai$"):
        events.end()
    assert isinstance(events.error, RuntimeError)
    assert isinstance(events.error.__cause__, AuthenticationError)


@pytest.mark.parametrize("wire", ["chat", "anthropic"])
def test_an_address_is_all_that_has_to_be_set(core: Core, wire: str) -> None:
    fake = core.provider([text("Hello")], models=["first", "second"])
    graff = core.graff(fake, wire, provider=None, model=None)
    assert answer_of(graff.chat("hi")) == "Hello"
    assert turns_asked(fake)[0]["model"] == "first"
    provider = {"chat": "openai_compatible", "anthropic": "anthropic_compatible"}[wire]
    assert kept(core.home, "SELECT provider, model FROM conversations") == [(provider, "first")]


def test_the_settings_name_provider_and_model(core: Core) -> None:
    core.settings('provider = "openai_responses_compatible"\nmodel = "theirs"\n')
    fake = core.provider([text("Hello")])
    assert answer_of(core.graff(fake, provider=None, model=None).chat("hi")) == "Hello"
    assert fake.requests[0].path == "/v1/responses"
    assert turns_asked(fake)[0]["model"] == "theirs"


def test_no_model_is_named_and_none_can_be_told(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = core.provider(models=None)
    monkeypatch.setenv("ANTHROPIC_COMPACT_URL", fake.url)
    monkeypatch.setenv("ALIBABA_CODING_API_KEY", KEY)
    graff = core.graff(fake, provider="alibaba_coding", model=None)
    with pytest.raises(TurnFailedError, match="alibaba_coding: no model is chosen") as raised:
        _ = [*graff.chat("hi")]
    assert "--model" in raised.value.hint
    assert turns_asked(fake) == []


def test_no_provider_at_all(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    for name in ("OLLAMA", "VLLM", "LM_STUDIO", "LLAMA_CPP", "JAN_AI"):
        monkeypatch.setenv(f"{name}_PORT", "9")
    graff = Graff(cwd=str(core.workspace))
    with pytest.raises(TurnFailedError, match="no model provider is set up") as raised:
        _ = [*graff.chat("hi")]
    assert isinstance(raised.value.__cause__, UsageError)
    assert "grafftui keys set" in raised.value.hint
    graff.close()


def test_a_key_of_the_environment_tells_the_provider(core: Core) -> None:
    where = {"DEEPSEEK_API_KEY": KEY, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    vault = KeyVault(environ=where)
    connections = Connections(vault, Settings(), where)
    assert connections.usable_providers() == ["deepseek"]
    model = connections.connect(ModelChoice("", "deepseek-chat"))
    assert (model.provider_id, model.model_id) == ("deepseek", "deepseek-chat")


def test_the_key_of_a_server_that_is_told_is_not_sent_to_the_provider() -> None:
    where = {
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "OPENAI_API_KEY": KEY,
        "OPENAI_URL": "https://models.example/v1",
        "ANTHROPIC_API_KEY": KEY,
    }
    connections = Connections(KeyVault(environ=where), Settings(), where)
    assert "openai" not in connections.usable_providers()
    assert {"openai_compatible", "anthropic"} <= {*connections.usable_providers()}
    with pytest.raises(AuthenticationError, match="no key for openai") as raised:
        connections.connect(ModelChoice("openai", "gpt-5"))
    assert "OPENAI_API_KEY goes to OPENAI_URL only" in raised.value.hint
    assert connections.key("openai_compatible")

    connections._vault.set("openai", KEY, origin="https://api.openai.com", persist=False)
    assert connections.key("openai"), "one that was given for it is"


def test_a_provider_told_its_own_address_has_its_key() -> None:
    where = {"OPENAI_API_KEY": KEY, "OPENAI_URL": "https://api.openai.com/v1/"}
    assert Connections(KeyVault(environ=where), Settings(), where).key("openai")


# -- how much fits in ------------------------------------------------------------------------


def test_a_window_the_prices_know() -> None:
    where = {"ANTHROPIC_API_KEY": KEY}
    connections = Connections(KeyVault(environ=where), Settings(), where)
    window = connections.connect(ModelChoice("anthropic", "claude-opus-4-5")).context_window
    assert window is not None
    assert window >= 200_000


def test_a_window_the_person_knows_better(core: Core) -> None:
    core.settings('[context_window]\n"fake-model" = 12345\n')
    events = [*core.graff(core.provider([text("Hello")])).chat("hi")]
    assert answer_of(events) == "Hello"
    assert of_type(events, "UsageReported")[0]["context_window"] == 12345


# -- keys and addresses that change ----------------------------------------------------------


def connections_with(key: Callable[[], str], address: str) -> Connections:
    class Vault(KeyVault):
        def _from_environment(self, provider_id: str, names: object) -> None:  # type: ignore[override]
            return None

    vault = Vault(environ={})
    vault.set("openai_compatible", key(), origin=address, persist=False)
    return Connections(vault, Settings(), {"OPENAI_URL": address})


def test_the_same_key_gives_the_same_model() -> None:
    connections = connections_with(lambda: KEY, "http://127.0.0.1:1/v1")
    choice = ModelChoice("openai_compatible", "m")
    model = connections.connect(choice)
    assert connections.connect(choice) is model
    assert connections.connect(choice, fresh_key=True) is model


def test_another_key_gives_another_model() -> None:
    where = {"OPENAI_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": KEY}
    connections = Connections(KeyVault(environ=where), Settings(), where)
    choice = ModelChoice("openai_compatible", "m")
    model = connections.connect(choice)
    where["OPENAI_API_KEY"] = KEY + "2"
    assert connections.connect(choice) is not model


def test_another_address_counts_from_the_next_turn(core: Core) -> None:
    here, there = core.provider([text("here")]), core.provider([text("there")])
    graff = core.graff(here)
    graff.vault.set("openai_compatible", KEY, origin=here.origin, persist=False)
    session = graff.session()
    assert answer_of(session.send("hi")) == "here"
    connections = graff.models
    assert isinstance(connections, Connections)
    connections.settings = connections.settings.with_url_parameters(
        "openai_compatible", {"OPENAI_URL": there.url}, graff.paths
    )
    assert answer_of(session.send("hi")) == "there"


def test_a_list_of_models_that_never_comes_can_be_interrupted(core: Core) -> None:
    silent = core.provider(handler=lambda body: [])
    waiting = threading.Event()
    asked = threading.Event()

    class Slow(Connections):
        def connect(self, choice: ModelChoice, *, fresh_key: bool = False):  # type: ignore[no-untyped-def]
            asked.set()
            waiting.wait(20)
            raise UsageError("too late")

    slow = Slow(KeyVault(environ={}), Settings(), os.environ)
    graff = core.graff(silent, models=slow)
    events = Following(graff.chat("hi"))
    assert asked.wait(10)
    assert graff.interrupt(events.conversation_id)
    events.type("TurnInterrupted", 1)
    waiting.set()
    assert events.end()[-1].type == "TurnInterrupted"
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]


def test_settings_that_are_wrong_are_said(core: Core) -> None:
    core.settings("max_tokens = -5\n")
    events = [*core.graff(core.provider([text("Hello")])).chat("hi")]
    (notice,) = of_type(events, "Notice")
    assert "max_tokens" in notice["text"]
    assert str(Path("config") / "settings.toml") in notice["text"]
