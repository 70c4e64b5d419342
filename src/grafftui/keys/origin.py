"""The part of an address that a key is bound to."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from grafftui.errors import UsageError

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.ASCII)


def origin_of(url: str) -> str:
    """Scheme, host and port of `url`, in one spelling: "https://api.openai.com".

    Path, user and a default port are left out, letters are lower case, so that two spellings
    of one origin are equal.

    Raises:
        UsageError: Not an http or https address.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        scheme, host, port = "", "", None
    host = host.removesuffix(".")
    if scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        raise UsageError(
            "the provider's address is not an http(s) address",
            hint="write it like https://gateway.example.com",
        )
    if ":" in host:
        host = f"[{host}]"
    return (
        f"{scheme}://{host}"
        if port in (None, _DEFAULT_PORTS[scheme])
        else (f"{scheme}://{host}:{port}")
    )
