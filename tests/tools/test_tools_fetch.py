"""Fetching pages (R-61)."""

from __future__ import annotations

import datetime
import gzip
import ipaddress
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pages import Pages, serving
from tool_hands import Hands, until

from grafftui.errors import AbortedError
from grafftui.tools import ToolFailure, ToolResult
from grafftui.tools.addresses import Address, is_public, parsed_url
from grafftui.tools.fetch import Fetch, FetchArguments
from grafftui.tools.html_to_markdown import html_to_markdown

LOOPBACK = ipaddress.ip_address("127.0.0.1")


@pytest.fixture
def pages() -> Iterator[Pages]:
    with serving() as pages:
        yield pages


Get = Callable[..., ToolResult]


@pytest.fixture
def get(hands: Hands) -> Get:
    """Fetches with loopback allowed; names are resolved as given."""

    def get(url: str, *, raw: bool = False, names: dict[str, str] | None = None) -> ToolResult:
        def resolver(host: str, port: int) -> Sequence[Address]:
            if host not in (names or {}):
                raise socket.gaierror(-2, "Name or service not known")
            return [ipaddress.ip_address((names or {})[host])]

        fetch = Fetch(lambda address: is_public(address) or address == LOOPBACK, resolver)
        call = fetch.prepare(FetchArguments(url=url, raw=raw), hands.context)
        return call.execute(hands.context)

    return get


# -- which addresses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fe80::1",
        "fec0::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_public(hands: Hands, address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert "no public address" in hands.refused("fetch", url=f"http://{host}/")


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"]
)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "file:///etc/passwd",
        "ftp://example.com/",
        "javascript:alert(1)",
        "http://",
        "http:///x",
        "http://docs.python.org@evil.example/",
        "http://user:word@example.com/",
        "http://evil\0.google.com/",
        "http://evil%00.google.com/",
        "http://a b.com/",
        "http://exam\nple.com/",
        "http://example.com\\@evil.com/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://1.2.3.4.5/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://x.localhost:8080/",
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://printer.local/",
        "http://a..b/",
        "http://[::1/",
        "http://example.com:99999/",
        "http://" + "a" * 300 + ".com/",
        "http://example.com/" + "a" * 9_000,
        "http://[fe80::1%25eth0]/",
    ],
)
def test_urls_that_are_refused_before_anything_is_asked(hands: Hands, url: str) -> None:
    assert len(hands.refused("fetch", url=url)) < 10_000


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("HTTP://Example.COM./a b", None),
        ("HTTPS://Example.COM./a#part", "https://example.com/a"),
        (
            "http://b\u00fccher.example:80/\u00e4?q=\u00f6",
            "http://xn--bcher-kva.example/%C3%A4?q=%C3%B6",
        ),
        ("https://docs.python.org.evil.com/", "https://docs.python.org.evil.com/"),
        ("http://exa_mple.com:8080", "http://exa_mple.com:8080"),
    ],
)
def test_a_url_means_one_host(hands: Hands, given: str, meant: str | None) -> None:
    if meant is None:
        hands.refused("fetch", url=given)
        return
    assert str(parsed_url(given)) == meant
    request = hands.prepare("fetch", url=given).request
    assert request is not None and (request.kind, request.url) == ("fetch", meant)


def test_nothing_is_looked_up_before_the_yes(hands: Hands) -> None:
    def resolver(host: str, port: int) -> Sequence[Address]:
        raise AssertionError("looked up")

    call = Fetch(resolver=resolver).prepare(
        FetchArguments(url="https://example.com/x"), hands.context
    )
    assert (call.title, call.sub_title) == ("GET", "https://example.com/x")


def test_a_name_is_resolved_once_and_that_address_connected_to(pages: Pages, hands: Hands) -> None:
    """A name server that changes its mind (DNS rebinding) changes nothing."""
    pages.text("/x", "hello")
    answers = itertools.chain([[LOOPBACK]], itertools.repeat([ipaddress.ip_address("::1")]))
    looked_up: list[str] = []

    def resolver(host: str, port: int) -> Sequence[Address]:
        looked_up.append(host)
        return next(answers) if len(looked_up) != 2 else [LOOPBACK]

    fetch = Fetch(lambda address: address == LOOPBACK, resolver)
    url = f"http://docs.example:{pages.port}/x"
    result = fetch.prepare(FetchArguments(url=url), hands.context).execute(hands.context)
    assert "hello" in result.text
    assert looked_up == ["docs.example"] * 2  # robots.txt, and the page
    assert pages.asked == [(f"docs.example:{pages.port}", "/x")]


def test_one_private_address_among_others_is_enough_to_refuse(hands: Hands) -> None:
    both = [ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("10.0.0.1")]
    fetch = Fetch(resolver=lambda host, port: both)
    call = fetch.prepare(FetchArguments(url="http://mixed.example/"), hands.context)
    with pytest.raises(ToolFailure, match="no public address"):
        call.execute(hands.context)


