"""Where the browser comes back to after a sign-in: a listener on the loopback, for one answer."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import parse_qs, urlsplit

from grafftui.errors import AuthenticationError, UsageError
from grafftui.mcp.config import OAuth
from grafftui.text import one_line

SECONDS: Final = 120.0
"""How long the person has."""

_HOSTS: Final = ("127.0.0.1", "localhost")
_MOST_BYTES: Final = 16_384
_READ_SECONDS: Final = 5.0
_DONE: Final = "You are signed in. This page can be closed."
_REFUSED: Final = "The sign-in was refused. This page can be closed."


class Answer:
    """The answer of one sign-in. Everything happens on the event loop.

    Attributes:
        redirect_uri: Where the browser is to be sent.
    """

    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri
        self._place = urlsplit(redirect_uri)
        self._state: str | None = None
        self._found: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()

    def expect(self, state: str) -> None:
        """From now on the answer with this state is it; no other is."""
        self._state = state

    async def wait(self) -> Mapping[str, str]:
        """What the server answered: `code`, `state`, `iss`.

        Raises:
            AuthenticationError: It refused, or nobody answered.
        """
        try:
            found = await asyncio.wait_for(self._found, SECONDS)
        except TimeoutError:
            words = f"nobody has signed in within {SECONDS:g} seconds"
            raise AuthenticationError(words, hint="try again") from None
        if "error" in found:
            raise AuthenticationError(f"the server refused: {one_line(found['error'], 100)}")
        return found

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of a browser, or of whatever else has found the port."""
        with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            try:
                async with asyncio.timeout(_READ_SECONDS):
                    head = await reader.readuntil(b"\r\n\r\n")
                status, words = self._answer(head.decode("latin-1"))
            except TimeoutError:
                status, words = "408 Request Timeout", ""
            writer.write(_response(status, words))
            async with asyncio.timeout(_READ_SECONDS):
                await writer.drain()
        writer.close()

    def _answer(self, head: str) -> tuple[str, str]:
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = [line.partition(":") for line in lines]
        hosts = [value.strip() for name, _, value in headers if name.strip().lower() == "host"]
        asked = urlsplit(target)
        if (
            method != "GET"
            or hosts != [self._place.netloc]  # another name may lead here too: DNS rebinding
            or any(name.strip().lower() == "origin" for name, _, _ in headers)
            or asked.path != (self._place.path or "/")
        ):
            return "403 Forbidden", ""
        said = {name: values[0] for name, values in parse_qs(asked.query).items()}
        state = said.get("state", "")
        if self._state is None or not secrets.compare_digest(state.encode(), self._state.encode()):
            return "403 Forbidden", ""
        if not self._found.done():
            self._found.set_result(said)
        return "200 OK", _REFUSED if "error" in said else _DONE


def _response(status: str, words: str) -> bytes:
    body = words.encode()
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
    ).encode() + body


@asynccontextmanager
async def listening(wanted: OAuth | None) -> AsyncGenerator[Answer]:
    """Listen, on a port nobody could know beforehand unless the server has to know it.

    Raises:
        UsageError: The address it is to be is not one of the loopback, or is taken.
    """
    known = wanted is not None and (wanted.client_id or wanted.redirect_uri != OAuth().redirect_uri)
    place = urlsplit(wanted.redirect_uri) if wanted is not None and known else None
    if place is not None and (place.scheme != "http" or place.hostname not in _HOSTS):
        raise UsageError(
            "the redirectUri of its oauth is not on the loopback",
            hint="it has to begin with http://127.0.0.1:PORT/",
        )
    answers: list[Answer] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answers[0].take(reader, writer)

    port = (place.port or 80) if place is not None else 0
    try:
        server = await asyncio.start_server(take, "127.0.0.1", port, limit=_MOST_BYTES)
    except OSError as error:
        words = f"cannot listen on port {port} of the loopback: {error.strerror}"
        raise UsageError(words, hint="end what listens there") from None
    async with server:
        number = server.sockets[0].getsockname()[1]
        uri = place.geturl() if place is not None else f"http://127.0.0.1:{number}/callback"
        answers.append(Answer(uri))
        yield answers[0]
