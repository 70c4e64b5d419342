"""Servers that mean harm with a sign-in: where they lead, what they give, what they are given."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import httpx2
import pytest

from grafftui.cancellation import Cancellation
from grafftui.errors import AuthenticationError
from grafftui.mcp import Server
from grafftui.mcp.accounts import account_of
from grafftui.mcp.config import OAuth
from grafftui.mcp.http import Limited
from mcpstage import Stage


class Harmful(BaseHTTPRequestHandler):
    """Wants a sign-in with the metadata that a test has put here."""

    said: dict[str, str]
    token: dict[str, Any]
    asked: list[str]
    refusal = 401
    """What it answers to those who are signed in."""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        base = f"http://{self.headers['Host']}"
        if self.path.startswith("/.well-known/oauth-protected-resource"):
            said: Any = {"resource": f"{base}/mcp", "authorization_servers": [base]}
            self._answer(200, said | ({"x": "y" * (17 << 20)} if "huge" in self.said else {}))
        elif self.path.startswith("/.well-known/"):
            places = {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "registration_endpoint": f"{base}/register",
            }
            self._answer(200, places | self.said)
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        self.asked.append(self.path)
        said = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/register":
            self._answer(201, json.loads(said) | {"client_id": "us"})
        elif self.path == "/token":
            self._answer(200, self.token)
        else:
            self._answer(self.refusal if "Authorization" in self.headers else 401, {})

    do_DELETE = do_POST

    def _answer(self, status: int, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def serving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Harmful) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)


@pytest.fixture
def harmful() -> Iterator[Server]:
    Harmful.said, Harmful.asked, Harmful.refusal = {}, [], 401
    Harmful.token = {"access_token": "access-0123456789abcdef", "token_type": "Bearer"}
    with serving() as base:
        yield Server("harmful", "user", url=f"{base}/mcp")


def come_back(url: str) -> None:
    """Sign in at the page without asking it."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    back = f"{asked['redirect_uri']}?code=code&state={asked['state']}"
    threading.Thread(target=lambda: urlopen(back, timeout=5).close(), daemon=True).start()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"authorization_endpoint": "http://evil.example/authorize"}, "no https address"),
        ({"authorization_endpoint": "https://x.example/$(id)"}, "no https address"),
        ({"token_endpoint": "http://169.254.169.254/token"}, "leads to http://169.254.169.254"),
        ({"registration_endpoint": "http://10.0.0.1/r"}, "leads to http://10.0.0.1"),
        ({"issuer": "https://other.example"}, "issuer"),
        ({"huge": "metadata"}, "more than 16,777,216 bytes"),
    ],
)
def test_a_server_leads_nowhere_but_where_it_may(
    stage: Stage, harmful: Server, said: dict[str, str], words: str
) -> None:
    Harmful.said = said
    stage.servers.use({"harmful": harmful})
    with pytest.raises(AuthenticationError) as caught:
        stage.servers.login("harmful", come_back, Cancellation())
    assert words in str(caught.value) and str(caught.value).isprintable()
    assert stage.sign_ins.kept == {}


@pytest.mark.parametrize("url", ["http://127.0.0.1:{0}/", "https://localhost:{0}/", "http://10.1/"])
async def test_nothing_here_is_asked_for_a_server_elsewhere(url: str, harmful: Server) -> None:
    network = Limited("https://shop.example/mcp", 5)
    port = harmful.url.partition("127.0.0.1:")[2].partition("/")[0]
    with pytest.raises(httpx2.ConnectError, match="which is not asked"):
        await network.handle_async_request(httpx2.Request("GET", url.format(port)))
    assert Harmful.asked == []
    await network.aclose()


@pytest.mark.parametrize("token", ["one\r\nX-Admin: yes", "two\x1b[2J", "", "three “quoted”"])
def test_what_is_no_token_is_not_kept(stage: Stage, harmful: Server, token: str) -> None:
    Harmful.token = {"access_token": token, "token_type": "Bearer"}
    stage.servers.use({"harmful": harmful})
    with pytest.raises(AuthenticationError) as caught:
        stage.servers.login("harmful", come_back, Cancellation())
    assert str(caught.value).isprintable() and stage.sign_ins.kept == {}


def test_a_server_that_refuses_what_it_gave_opens_one_page(stage: Stage, harmful: Server) -> None:
    pages: list[str] = []

    def show(url: str) -> None:
        pages.append(url)
        come_back(url)

    stage.servers.use({"harmful": harmful})
    with pytest.raises(AuthenticationError, match="refuses what it has just given"):
        stage.servers.login("harmful", show, Cancellation())
    assert len(pages) == 1 and stage.sign_ins.kept == {}


def test_a_server_that_refuses_for_ever_is_not_asked_for_ever(
    stage: Stage, harmful: Server
) -> None:
    Harmful.token |= {"refresh_token": "refresh-0123456789abcdef"}
    Harmful.refusal = 404
    stage.servers.use({"harmful": harmful})
    stage.servers.login("harmful", come_back, Cancellation())
    Harmful.refusal = 401
    Harmful.asked.clear()
    stage.have(harmful, approved=False)
    assert "wants a sign-in" in stage.servers.health()[0].error
    assert Harmful.asked == ["/mcp", "/token", "/mcp"] * 2  # for each of two ways to begin


def test_what_was_given_goes_to_no_other_server_of_that_name() -> None:
    one = Server("shop", "user", url="https://shop.example/mcp")
    others = [
        replace(one, url="https://evil.example/mcp"),
        replace(one, url="https://shop.example/other"),
        replace(one, oauth=OAuth(token_url="https://evil.example/token")),
        replace(one, name="shop2"),
    ]
    assert len({account_of(server) for server in (one, *others)}) == 5
    assert account_of(replace(one, timeout=5, disable=True)) == account_of(one)
