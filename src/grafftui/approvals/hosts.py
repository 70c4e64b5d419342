"""Hosts of addresses, compared as they are connected to; and addresses that could carry secrets."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

LONGEST_QUERY: Final = 200
"""Characters of a query that go to a new host without a question."""

_PORTS: Final = {"http": 80, "https": 443}
_SHORTEST_PIECE: Final = 24
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{32,}")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Host:
    """A host that can be connected to.

    Attributes:
        name: In lower case, IDNA-encoded, without a final dot; an address in its usual form.
        port: Where on it; None for the usual ones of http and https.
    """

    name: str
    port: int | None = None

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port is None else f"{name}:{self.port}"

    @property
    def is_address(self) -> bool:
        """Whether it is an address and not a name."""
        return _address(self.name) is not None


def host_of(url: str) -> Host | None:
    """The host of `url`; None when it is no plain http or https address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not _is_plain(url, parts):
        return None
    name = _name(parts.hostname or "")
    return Host(name, None if port in (None, _PORTS[parts.scheme]) else port) if name else None


class HostRule:
    """The host in a rule: itself and what is below it; with `*.` before it only what is below.

    Args:
        text: `docs.python.org`, `*.example.com`, `example.com:8080`, `127.0.0.1`.

    Raises:
        ValueError: It is no host; the message says why.
    """

    def __init__(self, text: str) -> None:
        self._only_below = text.startswith("*.")
        given = text.removeprefix("*.")
        if "/" in given or "@" in given or not given.strip():
            raise ValueError("it is no host: write docs.python.org, without https:// and path")
        host = host_of(f"http://{given}")
        if host is None:
            raise ValueError("it is no host")
        self._host = host
        self._named_port = re.search(r":\d+$", given) is not None and not given.endswith("]")

    def allows(self, host: Host) -> bool:
        """Whether `host` is meant, on the ports that are."""
        return host.port == self._host.port and self._covers(host)

    def forbids(self, host: Host) -> bool:
        """Whether `host` is meant, on any port if the rule names none."""
        return (not self._named_port or host.port == self._host.port) and self._covers(host)

    def _covers(self, host: Host) -> bool:
        if not self._only_below and host.name == self._host.name:
            return True
        single = "." not in self._host.name  # `com` is not everything below com
        return not (single or host.is_address or self._host.is_address) and host.name.endswith(
            f".{self._host.name}"
        )


def telling(url: str) -> str:
    """Why `url` could carry a secret away, whatever its host; "" when nothing speaks for it."""
    from grafftui.text.redact import looks_like_key, secrets

    for spelling in _spellings(url):
        kind = looks_like_key(spelling)
        if kind is not None:
            return f"the address holds what looks like a secret ({kind})"
        for value in re.split(r"[/?&=#;,]", spelling):
            if len(value) - secrets.open_from(value, 0) >= _SHORTEST_PIECE:
                return "the address holds a part of a key that is in use"
    return ""


def decoded(url: str) -> str:
    """`url` as it reads, percent signs resolved."""
    return _decodings(url)[-1]


def long_query(url: str) -> str:
    """Why the query of `url` asks for a look, "" if it is short."""
    try:
        size = len(decoded(urlsplit(url).query))
    except ValueError:
        size = len(url)
    return f"sends {size} characters in its query to a new host" if size > LONGEST_QUERY else ""


def _is_plain(url: str, parts: SplitResult) -> bool:
    return (
        "@" not in parts.netloc
        and "%" not in parts.netloc
        and "\\" not in url
        and not any(c.isspace() or not c.isprintable() for c in url)
    )


def _name(host: str) -> str:
    host = host.removesuffix(".")
    address = _address(host)
    if address is not None:
        return str(address)
    if not host.isascii():
        host = _idna(host)
    host = host.lower()
    labels = host.split(".")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return ""
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        return ""  # 127.1, 0x7f.1, 2130706433: numbers that some take for addresses
    return host


def _idna(host: str) -> str:
    from httpx2 import URL, InvalidURL  # as the address is encoded when it is fetched

    try:
        return URL(f"http://{host}/").raw_host.decode("ascii").removesuffix(".")
    except (InvalidURL, ValueError):
        return ""


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _decodings(url: str) -> list[str]:
    """`url`, and what it is when percent signs are resolved, again and again."""
    found = [url]
    for _ in range(3):
        plain = unquote(found[-1], errors="replace")
        if plain == found[-1]:
            break
        found.append(plain)
    return found


def _spellings(url: str) -> list[str]:
    found = _decodings(url)
    for piece in _BASE64.findall(found[-1]):
        padded = piece.replace("-", "+").replace("_", "/")
        padded = padded[: len(padded) // 4 * 4]
        try:
            found.append(base64.b64decode(padded, validate=True).decode())
        except (binascii.Error, ValueError):
            continue
    return found
