"""One HTTP exchange: the seam between what is said and how it travels.

Everything that knows sockets and HTTP is here and in `dialling`. It is `http.client` and not
a client library because of the cost of a piece of a stream: providers send each token as an
HTTP chunk of its own, for which `httpx2` takes 22 to 27 µs, `http.client` 2 to 3 and, with
`chunked` in between, under 1 (20,000 chunks over loopback). It also never follows a redirect.
What it lacks (SOCKS and TLS proxies, HTTP/2) is refused by name.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from urllib.parse import urlsplit

from grafftui.errors import AbortedError
from grafftui.models.chunked import ChunkedBody
from grafftui.models.dialling import Destination, destination_of, dial, proxy_refused
from grafftui.models.errors import BadResponse, ConnectionFailed, StreamDropped
from grafftui.models.faults import Speaker
from grafftui.models.idle_connections import idle_connections

STREAM_LIMIT = 64 * 1024 * 1024
"""Decompressed bytes of one answer. 128,000 tokens, each in an event of 300 bytes, are 38 MB; more
is a server gone wrong, or a few compressed bytes that would keep us busy for minutes."""

_PIECE = 64 * 1024
_DRAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait.

    Attributes:
        connect: For name, proxy, connection and TLS together.
        first_byte: From the request sent to the first byte of its answer.
        idle: Between two bytes of the answer, comments and pings included.
        total: For the whole exchange, or None for as long as it takes.
    """

    connect: float = 10.0
    first_byte: float = 60.0
    idle: float = 120.0
    total: float | None = None


