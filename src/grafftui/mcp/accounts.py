"""Being signed in to a server: what is kept of it, under which name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Final, Protocol

from grafftui.mcp.config import Server
from grafftui.text.redact import secrets

MOST_CHARACTERS: Final = 65_536
"""Of what a server may have kept."""


class SignIns(Protocol):
    """Keeps what servers gave to those who signed in. Every method may raise `KeyringError`."""

    def require(self) -> None:
        """Raise `KeyringError`, with a hint, where nothing can be kept."""
        ...

    def read(self, account: str) -> str | None:
        """What is kept for an account, or None."""
        ...

    def write(self, account: str, text: str) -> None:
        """Keep it, in the place of what was there."""
        ...

    def delete(self, account: str) -> bool:
        """Forget it; whether there was anything."""
        ...

    def lock(self, account: str) -> Callable[[], None]:
        """Be the only one, of all processes, who renews an account. Returns what ends that."""
        ...


@dataclass(frozen=True, slots=True)
class SignIn:
    """What came of a sign-in.

    Attributes:
        tokens: As the server gave them: JSON of an `OAuthToken`.
        expires_at: Unix seconds when the access token ends; None if that was not said.
        client: Who we are to the server: JSON of an `OAuthClientInformationFull`.
        metadata: Of the server that gives tokens: JSON of an `OAuthMetadata`, or "".
        resource: Of what they are for: JSON of a `ProtectedResourceMetadata`, or "".
    """

    tokens: str = field(repr=False)
    expires_at: float | None
    client: str = field(repr=False)
    metadata: str = ""
    resource: str = ""

    def to_text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), separators=(",", ":"))


def sign_in_of(text: str) -> SignIn | None:
    """What was kept, or None if that is none. From here on nothing shows its secrets."""
    try:
        found = SignIn(**json.loads(text))
        for said in (found.tokens, found.client):
            _hide(json.loads(said))
    except (TypeError, ValueError, AttributeError):
        return None
    return found


def _hide(said: dict[str, object]) -> None:
    for name in ("access_token", "refresh_token", "client_secret"):
        value = said.get(name)
        if isinstance(value, str):
            secrets.add_secret(value, "mcp-sign-in")


def account_of(server: Server) -> str:
    """The name a sign-in is kept under: another address, or way to sign in, is another account."""
    what = json.dumps([server.name, server.url, server.oauth and asdict(server.oauth)])
    return hashlib.sha256(what.encode()).hexdigest()[:32]


def may_sign_in(server: Server) -> bool:
    """Whether there is anything to sign in to: headers may say who we are already."""
    known = any(name.lower() == "authorization" for name, _ in server.headers)
    return bool(server.url) and server.oauth is not False and not known
