"""Which models a provider offers, whether a key is good, and who serves on this machine."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from grafftui.cancellation import Cancellation
from grafftui.errors import GrafftuiError
from grafftui.models.catalogue import Endpoint, providers, resolve
from grafftui.models.dialling import is_loopback
from grafftui.models.errors import BadResponse, RequestRejected
from grafftui.models.fetching import fetch_json
from grafftui.models.headers import request_headers, speaker_for, usable_key
from grafftui.models.transport import HttpRequest, Timeouts

_WINDOW_NAMES = (
    "context_length",  # OpenRouter, Requesty
    "context_window",
    "max_context_length",
    "max_model_len",  # vLLM
    "max_input_tokens",  # Anthropic
    "context_size",  # Novita
)
_NOT_FOR_CHAT = re.compile(
    r"embedding|tts|whisper|dall-e|image|audio|realtime|moderation|transcribe|sora"
    r"|davinci|babbage|instruct|computer-use"
)
_MODEL_ID = re.compile(r"[^\x00-\x20\x7f-\xa0]{1,200}")
_NO_LIST = (404, 405)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model on offer; `context_window` in tokens, None where the provider does not say."""

    id: str
    context_window: int | None = None


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server found on this machine, and what it serves."""

    provider_id: str
    models: tuple[ModelInfo, ...]


def list_models(
    provider_id: str,
    key: str | None,
    params: Mapping[str, str] | None,
    cancellation: Cancellation,
) -> list[ModelInfo]:
    """The models on offer, in the provider's order; empty when it has no list to give.

    Raises as `connect` and `Model.stream` do.
    """
    endpoint = resolve(provider_id, params)
    if not endpoint.models_url:
        return []
    try:
        value = _get(endpoint, endpoint.models_url, key, cancellation)
    except RequestRejected as error:
        if error.status in _NO_LIST:
            return []
        raise
    return _models_in(endpoint, value)


def check_key(
    provider_id: str,
    key: str | None,
    params: Mapping[str, str] | None,
    cancellation: Cancellation,
) -> None:
    """Send one request that costs nothing and return if the key is good.

    That is the list of models. A provider without one is asked for one token of a model that
    does not exist: it looks at the key first.

    Raises:
        AuthenticationError: The key is not usable, or rejected.
        ProviderError: The provider could not be asked.
    """
    endpoint = resolve(provider_id, params)
    address = endpoint.check_url or endpoint.models_url
    if address:
        try:
            _get(endpoint, address, key, cancellation)
            return
        except RequestRejected as error:
            if error.status not in _NO_LIST:
                raise
    body = {
        "model": "grafftui-key-check",
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 1,
    }
    if endpoint.wire == "responses":
        body = {"model": "grafftui-key-check", "input": "hi", "max_output_tokens": 16}
    speaker = speaker_for(endpoint, usable_key(endpoint, key))
    request = HttpRequest(
        "POST", endpoint.url, request_headers(endpoint, speaker.key), json.dumps(body).encode()
    )
    try:
        fetch_json(speaker, request, cancellation)
    except RequestRejected:
        return  # the model is unknown, so the key was not


def find_local_servers(timeout: float = 0.3) -> list[LocalServer]:
    """The servers that answer on this machine's usual ports, asked all at once.

    Args:
        timeout: Seconds each is given to connect, and to answer.
    """
    rows = [row.id for row in providers() if row.local]
    with ThreadPoolExecutor(len(rows), thread_name_prefix="local-server") as pool:
        found = pool.map(lambda provider_id: _probe(provider_id, timeout), rows)
    return [server for server in found if server is not None]


def _probe(provider_id: str, timeout: float) -> LocalServer | None:
    try:
        endpoint = resolve(provider_id, os.environ)
        if not is_loopback(endpoint.hostname):
            return None
        times = Timeouts(connect=timeout, first_byte=timeout, idle=timeout, total=3 * timeout)
        value = _get(endpoint, endpoint.models_url, None, Cancellation(), times)
        return LocalServer(provider_id, tuple(_models_in(endpoint, value)))
    except GrafftuiError:
        return None


def _get(
    endpoint: Endpoint,
    url: str,
    key: str | None,
    cancellation: Cancellation,
    timeouts: Timeouts | None = None,
) -> Any:
    speaker = speaker_for(endpoint, usable_key(endpoint, key))
    request = HttpRequest("GET", url, request_headers(endpoint, speaker.key))
    if timeouts is None:
        return fetch_json(speaker, request, cancellation)
    return fetch_json(speaker, request, cancellation, timeouts)


def _models_in(endpoint: Endpoint, value: Any) -> list[ModelInfo]:
    """Read a list of models, of the shapes in use; what is no model's name is left out."""
    rows = value.get("data", value.get("models")) if isinstance(value, dict) else value
    if rows is None and isinstance(value, dict) and "data" in value:
        rows = []  # a server that has none yet
    if not isinstance(rows, list):
        raise BadResponse(f"{speaker_for(endpoint, '')}: not a list of models")
    models = [info for row in rows if (info := _model_in(row))]
    if endpoint.provider_id == "openai":
        models = [info for info in models if not _NOT_FOR_CHAT.search(info.id)]
    return models


def _model_in(row: Any) -> ModelInfo | None:
    if not isinstance(row, dict):
        return None
    name = row.get("id") or row.get("name")
    if not isinstance(name, str) or not _MODEL_ID.fullmatch(name):
        return None
    windows = (row.get(field) for field in _WINDOW_NAMES)
    window = next((w for w in windows if type(w) is int and w > 0), None)
    return ModelInfo(name.removeprefix("models/"), window)