PATIENT = Timeouts(first_byte=600.0, idle=600.0)
"""For servers on this machine, which load a model before they say anything."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it is sent."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


class HttpCall:
    """A request, made and read on one thread, that any other thread can abort.

    Args:
        speaker: Who is asked, for messages.
        request: What is sent.
        timeouts: How long to wait.
        connected: Called once the connection stands, before anything is sent.
    """

    def __init__(
        self,
        speaker: Speaker,
        request: HttpRequest,
        timeouts: Timeouts,
        connected: Callable[[], None] = lambda: None,
    ) -> None:
        self._speaker = speaker
        self._request = request
        self._timeouts = timeouts
        self._connected = connected
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._aborted = False
        self._connection: HTTPConnection | None = None
        self._sock: socket.socket | None = None
        self._response: HTTPResponse | None = None
        self._chunked: ChunkedBody | None = None
        self._to: Destination | None = None

    @property
    def status(self) -> int:
        """Status of the response."""
        return self._head().status

    @property
    def headers(self) -> dict[str, str]:
        """The response's headers, names in lower case."""
        return {name.lower(): value for name, value in self._head().getheaders()}

    def start(self) -> None:
        """Connect, send, and read up to the end of the response's headers.

        Raises:
            ConnectionFailed: No connection, or no answer in time.
            BadResponse: The answer is not HTTP.
        """
        self._to = destination_of(self._speaker, self._request.url)
        with self._faults_named():
            if idle := idle_connections.take(self._to):
                try:
                    return self._send(idle)
                except (ConnectionError, ssl.SSLError):
                    self._hang_up()  # closed while it lay idle and never answered: once more
            deadline = time.monotonic() + self._timeouts.connect
            connection = HTTPConnection(self._to.host, self._to.port)
            connection.auto_open = 0
            connection.sock = dial(self._speaker, self._to, deadline)
            return self._send(connection)

    def chunks(self, limit: int = STREAM_LIMIT) -> Iterator[bytes]:
        """The body as it comes, decompressed.

        Raises:
            StreamDropped: It broke off, or went silent.
            BadResponse: More than `limit` bytes, or a compression nobody asked for.
        """
        size = 0
        if self._sock is not None:
            self._sock.settimeout(self._timeouts.idle)
        inflate = self._inflater()
        try:
            for piece in self._pieces():
                for part in inflate(piece):
                    size += len(part)
                    if size > limit:
                        raise BadResponse(
                            f"{self._speaker} sent more than {limit // 1024 // 1024 or 1} MB"
                        )
                    yield part
        except TimeoutError as error:
            waited = f"{self._timeouts.idle:g} s"
            raise StreamDropped(f"{self._speaker} went silent for {waited}") from error
        except (HTTPException, OSError, ValueError) as error:
            raise StreamDropped(f"{self._speaker}: the connection was lost") from error
        except zlib.error as error:
            raise BadResponse(f"{self._speaker} sent damaged compressed data") from error

    def _pieces(self) -> Iterator[bytes]:
        """The body as it comes, still compressed; all that has arrived at a time."""
        response = self._head()
        if not response.chunked:
            while piece := response.read1(_PIECE):
                yield piece
            if response.length:
                raise IncompleteRead(b"", response.length)
            return
        body = self._chunked = self._chunked or ChunkedBody()
        while not body.done:
            data = response.fp.read1(_PIECE)
            if not data:
                raise IncompleteRead(b"")
            if piece := body.feed(data):
                yield piece

    def read(self, limit: int) -> bytes:
        """The whole body. Raises as `chunks`."""
        return b"".join(self.chunks(limit))

    def read_start(self, limit: int) -> bytes:
        """Up to `limit` bytes of the body, or what could be had of it; never raises."""
        start = b""
        with suppress(StreamDropped, BadResponse):
            for piece in self.chunks():
                start += piece
                if len(start) >= limit:
                    break
        return start[:limit]

    def drain(self) -> None:
        """Read what follows an answer that is over, if it comes at once; never raises."""
        self._timeouts = replace(self._timeouts, idle=_DRAIN_SECONDS)
        self.read_start(_PIECE)

    def abort(self) -> None:
        """Wake whoever reads and end the connection. From any thread, at any time."""
        with self._lock:
            self._aborted = True
            if self._line is not None:
                with suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Done. A connection whose answer was read to its end is kept for the next call."""
        response, connection = self._response, self._connection
        if self._to and response and connection and connection.sock and not self._aborted:
            complete = (
                self._chunked.done if self._chunked else response.isclosed() or response.length == 0
            )
            response.close()
            if complete:
                self._connection = None
                idle_connections.keep(self._to, connection)
        self._hang_up()

    # -- inside ------------------------------------------------------------------------------

    def _send(self, connection: HTTPConnection) -> None:
        self._connection, sock = connection, connection.sock
        with self._lock:
            self._line = socket.fromfd(sock.fileno(), sock.family, sock.type)
            if self._aborted:
                raise AbortedError("interrupted")
        self._connected()
        self._sock = sock
        sock.settimeout(self._timeouts.first_byte)
        request = self._request
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered already
            connection.request(request.method, self._target(), request.body, self._headers())
        self._response = connection.getresponse()
        if self._to and self._to.proxy and not self._to.secure and self.status == 407:
            raise proxy_refused(self._speaker, self._to.proxy, 407)

    @contextmanager
    def _faults_named(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            waited = f"{self._timeouts.first_byte:g} s"
            raise self._no_answer(f"no answer within {waited}") from error
        except OSError as error:
            raise self._no_answer("the connection was closed without an answer") from error
        except (HTTPException, ValueError) as error:
            raise BadResponse(
                f"{self._speaker}: what came back is not HTTP",
                hint="check the provider's address",
            ) from error

    def _target(self) -> str:
        parts = urlsplit(self._request.url)
        if self._to and self._to.proxy and not self._to.secure:
            return self._request.url
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _headers(self) -> dict[str, str]:
        headers = {"Host": urlsplit(self._request.url).netloc, "Accept-Encoding": "identity"}
        if self._to and self._to.proxy and not self._to.secure:
            headers |= self._to.proxy.headers()
        return headers | dict(self._request.headers)

    def _head(self) -> HTTPResponse:
        assert self._response is not None, "start() comes first"
        return self._response

    def _no_answer(self, what: str) -> ConnectionFailed:
        return ConnectionFailed(
            f"{self._speaker}: {what}", hint="check the network connection", retryable=True
        )

    def _inflater(self) -> Callable[[bytes], Iterator[bytes]]:
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding in ("", "identity"):
            return lambda piece: iter((piece,))
        if coding not in ("gzip", "x-gzip", "deflate"):
            name = self._speaker.clean(coding, 20)
            raise BadResponse(f"{self._speaker} compressed its answer with {name}, unasked")
        decompressor = zlib.decompressobj(wbits=47)  # gzip or zlib, told by its first bytes

        def inflate(piece: bytes) -> Iterator[bytes]:
            while piece:
                if part := decompressor.decompress(piece, _PIECE):
                    yield part
                piece = decompressor.unconsumed_tail

        return inflate

    def _hang_up(self) -> None:
        if self._response is not None:
            self._response.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.close()