def test_an_unknown_host_is_told(get: Get) -> None:
    with pytest.raises(ToolFailure, match="not found"):
        get("http://nowhere.example/")


# -- redirects -----------------------------------------------------------------------------


def test_redirects_are_followed_and_checked_each_time(pages: Pages, get: Get) -> None:
    pages.text("/end", "arrived")
    pages.redirect("/2", f"http://other.example:{pages.port}/end", 301)
    result = get(pages.redirect("/1", "/2"), names={"other.example": "127.0.0.1"})
    assert "arrived" in result.text and "other.example" in result.text
    assert [path for _, path in pages.asked] == ["/1", "/2", "/end"]


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://10.0.0.1/", "no public address"),
        ("http://inner.example/", "no public address"),
        ("http://[::1]:1/", "no public address"),
        ("file:///etc/passwd", "only http"),
        ("http://user:word@1.1.1.1/", "user name"),
        ("//0x7f.1/", "no host"),
        ("/again", "More than 5 redirects"),
    ],
)
def test_redirects_that_lead_nowhere_good(pages: Pages, get: Get, location: str, said: str) -> None:
    pages.redirect("/again", "/again")
    url = pages.redirect("/start", location)
    with pytest.raises(ToolFailure, match=said):
        get(url, names={"inner.example": "192.168.0.1"})
    assert len(pages.asked) <= 6


def test_no_cookie_and_no_referrer_goes_along(pages: Pages, get: Get) -> None:
    pages.text("/end", "x")
    pages.pages["/1"] = (302, {"Location": "/end", "Set-Cookie": "id=7; Path=/"}, b"")
    get(pages.origin + "/1")
    sent = {name.lower() for headers in pages.headers for name in headers}
    assert not sent & {"cookie", "referer", "authorization"}


# -- robots.txt ----------------------------------------------------------------------------


def test_robots_txt_is_honoured(pages: Pages, get: Get) -> None:
    pages.text("/robots.txt", "User-agent: *\nDisallow: /private\n")
    pages.text("/private/x", "secret")
    pages.text("/open", "fine")
    assert "fine" in get(pages.origin + "/open").text
    with pytest.raises(ToolFailure, match="robots"):
        get(pages.origin + "/private/x")
    with pytest.raises(ToolFailure, match="robots"):
        get(pages.redirect("/way", "/private/x"))
    assert ("/private/x") not in [path for _, path in pages.asked]


def test_robots_txt_that_is_missing_or_broken(pages: Pages, get: Get) -> None:
    url = pages.text("/x", "fine")
    for body in (b"\xff\xfe\0", b"<html>", b"Disallow /"):
        pages.text("/robots.txt", body)
        assert "fine" in get(url).text
    pages.text("/robots.txt", "", status=503)
    with pytest.raises(ToolFailure, match="503"):
        get(url)


# -- what comes back -----------------------------------------------------------------------


def test_text_comes_as_it_is(pages: Pages, get: Get) -> None:
    result = get(pages.text("/x", "plain € text", "text/plain; charset=utf-8"))
    assert result.text == (
        f'<http_response url="{pages.origin}/x" status="200"'
        ' content_type="text/plain; charset=utf-8" total_chars="12">\n'
        "plain € text\n</http_response>"
    )


def test_html_comes_as_markdown_unless_raw(pages: Pages, get: Get) -> None:
    html = "<!doctype html><title>T</title><h1>Hello</h1><p>See <a href='/y'>this</a>."
    for kind in ("text/html", "application/xhtml+xml", ""):
        url = pages.text("/x", html, kind)
        assert f"T\n\n# Hello\n\nSee [this]({pages.origin}/y)." in get(url).text
    assert html in get(url, raw=True).text


def test_charsets(pages: Pages, get: Get) -> None:
    assert "é" in get(pages.text("/1", b"\xe9", "text/plain; charset=ISO-8859-1")).text
    body = b'<meta charset="windows-1252"><p>\x80'
    assert "€" in get(pages.text("/2", body, "text/html")).text
    assert "\ufffd" in get(pages.text("/3", b"\xff", "text/plain; charset=klingon")).text


def test_an_error_status_is_an_error_with_its_page(pages: Pages, get: Get) -> None:
    result = get(pages.text("/x", "gone for good", status=410))
    assert result.is_error and 'status="410"' in result.text and "gone for good" in result.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("image/png", b"\x89PNG"),
        ("application/octet-stream", b"x"),
        ("text/plain", b"a\0b"),
        ("", b"\0"),
    ],
)
def test_binary_is_refused(pages: Pages, get: Get, kind: str, body: bytes) -> None:
    with pytest.raises(ToolFailure, match="only text"):
        get(pages.text("/x", body, kind))


def test_long_pages_go_to_a_file(pages: Pages, get: Get, hands: Hands, store: Path) -> None:
    result = get(pages.text("/x", "x" * 60_000 + "needle"))
    (kept,) = (store / "outputs").iterdir()
    assert str(kept) in result.text and len(result.text) < 51_000
    assert "needle" in kept.read_text() and kept.stat().st_mode & 0o777 == 0o600


