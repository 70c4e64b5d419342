"""Which hosts may be asked for a page: public ones, whatever way the address is written."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from grafftui.tools.base import ToolFailure

if TYPE_CHECKING:
    from httpx2 import URL

Address = IPv4Address | IPv6Address
AddressCheck = Callable[[Address], bool]
"""Whether a connection to the address is allowed."""
Resolver = Callable[[str, int], Sequence[Address]]
"""Host name and port → its addresses. Raises OSError."""

_MAX_URL_CHARS = 8_000
_NAT64 = IPv6Network("64:ff9b::/96")
_METADATA = frozenset((IPv4Address("168.63.129.16"),))  # Azure's, the one that looks public
_LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "onion")


def is_public(address: Address) -> bool:
    """Whether `address` is one of the open Internet: not loopback, private, link-local (where
    clouds keep their metadata), shared, multicast, reserved, nor one of those in disguise."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour or address.teredo or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and address not in _METADATA


def resolve(host: str, port: int) -> list[Address]:
    """The addresses of `host`, as the system resolves them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def parsed_url(text: str) -> URL:
    """The URL in `text`, with the host in lower case, IDNA-encoded, and without a final dot.

    Raises:
        ToolFailure: It is none that may be fetched.
    """
    from httpx2 import URL, InvalidURL

    if len(text) > _MAX_URL_CHARS:
        raise ToolFailure(f"The URL has more than {_MAX_URL_CHARS:,} characters.")
    if any(character.isspace() or character == "\\" for character in text.strip()):
        raise ToolFailure(f"{text!r} is not a URL: it holds white space or a backslash.")
    try:
        url = URL(text.strip())
        host = url.raw_host.decode("ascii").rstrip(".")
    except (InvalidURL, ValueError) as error:
        raise ToolFailure(f"{text!r} is not a URL: {error}") from error
    if url.scheme not in ("http", "https"):
        raise ToolFailure(f"{text!r}: only http and https are fetched.")
    if url.userinfo:
        raise ToolFailure(f"{text!r} holds a user name or password; give the plain URL.")
    if not _is_host(host) or not 0 < (url.port or 80) < 65_536:
        raise ToolFailure(f"{text!r} names no host that can be fetched from.")
    return url.copy_with(host=host, fragment=None)


def literal_address(host: str) -> Address | None:
    """The address `host` is, if it is one and not a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_host(host: str) -> bool:
    if not host or len(host) > 253:
        return False
    if literal_address(host):
        return True
    labels = host.split(".")
    if not all(label and label.replace("-", "").replace("_", "").isalnum() for label in labels):
        return False
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        return False  # 127.1, 0x7f.1, 2130706433: numbers that some take for addresses
    return not any(host == name or host.endswith("." + name) for name in _LOCAL_NAMES)


def refuse_address(host: str, address: Address) -> ToolFailure:
    """Why `address` is not connected to."""
    where = host if host == str(address) else f"{host} ({address})"
    return ToolFailure(f"{where} is no public address; pages are only fetched from those.")
