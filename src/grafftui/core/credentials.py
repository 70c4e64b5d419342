"""The person's keys, as the SDK stores and forgets them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from grafftui.core.connections import Connections, ModelSource
from grafftui.errors import KeyringError, NotFoundError, UsageError
from grafftui.keys import KeyVault, origin_of
from grafftui.models import resolve
from grafftui.settings.paths import Paths
from grafftui.settings.settings import Settings


@dataclass(slots=True)
class Credentials:
    """Keys go to the vault, addresses to the settings."""

    vault: KeyVault
    models: ModelSource
    paths: Paths
    settings: Settings

    def upsert(
        self, provider_id: str, api_key: str, extra_params: Sequence[Sequence[str]] | None
    ) -> None:
        """Keep a key in the OS keyring, for the provider's address. See `Graff`."""
        parameters = _pairs(extra_params)
        origin = self.origin(provider_id, parameters)
        if parameters:
            self.take(self.settings.with_url_parameters(provider_id, parameters, self.paths))
        self.vault.set(provider_id, api_key, origin=origin)

    def keep_for_now(self, provider_id: str, api_key: str) -> list[str]:
        """Keep a key in the keyring, else for this process; returns what to say of that."""
        try:
            self.upsert(provider_id, api_key, None)
        except KeyringError as error:
            origin = self.origin(provider_id, {})
            self.vault.set(provider_id, api_key, origin=origin, persist=False)
            return [f"The key for {provider_id} is kept for this process only: {error}."]
        return []

    def take(self, settings: Settings) -> None:
        """These are the settings from now on."""
        self.settings = settings
        if isinstance(self.models, Connections):
            self.models.settings = settings

    def remove(self, provider_id: str) -> None:
        """Forget a provider's key. Raises `NotFoundError` when there is none."""
        if not self.vault.remove(provider_id):
            raise NotFoundError(f"no key is stored for {provider_id}")

    def origin(self, provider_id: str, parameters: dict[str, str]) -> str:
        """Where the key will be sent; it is never sent anywhere else.

        Raises:
            NotFoundError: No such provider.
            UsageError: Its address lacks something, or it is not supported.
        """
        from grafftui.sandboxes.lasting.clouds.accounts import FOR_SANDBOXES_ONLY

        if account := FOR_SANDBOXES_ONLY.get(provider_id):
            return origin_of(account.address(os.environ))
        kept = self.settings.url_parameters.get(provider_id, {})
        return resolve(provider_id, {**os.environ, **kept, **parameters}).origin


def _pairs(extra_params: Sequence[Sequence[str]] | None) -> dict[str, str]:
    pairs = list(extra_params or ())
    if any(isinstance(pair, str) or len(pair) != 2 for pair in pairs):
        raise UsageError("extra_params entries must be [name, value] pairs")
    return {str(name): str(value) for name, value in pairs}
