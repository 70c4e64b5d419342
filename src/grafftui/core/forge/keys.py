"""ForgeCode's `.credentials.json`: an array of `{id, auth_details, url_params?}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from grafftui.core.credentials import Credentials
from grafftui.core.forge.files import read_bytes
from grafftui.core.forge.imported import ForgeItem, Outcome
from grafftui.errors import AuthenticationError, NotFoundError, UsageError
from grafftui.models.strict_json import loads

FILE_NAME: Final = ".credentials.json"
_MOST_BYTES: Final = 1024 * 1024
_MOST: Final = 1_000
_WAYS: Final = {
    "apikey": "",
    "oauthwithapikey": "",
    "oauth": "it signs in through a browser; sign in again, or set a key",
    "googleadc": "it signs in with Google's tools",
    "awsprofile": "it signs in with an AWS profile",
}
"""Kind of sign-in, in small letters without underscores → why it cannot be taken over."""


@dataclass(frozen=True, slots=True)
class ForgeKey:
    """A key of theirs.

    Attributes:
        value: The key; "" where there is none that could be used, and `why`.
        parameters: Of the provider's address.
    """

    provider_id: str
    value: str = field(repr=False)
    parameters: Mapping[str, str]
    why: str = ""


def read_keys(folder: Path) -> list[ForgeKey]:
    """The keys in the file, none without one.

    Raises:
        UsageError: It is no such file. Nothing it says is repeated: it holds keys.
    """
    path = folder / FILE_NAME
    content = read_bytes(path, _MOST_BYTES)
    if content is None:
        return []
    try:
        entries = loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8; nothing was imported") from None
    except ValueError:
        raise UsageError(f"{path}: is not JSON; nothing was imported") from None
    if not isinstance(entries, list) or len(entries) > _MOST:
        raise UsageError(f"{path}: is no list of credentials; nothing was imported")
    return [_key(path, place, entry) for place, entry in enumerate(entries, 1)]


def keep(key: ForgeKey, credentials: Credentials, *, dry_run: bool) -> ForgeItem:
    """Put a key into the keyring, unless there is one of that provider.

    Raises:
        KeyringError: The keyring is missing, locked or silent.
    """

    def item(outcome: Outcome, origin: str = "", why: str = "") -> ForgeItem:
        return ForgeItem("credential", key.provider_id, origin, outcome, why)

    if key.why:
        return item("skipped", why=key.why)
    try:
        origin = credentials.origin(key.provider_id, dict(key.parameters))
        known = credentials.vault.get(key.provider_id, env_vars=(), origin=origin)
        if known is not None:
            if known.value == key.value.strip():
                return item("known", origin)
            return item("skipped", origin, "another key is kept for it; it stays")
        if not dry_run:
            credentials.upsert(key.provider_id, key.value, list(key.parameters.items()))
    except (AuthenticationError, NotFoundError, UsageError) as error:
        return item("skipped", why=str(error))
    return item("imported", origin)


def _key(path: Path, place: int, entry: Any) -> ForgeKey:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise UsageError(f"{path}: entry {place} names no provider; nothing was imported")
    provider_id, details = entry["id"], entry.get("auth_details")
    if not isinstance(details, dict) or len(details) != 1:
        return ForgeKey(provider_id, "", {}, "it is kept in a form that is not known")
    ((kind, said),) = details.items()
    why = _WAYS.get(kind.replace("_", "").lower(), "it is kept in a form that is not known")
    value = said.get("api_key") if isinstance(said, dict) else said
    parameters = entry.get("url_params") or {}
    if not why and not isinstance(value, str):
        why = "it has no key"
    if not isinstance(parameters, dict) or not all(
        isinstance(text, str) for text in parameters.values()
    ):
        why = why or "its address is kept in a form that is not known"
        parameters = {}
    return ForgeKey(provider_id, "" if why else str(value), parameters, why)
