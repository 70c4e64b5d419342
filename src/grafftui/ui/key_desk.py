"""What the keys screen asks of the core, off the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grafftui.cancellation import Cancellation
from grafftui.errors import UsageError
from grafftui.ui.screens.keys import KeyRow

if TYPE_CHECKING:
    from grafftui.core import Graff

_URL_PARAMETERS = {
    "openai_compatible": "OPENAI_URL",
    "openai_responses_compatible": "OPENAI_URL",
    "anthropic_compatible": "ANTHROPIC_URL",
}


class CoreKeyDesk:
    """The `KeyDesk` of a `Graff`. Every method may raise `GrafftuiError`."""

    def __init__(self, graff: Graff) -> None:
        self._graff = graff

    async def list(self) -> Sequence[KeyRow]:
        """The keys there are, without their values."""
        return await asyncio.to_thread(self._list)

    async def set(self, provider: str, key: str, url: str) -> None:
        """Store a key in the keyring; `url` is for providers that are told where they are."""
        pairs: list[list[str]] = []
        if url:
            if provider not in _URL_PARAMETERS:
                raise UsageError(
                    f"{provider} has an address of its own", hint="leave the URL empty"
                )
            pairs.append([_URL_PARAMETERS[provider], url])
        await asyncio.to_thread(self._graff.upsert_credential, provider, key, pairs)

    async def remove(self, provider: str) -> None:
        """Forget a key."""
        await asyncio.to_thread(self._graff.remove_credential, provider)

    async def test(self, provider: str) -> str:
        """Send one cheap request with it; returns what to say when it works."""
        from grafftui.core import Connections
        from grafftui.sandboxes.lasting.clouds.accounts import FOR_SANDBOXES_ONLY

        if provider in FOR_SANDBOXES_ONLY:
            await asyncio.to_thread(self._graff.list_sandboxes, engine=provider)
            return f"{provider} accepts the key."
        models = self._graff.models
        if not isinstance(models, Connections):
            raise UsageError("the tour needs no keys")
        await asyncio.to_thread(models.check, provider, Cancellation())
        return f"{provider} accepts the key."

    async def status(self) -> str:
        """Which keyring there is, or what is wrong with it."""
        status = await asyncio.to_thread(self._graff.vault.status)
        return status.message if status.usable else f"{status.message} {status.hint}"

    def _list(self) -> Sequence[KeyRow]:
        from grafftui.models import providers
        from grafftui.models.key_names import key_names
        from grafftui.sandboxes.lasting.clouds.accounts import FOR_SANDBOXES_ONLY

        addresses = self._graff.settings.url_parameters
        env_vars = {
            row.id: key_names(row, {**os.environ, **addresses.get(row.id, {})})
            for row in providers()
        }
        env_vars |= {row.id: row.key_variables for row in FOR_SANDBOXES_ONLY.values()}
        present = {
            provider: names
            for provider, names in env_vars.items()
            if any(os.environ.get(name) for name in names)
        }
        return [
            KeyRow(info.provider_id, info.source, info.label, info.origin or "")
            for info in self._graff.vault.list(env_vars=present)
        ]
