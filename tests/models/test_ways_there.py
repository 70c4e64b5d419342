"""T39: proxies, certificates, names: each fault is named, and no key goes astray."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from models_helpers import KEY, QUICK, ask, model_at, wait_for_readers

from fakes.anywhere import Authority, Proxy
from fakes.server import FakeProvider
from fakes.steps import text
from grafftui.models import Timeouts
from grafftui.models.errors import ConnectionFailed

# -- a proxy ---------------------------------------------------------------------------------


@pytest.fixture
def set_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield monkeypatch


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_through_a_proxy(set_proxy: pytest.MonkeyPatch, variable: str) -> None:
    with FakeProvider([[text("hello")]]) as fake:
        proxy = Proxy(fake.port)
        set_proxy.setenv(variable, f"http://{proxy.address}")
        assert ask(model_at("http://provider.test/v1", "chat")).text == "hello"
        proxy.close()
        assert proxy.requests[0].startswith("POST http://provider.test/v1/chat/completions ")
        assert "Host: provider.test\r\n" in proxy.requests[0]


def test_no_proxy_and_this_machine_go_direct(set_proxy: pytest.MonkeyPatch) -> None:
    set_proxy.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with FakeProvider([[text("hello")]]) as fake:
        assert ask(model_at(fake.url, "chat")).text == "hello"
    set_proxy.setenv("NO_PROXY", "provider.test")
    failure = ask(model_at("http://provider.test:1/v1", "chat", QUICK)).failure
    assert isinstance(failure, ConnectionFailed)
    assert "the name provider.test cannot be found" in failure.message


def test_a_proxy_s_login(set_proxy: pytest.MonkeyPatch) -> None:
    with FakeProvider([[text("hello")]]) as fake:
        proxy = Proxy(fake.port, login="me:p@ss word")
        set_proxy.setenv("HTTP_PROXY", f"http://me:p%40ss%20word@{proxy.address}")
        assert ask(model_at("http://provider.test/v1", "chat")).text == "hello"
        set_proxy.setenv("HTTP_PROXY", f"http://{proxy.address}")
        failure = ask(model_at("http://provider.test/v1", "chat")).failure
        proxy.close()
    assert isinstance(failure, ConnectionFailed)
    assert "wants a user name and password" in failure.message
    assert not failure.retryable
    assert "authorization" not in (fake.requests[0].headers.get("proxy-authorization") or "")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("socks5://127.0.0.1:1080", "socks5 proxy, which is not supported"),
        ("https://127.0.0.1:1080", "https proxy, which is not supported"),
        ("http://", "is not the address of a proxy"),
        ("http://host:port", "is not the address of a proxy"),
        ("http://secret:pass word@h:1", "is not the address of a proxy"),
        ("://", "not"),
        ("http://127.0.0.1:1", "nothing listens on port 1"),
        ("http://nowhere.invalid:1", "the name nowhere.invalid cannot be found"),
    ],
)
def test_bad_proxies_are_named(set_proxy: pytest.MonkeyPatch, value: str, words: str) -> None:
    set_proxy.setenv("HTTP_PROXY", value)
    failure = ask(model_at("http://provider.test/v1", "chat", QUICK)).failure
    assert isinstance(failure, ConnectionFailed), failure
    assert words in failure.message
    assert failure.hint
    assert "secret" not in failure.message + failure.hint
    assert "pass" not in failure.message


# -- certificates ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def test_an_authority_of_one_s_own(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with FakeProvider([[text("one")], [text("two")]], tls=authority.server("127.0.0.1")) as fake:
        model = model_at(fake.url, "anthropic")
        assert ask(model).text == "one"
        wait_for_readers()
        assert ask(model).text == "two"
        assert len({request.connection for request in fake.requests}) == 1


def test_tls_through_a_proxy_and_the_proxy_never_sees_the_key(
    authority: Authority, set_proxy: pytest.MonkeyPatch
) -> None:
    set_proxy.setenv("SSL_CERT_FILE", str(authority.file))
    with FakeProvider([[text("hello")]], tls=authority.server("provider.test")) as fake:
        proxy = Proxy(fake.port, login="me:pw")
        set_proxy.setenv("HTTPS_PROXY", f"http://me:pw@{proxy.address}")
        assert ask(model_at("https://provider.test/v1", "chat")).text == "hello"
        proxy.close()
        assert proxy.requests[0].startswith("CONNECT provider.test:443 ")
        assert KEY not in "".join(proxy.requests)
        assert "proxy-authorization" not in fake.requests[0].headers


@pytest.mark.parametrize(("status", "retryable"), [(403, False), (502, True), (407, False)])
def test_a_proxy_that_refuses(set_proxy: pytest.MonkeyPatch, status: int, retryable: bool) -> None:
    proxy = Proxy(1, status=status)
    set_proxy.setenv("HTTPS_PROXY", f"http://{proxy.address}")
    failure = ask(model_at("https://provider.test/v1", "chat")).failure
    proxy.close()
    assert isinstance(failure, ConnectionFailed)
    assert f"the proxy {proxy.address}" in failure.message
    assert failure.retryable is retryable


@pytest.mark.parametrize(
    ("host", "days_ago", "trusted", "words"),
    [
        ("127.0.0.1", 0, False, "self-signed|unable to get local issuer"),
        ("127.0.0.1", 30, True, "expired"),
        ("elsewhere.test", 0, True, "127.0.0.1"),
    ],
    ids=["unknown authority", "expired", "another host"],
)
def test_certificates_that_are_refused(
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    days_ago: int,
    trusted: bool,
    words: str,
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with FakeProvider([[text("x")]], tls=authority.server(host, days_ago=days_ago)) as fake:
        failure = ask(model_at(fake.url, "chat")).failure
        assert fake.requests == []
    assert isinstance(failure, ConnectionFailed)
    assert "its TLS certificate is refused" in failure.message
    assert any(word in failure.message for word in words.split("|"))
    assert not failure.retryable


def test_a_server_without_tls() -> None:
    with FakeProvider([[text("x")]]) as fake:
        url = fake.url.replace("http:", "https:")
        failure = ask(model_at(url, "chat", Timeouts(connect=2, first_byte=2))).failure
    assert isinstance(failure, ConnectionFailed)
    assert "TLS failed" in failure.message


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "/nowhere/at/all")
    failure = ask(model_at("https://127.0.0.1:1/v1", "chat")).failure
    assert isinstance(failure, ConnectionFailed)
    assert f"{variable} names /nowhere/at/all" in failure.message


def test_a_file_that_holds_no_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(empty))
    with FakeProvider() as fake:
        failure = ask(model_at(fake.url.replace("http:", "https:"), "chat")).failure
    assert isinstance(failure, ConnectionFailed)
    assert "SSL_CERT_FILE holds no usable certificate" in failure.message


# -- names -----------------------------------------------------------------------------------


def test_a_name_that_does_not_exist() -> None:
    failure = ask(model_at("https://no-such-host.invalid/v1", "chat")).failure
    assert isinstance(failure, ConnectionFailed)
    assert "the name no-such-host.invalid cannot be found" in failure.message
    assert failure.retryable


def test_a_name_no_resolver_takes() -> None:
    failure = ask(model_at(f"https://{'a' * 70}.test/v1", "chat")).failure
    assert isinstance(failure, ConnectionFailed)
    assert not failure.retryable


def test_a_second_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider([[text("hello")]]) as fake, socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
        taken.close()
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        addresses = [(*kind, ("127.0.0.1", closed)), (*kind, ("127.0.0.1", fake.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: addresses)
        assert ask(model_at("http://provider.test/v1", "chat")).text == "hello"


def test_ipv6_only() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            client = listener.accept()[0]
            with client:
                client.recv(65536)
                body = b'data: {"choices":[{"delta":{"content":"six"},"finish_reason":"stop"}]}\n\n'
                head = b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                client.sendall(head + body)

        threading.Thread(target=serve, daemon=True).start()
        assert ask(model_at(f"http://[::1]:{port}/v1", "chat")).text == "six"
