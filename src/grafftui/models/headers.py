"""What every request carries besides its body."""

from __future__ import annotations

from grafftui import __version__
from grafftui.errors import AuthenticationError
from grafftui.models.api_key import validate_key
from grafftui.models.catalogue import Endpoint, provider
from grafftui.models.faults import Speaker

LOCAL_KEY = "local"
"""Sent to servers on one's own machine when there is no key: some insist on a header."""


def usable_key(endpoint: Endpoint, key: str | None) -> str:
    """The key as it will be sent.

    Raises:
        AuthenticationError: There is none where one is needed, or it cannot be one.
    """
    if key is not None:
        return validate_key(key)
    if endpoint.local:
        return LOCAL_KEY
    names = provider(endpoint.provider_id).key_variables
    raise AuthenticationError(
        f"there is no key for {endpoint.provider_id}",
        hint=f"set {names[0]}, or run `grafftui keys set {endpoint.provider_id}`",
    )


def speaker_for(endpoint: Endpoint, key: str) -> Speaker:
    """Who is asked, as messages name them."""
    return Speaker(endpoint.provider_id, endpoint.host, "" if key == LOCAL_KEY else key)


def request_headers(endpoint: Endpoint, key: str) -> dict[str, str]:
    """Headers of a request to `endpoint`. Nothing in them tells who asks, but the key."""
    return {
        "Content-Type": "application/json",
        "User-Agent": f"grafftui/{__version__}",
        **endpoint.headers(key or (LOCAL_KEY if endpoint.local else "")),
    }
