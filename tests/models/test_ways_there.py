"""T39: proxies, certificates, names: each fault is named, and no key goes astray."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from models_helpers import KEY, QUICK, ask, model_at, wait_for_readers

from fakes.server import FakeProvider
from fakes.steps import text
from grafftui.models import Timeouts
from grafftui.models.errors import ConnectionFailed

# -- a proxy ---------------------------------------------------------------------------------


class Proxy:
    """An HTTP proxy that leads every host to one port of this machine."""

    def __init__(self, port: int, login: str = "", status: int = 200) -> None:
        self.requests: list[str] = []
        self._port = port
        self._login = login
        self._status = status
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(65536)
            self.requests.append(head.decode("latin-1"))
            wanted = f"Basic {base64.b64encode(self._login.encode()).decode()}"
            if self._login and f"Proxy-Authorization: {wanted}" not in self.requests[-1]:
                client.sendall(b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n")
                return
            if self._status != 200:
                client.sendall(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % self._status)
                return
            with socket.create_connection(("127.0.0.1", self._port)) as server:
                if head.startswith(b"CONNECT"):
                    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                else:
                    first, rest = head.split(b"\r\n", 1)
                    method, url, version = first.split(b" ")
                    path = b"/" + url.split(b"/", 3)[3]
                    server.sendall(b" ".join([method, path, version]) + b"\r\n" + rest)
                self._pump(client, server)

    def _pump(self, client: socket.socket, server: socket.socket) -> None:
        while True:
            for source in select.select([client, server], [], [], 5)[0]:
                data = source.recv(65536)
                if not data:
                    return
                (server if source is client else client).sendall(data)


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


class Authority:
    """A certificate authority, and servers' certificates from it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        now = datetime.datetime.now(datetime.UTC)
        own = (
            self._builder(self._name, self._key, now, 1)
            .add_extension(x509.BasicConstraints(True, None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def _builder(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        start: datetime.datetime,
        days: int,
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start - datetime.timedelta(days=1))
            .not_valid_after(start + datetime.timedelta(days=days))
        )

    def server(self, host: str, *, days_ago: int = 0) -> ssl.SSLContext:
        """A context for a server called `host`; one that expired when days ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days_ago)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        try:
            named: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            named = x509.DNSName(host)
        certificate = (
            self._builder(subject, key, start, 1)
            .add_extension(x509.SubjectAlternativeName([named]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self._folder / f"{host}-{days_ago}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


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
