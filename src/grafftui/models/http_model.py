"""From a provider and a model's name to a model that answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grafftui.cancellation import Cancellation
from grafftui.errors import UsageError
from grafftui.models.catalogue import Endpoint, resolve
from grafftui.models.exchange import Exchange
from grafftui.models.headers import request_headers, speaker_for, usable_key
from grafftui.models.prices import context_window
from grafftui.models.request import ModelRequest
from grafftui.models.stream import Delta
from grafftui.models.transport import PATIENT, HttpRequest, Timeouts
from grafftui.models.wires import Wire, wire_for
from grafftui.models.wires.traits import openai_reasons


def connect(
    provider_id: str,
    model_id: str,
    key: str | None,
    params: Mapping[str, str] | None = None,
    *,
    timeouts: Timeouts | None = None,
) -> HttpModel:
    """A model ready to be asked. Sends nothing yet.

    Args:
        provider_id: A row of the catalogue.
        model_id: The model's id, as the provider writes it.
        key: The key; None for servers on one's own machine that need none.
        params: Values for the provider's address by name; None for the environment.
        timeouts: How long to wait; None for the usual, which are longer for local servers.

    Raises:
        NotFoundError: There is no such provider.
        UsageError: It is not supported yet, its address is incomplete, or no model is named.
        AuthenticationError: The key is missing or cannot be one.
    """
    endpoint = resolve(provider_id, params)
    model_id = model_id.strip()
    if not model_id or not model_id.isprintable():
        raise UsageError(f"{provider_id}: no model is named", hint="name one with --model")
    if endpoint.responses_url and openai_reasons(model_id):
        # Chat completions take no tools together with reasoning from GPT-5.4 on.
        endpoint = replace(endpoint, url=endpoint.responses_url, wire="responses")
    if timeouts is None:
        timeouts = PATIENT if endpoint.local else Timeouts()
    return HttpModel(
        endpoint,
        model_id,
        usable_key(endpoint, key),
        wire_for(endpoint.wire, provider_id),
        timeouts,
    )


@dataclass(frozen=True, slots=True)
class HttpModel:
    """A model behind one of the three wire formats; satisfies `Model`."""

    endpoint: Endpoint
    model_id: str
    _key: str
    _wire: Wire
    _timeouts: Timeouts

    def __repr__(self) -> str:
        return f"HttpModel({self.provider_id!r}, {self.model_id!r})"

    @property
    def provider_id(self) -> str:
        """Id of the provider, as in the catalogue."""
        return self.endpoint.provider_id

    @property
    def context_window(self) -> int | None:
        """Tokens that fit in one request and its answer; None when not known."""
        return context_window(self.provider_id, self.model_id)

    def stream(self, request: ModelRequest, cancellation: Cancellation) -> Iterator[list[Delta]]:
        """Send `request` and yield what comes back; see `Model.stream`."""
        speaker = speaker_for(self.endpoint, self._key)
        headers = request_headers(self.endpoint, self._key)
        exchange = Exchange(
            speaker,
            HttpRequest("POST", self.endpoint.url, headers, _json(self._wire.body(request))),
            self._timeouts,
            self._wire.decoder(request, speaker),
        )
        return exchange.batches(cancellation)


def _json(body: dict[str, Any]) -> bytes:
    """`body` as JSON. Halves of characters, as file names may hold them, become question marks.

    A long conversation's body is megabytes; pydantic writes it in a third of the time.
    """
    from pydantic_core import PydanticSerializationError, to_json

    try:
        return to_json(body)
    except PydanticSerializationError:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