def test_endless_and_bomb_bodies_are_cut(pages: Pages, get: Get) -> None:
    endless = itertools.repeat(b"x" * 10_000)
    pages.pages["/endless"] = (200, {"Content-Type": "text/plain"}, endless)
    assert "first 2 MB" in get(pages.origin + "/endless").text
    bomb = gzip.compress(b"x" * 50_000_000)
    headers = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}
    pages.pages["/bomb"] = (200, headers, bomb)
    result = get(pages.origin + "/bomb")
    assert 'total_chars="2097152"' in result.text
    pages.pages["/small"] = (200, headers, gzip.compress(b"unpacked"))
    assert "unpacked" in get(pages.origin + "/small").text
    pages.pages["/br"] = (200, {"Content-Encoding": "br"}, b"x")
    pages.pages["/broken"] = (200, headers, b"not gzip at all")
    for path in ("/br", "/broken"):
        with pytest.raises(ToolFailure):
            get(pages.origin + path)


def test_what_does_not_answer_is_told(get: Get) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ToolFailure, match="cannot be fetched"):
        get(f"http://127.0.0.1:{port}/")


def test_slow_pages_end(pages: Pages, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grafftui.tools.transfer.TOTAL_SECONDS", 0.5)
    gate = threading.Event()

    def drip() -> Iterator[bytes]:
        while not gate.wait(0.05):
            yield b"x"

    pages.pages["/slow"] = (200, {"Content-Type": "text/plain"}, drip())
    started = time.monotonic()
    try:
        with pytest.raises(ToolFailure, match=r"longer than|in time"):
            get(pages.origin + "/slow")
        assert time.monotonic() - started < 3
    finally:
        gate.set()


def test_a_fetch_can_be_interrupted_whatever_it_waits_for(
    pages: Pages, get: Get, hands: Hands
) -> None:
    gate = threading.Event()

    def silence() -> Iterator[bytes]:
        gate.wait(20)
        yield b""

    pages.pages["/silent"] = (200, {"Content-Type": "text/plain"}, silence())
    outcome: list[BaseException] = []

    def work() -> None:
        try:
            get(pages.origin + "/silent")
        except AbortedError as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: pages.asked)
    started = time.monotonic()
    hands.context.cancellation.cancel()
    thread.join(5)
    gate.set()
    assert outcome and time.monotonic() - started < 1


def self_signed(host: str) -> bytes:
    """A certificate for `host` that nobody vouches for, with its key, as PEM."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return secret + certificate.public_bytes(serialization.Encoding.PEM)


def test_a_certificate_nobody_vouches_for_is_refused(get: Get, tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(self_signed("docs.example"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(3):
                try:
                    connection, _ = server.accept()
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    return

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(ToolFailure, match=r"(?i)certificate"):
            get(
                f"https://docs.example:{server.getsockname()[1]}/",
                names={"docs.example": "127.0.0.1"},
            )


# -- HTML ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>A <em>b</em></h2><p>c<br>d", "## A *b*\n\nc\nd"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n  - c"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<pre>  x\n  <b>y</b></pre>", "```\n  x\n  y\n```"),
        ("<code>a</code> &lt;b&gt; &amp;amp;", "`a` <b> &amp;"),
        ("<script>alert(1)</script><style>x</style>text<nav>menu</nav>", "text"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "a | b\n1 | 2"),
        ("<a href='javascript:x()'>no</a> <a href='../y'>yes</a>", "no [yes](http://h/y)"),
        ("<img alt='a cat' src='x'><img src='y'>", "[image: a cat]"),
        ("<p>a   \n  b</p>\n\n\n<p>c</p>", "a b\n\nc"),
        ("<blockquote>said</blockquote>", "> said"),
        ("<nav>only <b>menu</b></nav>", "only menu"),
        ("a < b && c > d", "a < b && c > d"),
        ("</p></ul></a></pre>x", "x"),
        ("", ""),
    ],
)
def test_html_as_markdown(html: str, markdown: str) -> None:
    assert html_to_markdown(html, "http://h/x/z") == markdown


HOSTILE = {
    "comments": "<!--" * 400_000,
    "quotes": "<a x='" * 300_000,
    "links": "<a href=x>" * 200_000 + "x" + "</a>" * 100_000,
    "angles": "<" * 1_500_000,
    "sections": "<![" * 500_000,
    "blocks": "<div>" * 300_000,
    "references": "&" * 1_500_000,
    "lists": "<ul><li>" * 200_000,
    "script": "<script>" + "<" * 1_000_000,
    "ends": "</" * 700_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_html_ends_soon(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grafftui.tools.html_to_markdown.SECONDS", 0.3)
    started = time.monotonic()
    html_to_markdown(HOSTILE[kind], "http://h/")
    assert time.monotonic() - started < 3
