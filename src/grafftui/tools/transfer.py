"""Gets a page over HTTP: only from allowed addresses, only so much, only so long.

Every hop resolves its host once, checks all addresses, and connects to one of those checked, so
that no second answer of a name server can lead elsewhere.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.robotparser import RobotFileParser

from grafftui.tools.addresses import (
    Address,
    AddressCheck,
    Resolver,
    literal_address,
    parsed_url,
    refuse_address,
)
from grafftui.tools.base import ToolFailure

if TYPE_CHECKING:
    from httpx2 import URL, Client, Response

MAX_REDIRECTS = 5
MAX_BYTES = 2 << 20
"""Most bytes of a page, decompressed."""
TOTAL_SECONDS = 30.0
AGENT = "grafftui"

_MAX_ROBOTS_BYTES = 500 << 10  # RFC 9309, section 2.5
_CONNECT_SECONDS = 10.0
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered.

    Attributes:
        url: Where it came from in the end.
        status: HTTP status.
        content_type: Its Content-Type header, or "".
        content: Its body, decompressed.
        cut: Whether there was more of it.
    """

    url: str
    status: int
    content_type: str
    content: bytes
    cut: bool


@dataclass(slots=True)
class Transfer:
    """One fetch, with all its hops.

    Attributes:
        allowed: Which addresses are connected to.
        resolve: How names become addresses.
        stopped: Whether nobody waits for the page any more.
    """

    allowed: AddressCheck
    resolve: Resolver
    stopped: Callable[[], bool]
    _deadline: float = field(default_factory=lambda: time.monotonic() + TOTAL_SECONDS)
    _robots: dict[str, RobotFileParser | None] = field(default_factory=dict)

    def get(self, url: URL) -> Page:
        """Get `url`, following redirects.

        Raises:
            ToolFailure: It cannot be had, or must not be.
        """
        import httpx2

        try:
            # No connection is used twice: the pool knows it by address, and two hosts can share
            # one, but not each other's certificate.
            limits = httpx2.Limits(max_keepalive_connections=0)
            with httpx2.Client(trust_env=False, headers=_HEADERS, limits=limits) as client:
                return self._follow(client, url)
        except httpx2.TimeoutException as error:
            raise ToolFailure(f"{url} did not answer in time.") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, zlib.error) as error:
            raise ToolFailure(f"{url} cannot be fetched: {error}.") from error

    def _follow(self, client: Client, url: URL) -> Page:
        for _ in range(MAX_REDIRECTS + 1):
            self._refuse_disallowed(client, url)
            answer = self._hop(client, url, MAX_BYTES)
            if isinstance(answer, Page):
                return answer
            if url.scheme == "https" and answer.scheme != "https":
                raise ToolFailure(f"{url} redirects to {answer}, which is not encrypted.")
            url = answer
        raise ToolFailure(f"More than {MAX_REDIRECTS} redirects; the last one led to {url}.")

    def _hop(self, client: Client, url: URL, most: int) -> Page | URL:
        """One request: the page, or where it is instead."""
        response = self._send(client, url)
        try:
            location = response.headers.get("location")
            if response.status_code in _REDIRECTS and location:
                return parsed_url(str(url.join(location)))
            content, cut = self._body(response, most)
        finally:
            response.close()
            client.cookies.clear()
        kind = response.headers.get("content-type", "")
        return Page(str(url), response.status_code, kind, content, cut)

    def _send(self, client: Client, url: URL) -> Response:
        import httpx2

        failure: Exception = ToolFailure(f"{url.host} has no address.")
        for address in self._addresses(url)[:3]:
            request = client.build_request(
                "GET",
                url.copy_with(host=str(address)),
                headers={"Host": url.netloc.decode("ascii")},
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
                timeout=httpx2.Timeout(self._left(), connect=min(_CONNECT_SECONDS, self._left())),
            )
            try:
                return client.send(request, stream=True)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure

    def _addresses(self, url: URL) -> list[Address]:
        host = url.raw_host.decode("ascii")
        literal = literal_address(host)
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            addresses = [literal] if literal else list(self.resolve(host, port))
        except (OSError, UnicodeError) as error:
            raise ToolFailure(f"The host {url.host} was not found.") from error
        for address in addresses:
            if not self.allowed(address):
                raise refuse_address(host, address)
        return addresses

    def _body(self, response: Response, most: int) -> tuple[bytes, bool]:
        pieces, size = [], 0
        for piece in _decompressed(response):
            if self.stopped():
                raise ToolFailure("interrupted")
            self._left()
            pieces.append(piece[: most - size])
            size += len(piece)
            if size > most:
                return b"".join(pieces), True
        return b"".join(pieces), False

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ToolFailure(f"It took longer than {TOTAL_SECONDS:g} seconds.")
        return left

    def _refuse_disallowed(self, client: Client, url: URL) -> None:
        """Raise `ToolFailure` when the site's robots.txt asks us to stay away (RFC 9309)."""
        origin = str(url.copy_with(raw_path=b"/robots.txt"))
        if origin not in self._robots:
            self._robots[origin] = self._rules(client, url.copy_with(raw_path=b"/robots.txt"))
        rules = self._robots[origin]
        if rules is not None and not rules.can_fetch(AGENT, str(url)):
            raise ToolFailure(f"The site's robots.txt asks not to fetch {url}.")

    def _rules(self, client: Client, url: URL) -> RobotFileParser | None:
        """The rules in robots.txt; None when there are none."""
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._hop(client, url, _MAX_ROBOTS_BYTES)
            if isinstance(answer, Page):
                break
            url = answer
        else:
            return None
        if answer.status >= 500:
            raise ToolFailure(f"{url} answered {answer.status}; without it the site is off limits.")
        if answer.status != 200:
            return None
        rules = RobotFileParser()
        rules.parse(answer.content.decode("utf-8", "replace").splitlines())
        return rules


_HEADERS: dict[str, Any] = {
    "User-Agent": f"{AGENT} (a coding agent, asked by a person)",
    "Accept": "text/html, text/*;q=0.9, application/json;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip",
}


def _decompressed(response: Response) -> Iterator[bytes]:
    """The body in pieces of bounded size, however small it was packed.

    Raises:
        ToolFailure: It is packed in a way we did not ask for.
    """
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        yield from response.iter_raw()
        return
    if coding not in ("gzip", "x-gzip"):
        raise ToolFailure(f"The answer is packed with {coding!r}, which was not asked for.")
    gzip = zlib.decompressobj(wbits=31)
    for packed in response.iter_raw():
        while packed and not gzip.eof:
            yield gzip.decompress(packed, 1 << 16)
            packed = gzip.unconsumed_tail
