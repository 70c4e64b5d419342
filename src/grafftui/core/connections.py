"""From what was asked for (a provider, a model, or neither) to a model that answers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from grafftui.cancellation import Cancellation
from grafftui.errors import AuthenticationError, KeyringError, UsageError
from grafftui.keys import Key, KeyVault
from grafftui.models import (
    Delta,
    Model,
    ModelInfo,
    ModelRequest,
    Provider,
    check_key,
    connect,
    find_local_servers,
    list_models,
    provider,
    providers,
    resolve,
)
from grafftui.models.dialling import is_loopback
from grafftui.models.headers import LOCAL_KEY
from grafftui.models.key_names import key_names, redirected
from grafftui.settings.settings import Settings
from grafftui.text.redact import secrets

_TAKE_THE_FIRST: Final = frozenset(
    {"openai_compatible", "openai_responses_compatible", "anthropic_compatible"}
)
"""Providers that usually serve one model, so that naming it is not asked for."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A provider and one of its models; "" for what is left open until it is needed."""

    provider_id: str
    model_id: str

    def __str__(self) -> str:
        return f"{self.provider_id}/{self.model_id}"


class ModelSource(Protocol):
    """Where a turn's model comes from."""

    def choose(self, provider_id: str | None, model_id: str | None) -> ModelChoice:
        """What is named, completed as far as that can be told at once. Asks nobody."""
        ...

    def connect(self, choice: ModelChoice, *, fresh_key: bool = False) -> Model:
        """The model, ready to be asked; what `choice` leaves open is settled here.

        Args:
            fresh_key: Read its key again. When that has not changed the model is the same
                object as before.
        """
        ...


