"""Every provider of CodeGraff's table is in the catalogue, and leads where it should."""

from __future__ import annotations

import subprocess
import sys

import pytest

from grafftui.errors import NotFoundError, UsageError
from grafftui.models import provider, providers, resolve
from grafftui.models.catalogue import _rows

GIVEN = {
    "OPENAI_URL": "http://127.0.0.1:9/v1",
    "ANTHROPIC_URL": "https://claude.example/v1/",
    "ANTHROPIC_COMPACT_URL": "https://ali.example/apps/anthropic/v1",
    "AZURE_RESOURCE_NAME": "shop",
    "AZURE_DEPLOYMENT_NAME": "gpt",
    "AZURE_API_VERSION": "2024-10-21",
}

URLS = {
    "forge": "https://antinomy.ai/api/v1/chat/completions",
    "deepseek": "https://api.deepseek.com/chat/completions",
    "open_router": "https://openrouter.ai/api/v1/chat/completions",
    "requesty": "https://router.requesty.ai/v1/chat/completions",
    "vivgrid": "https://api.vivgrid.com/v1/responses",
    "xai": "https://api.x.ai/v1/chat/completions",
    "openai": "https://api.openai.com/v1/chat/completions",
    "openai_compatible": "http://127.0.0.1:9/v1/chat/completions",
    "kimi_coding": "https://api.kimi.com/coding/v1/chat/completions",
    "openai_responses_compatible": "http://127.0.0.1:9/v1/responses",
    "anthropic": "https://api.anthropic.com/v1/messages",
    "anthropic_compatible": "https://claude.example/v1/messages",
    "cerebras": "https://api.cerebras.ai/v1/chat/completions",
    "zai": "https://api.z.ai/api/paas/v4/chat/completions",
    "zai_coding": "https://api.z.ai/api/coding/paas/v4/chat/completions",
    "big_model": "https://open.bigmodel.cn/api/paas/v4/chat/completions",
    "azure": "https://shop.openai.azure.com/openai/deployments/gpt/chat/completions"
    "?api-version=2024-10-21",
    "llama_cpp": "http://127.0.0.1:8080/v1/chat/completions",
    "vllm": "http://127.0.0.1:8000/v1/chat/completions",
    "jan_ai": "http://127.0.0.1:1337/v1/chat/completions",
    "ollama": "http://127.0.0.1:11434/v1/chat/completions",
    "lm_studio": "http://127.0.0.1:1234/v1/responses",
    "io_intelligence": "https://api.intelligence.io.solutions/api/v1/chat/completions",
    "minimax": "https://api.minimax.io/anthropic/v1/messages",
    "alibaba_coding": "https://ali.example/apps/anthropic/v1/messages",
    "novita": "https://api.novita.ai/openai/v1/chat/completions",
    "fireworks-ai": "https://api.fireworks.ai/inference/v1/chat/completions",
    "fireworks-ai-firepass": "https://api.fireworks.ai/inference/v1/chat/completions",
    "modal": "https://api.us-west-2.modal.direct/v1/chat/completions",
    "adal": "https://api.sylph.ai/v1/chat/completions",
    "xiaomi_mimo": "https://token-plan-sgp.xiaomimimo.com/v1/chat/completions",
    "nvidia": "https://integrate.api.nvidia.com/v1/chat/completions",
    "codegraff": "https://gateway.codegraff.com/v1/chat/completions",
}

UNSUPPORTED = {
    "github_copilot": "openai",
    "claude_code": "anthropic",
    "vertex_ai": "openai_compatible",
    "forge_services": "anthropic",
    "bedrock": "open_router",
    "vertex_ai_anthropic": "anthropic",
    "google_ai_studio": "https://generativelanguage.googleapis.com/v1beta/openai",
    "codex": "openai",
    "opencode_zen": "https://opencode.ai/zen/v1",
    "opencode_go": "https://opencode.ai/zen/go/v1",
}


def test_all_43_rows_are_there() -> None:
    assert _rows().keys() == URLS.keys() | UNSUPPORTED.keys()
    assert len(_rows()) == 43


@pytest.mark.parametrize("provider_id", URLS)
def test_addresses(provider_id: str) -> None:
    endpoint = resolve(provider_id, GIVEN)
    assert endpoint.url == URLS[provider_id]
    assert URLS[provider_id].startswith(endpoint.origin + "/")
    path = {"chat": "/chat/completions", "responses": "/responses", "anthropic": "/messages"}
    assert path[endpoint.wire] in endpoint.url
    assert endpoint.models_url.startswith(endpoint.origin + "/")
    assert "/models" in endpoint.models_url


@pytest.mark.parametrize("provider_id", UNSUPPORTED)
def test_rows_that_are_not_supported_name_a_way_around(provider_id: str) -> None:
    with pytest.raises(UsageError, match=r"^\S+ is not supported yet$") as raised:
        resolve(provider_id, GIVEN)
    assert UNSUPPORTED[provider_id] in raised.value.hint


def test_who_is_offered() -> None:
    offered = [row.id for row in providers()]
    assert "forge" not in offered and "forge_services" not in offered
    assert len(offered) == 41
    assert {row.id for row in providers() if row.local} == {
        "ollama",
        "lm_studio",
        "llama_cpp",
        "vllm",
        "jan_ai",
    }
    assert provider("forge").hidden


