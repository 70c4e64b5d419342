"""Signing in to servers: what is asked, what is kept and where, what attackers get of it."""

from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from mcp.shared.auth import OAuthClientInformationFull
from pydantic import AnyUrl

from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError, AuthenticationError, KeyringError, UsageError
from grafftui.mcp import Server
from grafftui.mcp.config import OAuth
from grafftui.text.redact import redact
from mcp_servers.sign_in_server import Issuer, signing_in_server
from mcpstage import Stage, raw


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, Issuer]]:
    with signing_in_server() as found:
        yield found


@pytest.fixture
def issuer(running: tuple[str, Issuer]) -> Issuer:
    issuer = running[1]
    issuer.__init__()  # type: ignore[misc]
    return issuer


@pytest.fixture
def private(running: tuple[str, Issuer], issuer: Issuer) -> Server:
    return Server("private", "user", url=running[0])


class Browser:
    """Opens the page it is shown, and goes where that leads."""

    def __init__(self) -> None:
        self.pages: list[str] = []

    def __call__(self, url: str) -> None:
        self.pages.append(url)
        threading.Thread(target=self._open, args=(url,), daemon=True).start()

    def _open(self, url: str) -> None:
        with urllib.request.urlopen(url, timeout=10) as page:
            assert b"can be closed" in page.read()


def signed_in(stage: Stage, server: Server) -> Browser:
    stage.servers.use({server.name: server})
    browser = Browser()
    stage.servers.login(server.name, browser, Cancellation())
    return browser


def kept(stage: Stage) -> dict[str, object]:
    """What is kept of the one sign-in there is."""
    (text,) = stage.sign_ins.kept.values()
    found: dict[str, object] = json.loads(text)
    return found


def error_of(stage: Stage) -> str:
    return stage.servers.health()[0].error


def test_nothing_is_asked_of_a_server_before_the_person_signs_in(
    stage: Stage, private: Server, issuer: Issuer
) -> None:
    stage.have(private, approved=False)
    assert error_of(stage) == (
        "it wants a sign-in (HTTP 401): /mcp, grafftui mcp login private, or set its headers"
    )
    assert issuer.clients == {}  # not even registered


def test_a_sign_in_is_kept_used_and_forgotten(
    stage: Stage, private: Server, issuer: Issuer
) -> None:
    browser = signed_in(stage, private)
    (page,) = browser.pages
    asked = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
    assert asked["code_challenge_method"] == "S256" and asked["resource"] == private.url
    assert urlsplit(asked["redirect_uri"]).hostname == "127.0.0.1"
    stage.have(private)
    assert stage.call("add", a=1, b=2).content[0].text == "3"
    (access, refresh) = issuer.given
    assert access in str(kept(stage)) and refresh in str(kept(stage))
    assert access not in redact(f"{access} {refresh}")  # wherever it is said
    assert refresh not in redact(f"{access} {refresh}")
    database = b"".join(path.read_bytes() for path in stage.home.rglob("*") if path.is_file())
    assert b"mcp_pins" in database and access.encode() not in database
    stage.anew()  # another session
    stage.have(private)
    assert stage.call("add", a=1, b=2).content[0].text == "3"
    assert len(issuer.clients) == 1 and browser.pages == [page]
    assert stage.servers.logout("private")
    assert not stage.servers.logout("private") and stage.sign_ins.kept == {}
    stage.have(private, approved=False)
    assert "wants a sign-in" in error_of(stage)


