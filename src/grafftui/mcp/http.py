"""A server that is reached over HTTP, within limits of ours."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final

import anyio
import httpx2
from mcp.client.streamable_http import streamable_http_client

from grafftui.errors import SettingsError
from grafftui.mcp.config import Server
from grafftui.mcp.pace import Pace

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

MOST_BYTES: Final = 16 << 20
"""Of one answer, or of one event in a stream of them."""
CONNECT_SECONDS: Final = 15.0

_TEMPLATE: Final = re.compile(r"\{\{\s*\.env\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


def filled_in(server: Server, environment: Mapping[str, str]) -> dict[str, str]:
    """The headers of `server`, with `{{.env.NAME}}` replaced.

    Raises:
        SettingsError: A variable is not set, or holds what no header can.
    """
    return {name: _filled_in(server, name, text, environment) for name, text in server.headers}


def _filled_in(server: Server, header: str, text: str, environment: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        found = environment.get(name, "")
        if not found or re.search(r"[\0\r\n]", found):
            what = "holds what no header can" if found else "is not set"
            raise SettingsError(
                f"header {header} of {server.name}: the variable {name} {what}",
                hint="set it, and start the server again",
            )
        return found

    return _TEMPLATE.sub(value, text)


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine, as far as the address says."""
    host = httpx2.URL(url).host.rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback or address.is_unspecified


class Limited(httpx2.AsyncBaseTransport):
    """The network, with answers of bounded size, as they are.

    Nothing but the server itself is asked without TLS, and nothing on this machine is asked for
    a server that is elsewhere, whatever a server names as the place to sign in.

    Args:
        url: Where the server is.
        seconds: How long a stream of events may take that answers a request.

    Attributes:
        refused: Status of the last answer, if it said that the person has to sign in, or 0.
    """

    def __init__(self, url: str, seconds: float) -> None:
        self.refused = 0
        self._seconds = seconds
        self._own = httpx2.URL(url)
        self._is_local = is_loopback(url)
        self._within = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Part of `AsyncBaseTransport`."""
        if not self._may_ask(request.url):
            place = f"{request.url.scheme}://{request.url.host}"
            raise httpx2.ConnectError(f"it leads to {place}, which is not asked")
        response = await self._within.handle_async_request(request)
        self.refused = response.status_code if response.status_code in (401, 403) else 0
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.ReadError("the answer is compressed, which was not asked for")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        if kind != "text/event-stream":
            response.stream = _Bounded(response.stream)
        else:  # each event is bounded, not the whole
            seconds = math.inf if request.method == "GET" else self._seconds
            response.stream = _Paced(response.stream, seconds)
        return response

    def _may_ask(self, url: httpx2.URL) -> bool:
        own = self._own
        if (url.scheme, url.host, url.port) == (own.scheme, own.host, own.port):
            return True
        if is_loopback(str(url)):
            return self._is_local
        return url.scheme == "https"

    async def aclose(self) -> None:
        """Part of `AsyncBaseTransport`."""
        await self._within.aclose()


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise httpx2.ReadError(f"the answer has more than {MOST_BYTES:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Paced(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pace, end = Pace(), anyio.current_time() + self._seconds
        async for chunk in self._stream:
            await pace.keep(chunk.count(b"\n") + chunk.count(b"\r"))
            if anyio.current_time() > end:
                raise httpx2.ReadError(f"the answer did not end within {self._seconds:g} seconds")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


@asynccontextmanager
async def http_transport(
    server: Server, headers: Mapping[str, str], network: Limited, auth: httpx2.Auth | None = None
) -> AsyncGenerator[TransportStreams]:
    """The streams to and from `server`. Redirects are followed on its own origin only."""
    timeout = httpx2.Timeout(CONNECT_SECONDS, read=server.timeout + CONNECT_SECONDS)
    sent = {**headers, "Accept-Encoding": "identity"}
    async with (
        httpx2.AsyncClient(headers=sent, timeout=timeout, transport=network, auth=auth) as client,
        streamable_http_client(
            server.url, http_client=client, max_sse_event_size=MOST_BYTES
        ) as streams,
    ):
        yield streams