def test_key_variables() -> None:
    assert provider("vivgrid").key_variables == ("VIVGRID_KEY",)
    assert provider("fireworks-ai-firepass").key_variables == ("FIREWORKS_AI_FIREPASS_API_KEY",)
    for row in providers():
        assert row.key_variables or row.id == "bedrock"


def test_how_keys_are_sent() -> None:
    assert resolve("openai").headers("k") == {"Authorization": "Bearer k"}
    assert resolve("azure", GIVEN).headers("k") == {"api-key": "k"}
    assert resolve("minimax").headers("k") == {
        "x-api-key": "k",
        "anthropic-version": "2023-06-01",
    }


def test_an_unknown_provider_and_a_near_one() -> None:
    with pytest.raises(NotFoundError) as raised:
        provider("openrouter")
    assert "open_router" in raised.value.hint
    with pytest.raises(NotFoundError):
        resolve("zzzzzz")


@pytest.mark.parametrize("provider_id", ["openai_compatible", "azure", "alibaba_coding"])
def test_a_missing_value_is_named(provider_id: str) -> None:
    with pytest.raises(UsageError) as raised:
        resolve(provider_id, {})
    assert provider(provider_id).parameters[0].name in raised.value.message


def test_the_environment_is_asked_when_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_URL", "https://models.example/v1")
    assert resolve("openai_compatible").origin == "https://models.example"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://h/v1", "https://h/v1/chat/completions"),
        ("https://h/v1/", "https://h/v1/chat/completions"),
        (" https://h/v1\n", "https://h/v1/chat/completions"),
        ("https://h/v1/chat/completions", "https://h/v1/chat/completions"),
        ("http://[::1]:8080", "http://[::1]:8080/chat/completions"),
        ("HTTPS://H/v1", None),
        ("https://h", "https://h/chat/completions"),
        ("h/v1", None),
        ("ftp://h", None),
        ("https://user:pw@h/v1", None),
        ("https://h/v1?x=1", None),
        ("https://h/v1#x", None),
        ("https://h/v 1", None),
        ("https://h/v1\r\nX: y", None),
        ("https://h:99999/v1", None),
        ("https:///v1", None),
        ("https://é.example/v1", None),
        ("javascript:alert(1)", None),
    ],
)
def test_base_addresses(value: str, url: str | None) -> None:
    if url is None:
        with pytest.raises(UsageError, match="OPENAI_URL is not a web address"):
            resolve("openai_compatible", {"OPENAI_URL": value})
    else:
        assert resolve("openai_compatible", {"OPENAI_URL": value}).url == url


@pytest.mark.parametrize("value", ["evil.example/#", "a/b", "a b", "a@b", "é", "a?b", "a\\b"])
def test_values_cannot_lead_elsewhere(value: str) -> None:
    with pytest.raises(UsageError):
        resolve("azure", GIVEN | {"AZURE_RESOURCE_NAME": value})


def test_options() -> None:
    assert "api.minimaxi.com" in resolve("minimax", {"HOSTNAME": "api.minimaxi.com"}).url
    with pytest.raises(UsageError, match="CLUSTER"):
        resolve("xiaomi_mimo", {"CLUSTER": "evil.example"})
    with pytest.raises(UsageError, match="SSL_SCHEME"):
        resolve("ollama", {"OLLAMA_SSL_SCHEME": "ftp"})


def test_the_machine_s_own_name_is_no_choice_of_minimax() -> None:
    assert "api.minimax.io" in resolve("minimax", {"HOSTNAME": "my-laptop"}).url


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ({}, "http://127.0.0.1:11434"),
        ({"OLLAMA_HOST": "gpu.lan"}, "http://gpu.lan:11434"),
        ({"OLLAMA_HOST": "gpu.lan:99"}, "http://gpu.lan:99"),
        ({"OLLAMA_HOST": "https://gpu.lan:99"}, "https://gpu.lan:99"),
        ({"OLLAMA_HOST": "0.0.0.0"}, "http://127.0.0.1:11434"),
        ({"OLLAMA_HOST": "0.0.0.0:5"}, "http://127.0.0.1:5"),
        ({"OLLAMA_HOST": "[::1]:5"}, "http://[::1]:5"),
        ({"OLLAMA_URL": "http://gpu.lan:7"}, "http://gpu.lan:7"),
        ({"OLLAMA_HOST": "a", "OLLAMA_PORT": "8"}, "http://a:8"),
        ({"OLLAMA_SSL_SCHEME": "https"}, "https://127.0.0.1:11434"),
    ],
)
def test_hosts_as_they_are_written_in_the_wild(given: dict[str, str], origin: str) -> None:
    assert resolve("ollama", given).origin == origin


@pytest.mark.parametrize(
    "given",
    [
        {"OLLAMA_HOST": "a b"},
        {"OLLAMA_HOST": "http://"},
        {"OLLAMA_HOST": "h:port"},
        {"OLLAMA_PORT": "0"},
        {"OLLAMA_PORT": "65536"},
        {"OLLAMA_PORT": "x"},
        {"OLLAMA_HOST": "user@h"},
    ],
)
def test_hosts_that_are_none(given: dict[str, str]) -> None:
    if given == {"OLLAMA_HOST": "user@h"}:
        assert resolve("ollama", given).origin == "http://h:11434"
        return
    with pytest.raises(UsageError):
        resolve("ollama", given)


def test_the_package_s_face_brings_no_http_and_no_tls() -> None:
    code = (
        "import sys, grafftui.models;"
        "print([m for m in ('ssl', 'http.client', 'httpx2', 'genai_prices', 'pydantic_core')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