def test_what_has_run_out_is_renewed_by_itself_and_once(
    stage: Stage, private: Server, issuer: Issuer
) -> None:
    issuer.seconds = -1  # over as soon as it is given
    signed_in(stage, private)
    issuer.seconds = 3600
    issuer.tokens.clear()
    stage.have(private)
    assert (stage.call("add", a=1, b=2).content[0].text, issuer.refreshes) == ("3", 1)
    assert issuer.given[2] in str(kept(stage)) and issuer.given[3] in str(kept(stage))
    assert issuer.given[2] not in redact(issuer.given[2])
    issuer.tokens.clear()  # revoked, before its time
    results: list[str] = []

    def add() -> None:
        results.append(stage.call("add", a=1, b=2).content[0].text)

    threads = [threading.Thread(target=add) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (results, issuer.refreshes) == (["3"] * 5, 2)


def test_what_has_run_out_for_good_wants_a_sign_in_again(
    stage: Stage, private: Server, issuer: Issuer
) -> None:
    signed_in(stage, private)
    ((account, text),) = stage.sign_ins.kept.items()
    found = json.loads(text)
    tokens = json.loads(found["tokens"])
    del tokens["refresh_token"]
    stage.sign_ins.kept[account] = json.dumps(
        found | {"tokens": json.dumps(tokens), "expires_at": 1.0}
    )
    issuer.tokens.clear()
    stage.have(private, approved=False)
    assert "wants a sign-in" in error_of(stage)
    stage.sign_ins.kept[account] = "no JSON"
    stage.servers.restart("private")
    stage.have(private, approved=False)
    assert "wants a sign-in" in error_of(stage) and issuer.refreshes == 0


def test_what_another_process_has_renewed_is_used(
    stage: Stage, private: Server, issuer: Issuer
) -> None:
    signed_in(stage, private)
    first = stage.have(private)
    other = stage.anew()
    stage.have(private)
    issuer.tokens.clear()
    stage.call("add", a=1, b=2)
    assert issuer.refreshes == 1
    stage.servers = first
    assert stage.call("add", a=1, b=2).content[0].text == "3"
    assert issuer.refreshes == 1  # the first has read what the other was given
    other.close(5)


def test_a_sign_in_that_comes_to_nothing_says_why(
    stage: Stage, private: Server, issuer: Issuer
) -> None:
    issuer.refuses = True
    with pytest.raises(AuthenticationError, match="the server refused: access_denied"):
        signed_in(stage, private)
    issuer.refuses = False
    stage.sign_ins.broken = "the keyring is locked"
    with pytest.raises(KeyringError, match="locked"):
        signed_in(stage, private)
    assert stage.sign_ins.kept == {} and len(issuer.given) == 0
    stage.sign_ins.broken = ""
    for server in (
        raw("program"),
        Server("key", "user", url=private.url, headers=(("authorization", "Bearer x"),)),
        Server("never", "user", url=private.url, oauth=False),
        Server("far", "user", url=private.url, oauth=OAuth(redirect_uri="https://x.example/")),
    ):
        with pytest.raises(UsageError):
            signed_in(stage, server)


def test_a_client_that_is_known_beforehand_is_used_as_the_file_says(
    stage: Stage, private: Server, issuer: Issuer
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        back = f"http://127.0.0.1:{free.getsockname()[1]}/back"
    issuer.clients["us"] = OAuthClientInformationFull(
        client_id="us",
        client_secret="secret-0123456789abcdef",
        redirect_uris=[AnyUrl(back)],
        scope="read write",
        token_endpoint_auth_method="client_secret_post",
    )
    known = OAuth("us", "secret-0123456789abcdef", ("read",), redirect_uri=back)
    browser = signed_in(stage, replace(private, oauth=known))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(browser.pages[0]).query).items()}
    assert (asked["client_id"], asked["redirect_uri"], asked["scope"]) == ("us", back, "read")
    assert [*issuer.clients] == ["us"]  # it was not registered anew
    stage.have(replace(private, oauth=known))
    assert stage.call("add", a=1, b=2).content[0].text == "3"
    assert "0123456789abcdef" not in repr(stage.servers.health())
    taken = socket.create_server(("127.0.0.1", urlsplit(back).port or 0))
    with taken, pytest.raises(UsageError, match="cannot listen on port"):
        signed_in(stage, replace(private, oauth=known))


def test_a_person_who_does_not_come_back_holds_up_nothing(stage: Stage, private: Server) -> None:
    stage.servers.use({"private": private})
    cancellation = Cancellation()
    with pytest.raises(AbortedError):
        stage.servers.login("private", lambda url: cancellation.cancel(), cancellation)
    assert stage.sign_ins.kept == {}


def test_only_the_browser_that_was_sent_is_believed(stage: Stage, private: Server) -> None:
    codes: list[int] = []

    def attack(url: str) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        back, state = asked["redirect_uri"], asked["state"]
        for target, headers in (
            (f"{back}?code=theirs&state=wrong", {}),
            (f"{back}?code=theirs", {}),
            (f"{back}/other?code=theirs&state={state}", {}),
            (f"{back}?code=theirs&state={state}", {"Host": "evil.example"}),
            (f"{back}?code=theirs&state={state}", {"Origin": "https://evil.example"}),
        ):
            try:
                urllib.request.urlopen(urllib.request.Request(target, headers=headers), timeout=5)
            except urllib.error.HTTPError as error:
                codes.append(error.code)
                error.close()
        Browser()(url)

    stage.servers.use({"private": private})
    stage.servers.login("private", attack, Cancellation())
    assert codes == [403] * 5
    assert "theirs" not in str(kept(stage))
