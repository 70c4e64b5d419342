"""A server that is reached over HTTP, within limits of ours."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import httpx2
from mcp.client.streamable_http import streamable_http_client

from grafftui.errors import SettingsError
from grafftui.mcp.config import Server

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


class Limited(httpx2.AsyncBaseTransport):
    """The network, with answers of bounded size, as they are.

    Attributes:
        refused: Status of the last answer that said the person has to sign in, or 0.
    """

    def __init__(self) -> None:
        self.refused = 0
        self._within = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Part of `AsyncBaseTransport`."""
        response = await self._within.handle_async_request(request)
        if response.status_code in (401, 403):
            self.refused = response.status_code
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.ReadError("the answer is compressed, which was not asked for")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        if kind != "text/event-stream":  # of a stream each event is bounded, not the whole
            response.stream = _Bounded(response.stream)
        return response

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


@asynccontextmanager
async def http_transport(
    server: Server, headers: Mapping[str, str], network: Limited
) -> AsyncGenerator[TransportStreams]:
    """The streams to and from `server`. Redirects are followed on its own origin only."""
    timeout = httpx2.Timeout(CONNECT_SECONDS, read=server.timeout + CONNECT_SECONDS)
    sent = {**headers, "Accept-Encoding": "identity"}
    async with (
        httpx2.AsyncClient(headers=sent, timeout=timeout, transport=network) as client,
        streamable_http_client(
            server.url, http_client=client, max_sse_event_size=MOST_BYTES
        ) as streams,
    ):
        yield streams
