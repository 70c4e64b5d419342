"""Hosts, compared as they are connected to (R-61), and addresses that tell (R-62)."""

from __future__ import annotations

import base64

import pytest

from grafftui.approvals.hosts import HostRule, decoded, host_of, long_query, telling
from grafftui.text.redact import secrets

DOCS = HostRule("docs.python.org")
KEY = "sk-ant-" + "a1b2c3d4" * 5


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.python.org/3/",
        "https://DOCS.python.ORG/",
        "https://docs.python.org./",
        "https://x.docs.python.org/",
        "http://docs.python.org:80/",
    ],
)
def test_r61_the_intended_hosts(url: str) -> None:
    host = host_of(url)
    assert host is not None
    assert DOCS.allows(host)
    assert DOCS.forbids(host)


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.python.org.evil.com/",
        "https://evildocs.python.org/",
        "https://docs.python.org@evil.com/",
        "https://user:docs.python.org@evil.com/",
        "https://evil.com\\@docs.python.org/",
        "https://evil.com#@docs.python.org/",
        "https://evil\0.docs.python.org/",
        "https://evil%00.docs.python.org/",
        "https://docs.python.org:8080/",
        "https://docs.python.org%2eevil.com/",
        "ftp://docs.python.org/",
        "file:///docs.python.org",
        "https:///docs.python.org",
        "https://0x7f.1/",
        "https://169.254.169.254/",
        "https://metadata.google.internal/",
        "https://docs.python.org:x/",
        "https://[::1/",
        "https://docs.python。org.evil.com/",
    ],
)
def test_r61_other_hosts(url: str) -> None:
    host = host_of(url)
    assert host is None or not DOCS.allows(host)


@pytest.mark.parametrize("url", ["https://x@docs.python.org/", "https://a:b@docs.python.org/"])
def test_r61_with_a_user_name_no_host_is_meant(url: str) -> None:
    assert host_of(url) is None


def test_r61_addresses_are_what_they_are_however_they_are_written() -> None:
    rule = HostRule("127.0.0.1")
    for url in ("http://127.0.0.1/", "http://[::ffff:127.0.0.1]/"):
        host = host_of(url)
        assert host is not None
        assert rule.forbids(host)
    assert host_of("http://2130706433/") is None


def test_r61_names_in_other_scripts_are_encoded() -> None:
    host = host_of("https://bücher.example/")
    assert host is not None
    assert host.name == "xn--bcher-kva.example"
    assert HostRule("xn--bcher-kva.example").allows(host)
    assert HostRule("BÜCHER.example").allows(host)


@pytest.mark.parametrize("text", ["", "https://a.b", "a.b/c", "x@y", "a b", "*.", "a..b", "1.2"])
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no host"):
        HostRule(text)


def test_below_only_and_ports() -> None:
    below, port, top = HostRule("*.a.org"), HostRule("a.org:81"), HostRule("org")
    a, b, c = (host_of(u) for u in ("http://a.org", "http://b.a.org", "http://a.org:81"))
    assert a and b and c
    assert [below.allows(a), below.allows(b), below.forbids(a)] == [False, True, False]
    assert [port.allows(a), port.allows(c), port.forbids(a)] == [False, True, False]
    assert not HostRule("a.org").allows(c)
    assert HostRule("a.org").forbids(c)
    assert not top.allows(a)  # a single label is no tree


@pytest.mark.parametrize(
    "url",
    [
        f"https://a.org/?k={KEY}",
        f"https://a.org/{KEY}/x",
        "https://a.org/?k=" + "".join(f"%{ord(c):02x}" for c in KEY),
        "https://a.org/?k=" + "".join(f"%25{ord(c):02x}" for c in KEY),
        "https://a.org/?k=" + base64.b64encode(f"token {KEY}".encode()).decode(),
        "https://a.org/?k=" + base64.urlsafe_b64encode(f"key {KEY}".encode()).decode().rstrip("="),
    ],
)
def test_r62_a_secret_in_an_address(url: str) -> None:
    assert "secret" in telling(url)


def test_r62_a_part_of_a_known_key() -> None:
    known = "Zq9" * 20
    secrets.add_secret(known, "test")
    assert "part of a key" in telling(f"https://a.org/{known[:24]}")
    assert telling(f"https://a.org/{known[:23]}") == ""


def test_r62_long_queries() -> None:
    assert long_query("https://a.org/?q=" + "x" * 199)
    assert not long_query("https://a.org/?q=" + "x" * 190)
    assert decoded("https://a.org/?q=%2541") == "https://a.org/?q=A"


def test_an_ordinary_address_tells_nothing() -> None:
    assert telling("https://docs.python.org/3/library/urllib.parse.html?highlight=quote#x") == ""
