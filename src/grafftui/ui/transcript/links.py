"""Addresses in untrusted text: which may be followed, and how one is told where they lead."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

FOLLOWED = frozenset({"http", "https", "mailto"})
PLACE_CHARS = 40

_HOST = re.compile(r"[\w.:-]+")

BARE_URL = re.compile(r"\bhttps?://[^\s<>\"'`\])}]+[^\s<>\"'`\])}.,;:!?]")


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url.strip())
    except ValueError:
        return None


def may_follow(url: str) -> bool:
    """Whether a person may be offered to open `url`; everything but the web and mail is not."""
    parts = _split(url)
    if parts is None or parts.scheme not in FOLLOWED:
        return False
    if parts.scheme == "mailto":
        return bool(parts.path)
    return parts.hostname is not None and _HOST.fullmatch(parts.hostname) is not None


def place_of(url: str) -> str:
    """Where `url` leads, in a few characters: its host and the beginning of its path.

    User names, ports in disguise and queries do not fit in front of the host, and a host in
    other letters than ours is shown as the resolver is asked for it.
    """
    parts = _split(url)
    if parts is None:
        return "no valid address"
    if parts.scheme in ("http", "https"):
        place = _ascii(parts.hostname or "no host") + parts.path.rstrip("/")
    else:
        place = url.strip()
    return place if len(place) <= PLACE_CHARS else place[: PLACE_CHARS - 1] + "…"


def shows_its_place(label: str, url: str) -> bool:
    """Whether `label` says as much as `place_of(url)` would."""
    label = label.strip()
    if label == place_of(url):
        return True
    parts = _split(url)
    return label == url and parts is not None and "@" not in parts.netloc and url.isascii()


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return ascii(host)[1:-1]


def host_of(url: str) -> str:
    """The host of `url`, for saying where an image is."""
    parts = _split(url)
    return (parts.hostname if parts else None) or "here"