class Connections:
    """The catalogue's providers with the person's keys.

    Args:
        vault: Holds the keys.
        settings: Says which provider and model are preferred, how large contexts are, and
            gives URL parameters.
        environ: Where keys and URL parameters are looked up.
    """

    def __init__(
        self,
        vault: KeyVault,
        settings: Settings,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._vault = vault
        self.settings = settings
        self._environ = os.environ if environ is None else environ
        self._connected: dict[ModelChoice, tuple[object, Model]] = {}
        for row in reversed(providers()):  # known before anything is kept or sent
            for name in row.key_variables:
                secrets.add_secret(self._environ.get(name, ""), row.id)

    def choose(self, provider_id: str | None, model_id: str | None) -> ModelChoice:
        """What is named, else what the settings and `OPENAI_URL`/`ANTHROPIC_URL` say.

        Raises:
            NotFoundError: There is no such provider.
            UsageError: It is not supported, or its address cannot be told.
        """
        settings = self.settings
        chosen = provider_id or settings.provider or self._provider_with_url()
        if model_id is None and chosen == settings.provider:
            model_id = settings.model
        if chosen:
            resolve(chosen, self._parameters(chosen))
        return ModelChoice(chosen, model_id or "")

    def connect(self, choice: ModelChoice, *, fresh_key: bool = False) -> Model:
        """The model of `choice`; what that leaves open is what is there. May take seconds.

        Raises:
            UsageError: No provider can be told, or it serves several models and none is named.
            AuthenticationError: There is no key for it.
            KeyringError: The keyring is locked or silent.
        """
        provider_id = choice.provider_id or self._provider_at_hand()
        if fresh_key:
            self._vault.forget_cache(provider_id)
        choice = ModelChoice(provider_id, choice.model_id or self._only_model(provider_id))
        parameters = self._parameters(provider_id)
        key = self._key_text(provider_id)
        basis = (resolve(provider_id, parameters), key, self.settings)
        before, model = self._connected.get(choice, (None, None))
        if model is None or before != basis:
            model = connect(provider_id, choice.model_id, key, parameters)
            model = self._sized(model)
            self._connected[choice] = (basis, model)
        return model

    def models(self, provider_id: str, cancellation: Cancellation) -> list[ModelInfo]:
        """The models `provider_id` offers, by request."""
        key, parameters = self._key_text(provider_id), self._parameters(provider_id)
        return list_models(provider_id, key, parameters, cancellation)

    def check(self, provider_id: str, cancellation: Cancellation) -> None:
        """Send one cheap request with the stored key. Raises what is wrong with it."""
        key, parameters = self._key_text(provider_id), self._parameters(provider_id)
        check_key(provider_id, key, parameters, cancellation)

    def usable_providers(self) -> list[str]:
        """Ids of the providers there is a key for, without asking any of them."""
        try:
            keys = self._vault.list()
        except KeyringError:
            keys = self._vault.list(stored=False)  # said when a key is needed
        stored = {info.provider_id for info in keys}
        return [
            row.id
            for row in providers()
            if row.id in stored or any(self._environ.get(name) for name in self._key_names(row))
        ]

    def key(self, provider_id: str) -> Key | None:
        """The key for `provider_id`; None for servers on this machine that need none.

        Raises:
            AuthenticationError: There is none, or it cannot be one, or is for another address.
            KeyringError: The keyring is locked or silent.
        """
        row = provider(provider_id)
        endpoint = resolve(provider_id, self._parameters(provider_id))
        needed = not (row.local or is_loopback(endpoint.hostname))
        try:
            names = self._key_names(row)
            key = self._vault.get(provider_id, env_vars=names, origin=endpoint.origin)
        except KeyringError:
            if needed:
                raise
            return None
        if key is None and needed:
            raise _no_key(row, redirected(row, self._environ))
        return key

    def _key_names(self, row: Provider) -> tuple[str, ...]:
        return key_names(row, self._parameters(row.id))

    def _key_text(self, provider_id: str) -> str:
        """What is sent as the key."""
        key = self.key(provider_id)
        return key.value if key else LOCAL_KEY

    def _parameters(self, provider_id: str) -> Mapping[str, str]:
        return {**self._environ, **self.settings.url_parameters.get(provider_id, {})}

    def _sized(self, model: Model) -> Model:
        """`model` with the context window the person says it has, if they do."""
        window = self.settings.context_window.get(model.model_id)
        return model if window is None else _Sized(model, window)

    def _provider_with_url(self) -> str:
        if self._environ.get("OPENAI_URL"):
            return "openai_compatible"
        return "anthropic_compatible" if self._environ.get("ANTHROPIC_URL") else ""

    def _provider_at_hand(self) -> str:
        if usable := self.usable_providers():
            return usable[0]
        if local := find_local_servers():
            return local[0].provider_id
        raise UsageError(
            "no model provider is set up",
            hint="set a key such as ANTHROPIC_API_KEY, run `grafftui keys set anthropic`,"
            " or start a local server such as ollama",
        )

    def _only_model(self, provider_id: str) -> str:
        models = self.models(provider_id, Cancellation())
        if models and (
            len(models) == 1 or provider_id in _TAKE_THE_FIRST or provider(provider_id).local
        ):
            return models[0].id
        names = ", ".join(model.id for model in models[:8]) or "none listed"
        raise UsageError(
            f"{provider_id}: no model is chosen",
            hint=f"name one with --model or in the settings; it offers: {names}",
        )


@dataclass(frozen=True, slots=True)
class _Sized:
    """A model whose context window the person knows better."""

    _model: Model
    context_window: int

    @property
    def provider_id(self) -> str:
        return self._model.provider_id

    @property
    def model_id(self) -> str:
        return self._model.model_id

    def stream(self, request: ModelRequest, cancellation: Cancellation) -> Iterator[list[Delta]]:
        return self._model.stream(request, cancellation)


def _no_key(row: Provider, redirected: str) -> AuthenticationError:
    variable = row.key_variables[0] if row.key_variables else ""
    if redirected:
        return AuthenticationError(
            f"there is no key for {row.id}",
            hint=f"{variable} goes to {redirected} only: unset that,"
            f" or run `grafftui keys set {row.id}`",
        )
    ways = [f"set {variable}"] if variable else []
    ways.append(f"run `grafftui keys set {row.id}`")
    return AuthenticationError(f"there is no key for {row.id}", hint=" or ".join(ways))
