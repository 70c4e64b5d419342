"""Secrets taken out of text: those we know, and what has the shape of one.

Redact before text is stored, logged, exported or sent. Never redact what a person is asked to
approve: that would hide a command, a path or a destination.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from grafftui.text.key_shapes import SHAPES, Unfinished, unfinished

SHORTEST_SECRET = 8
"""Characters. A shorter value would be found in innocent text, and guards nothing."""

_MOST_HELD = 8 * 1024
"""Characters a stream holds back. The longest usual PEM key, RSA 8192, has 6,400."""


@dataclass(frozen=True, slots=True)
class Found:
    """A secret from `start` up to `end`; text from `since` on is what tells that it is one."""

    start: int
    end: int
    label: str
    since: int


class Redactor:
    """Known secrets and key shapes, and text without them. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: dict[str, str] = {}

    def add_secret(self, value: str, label: str) -> None:
        """From now on replace `value`, also percent-encoded, by `‹redacted:label›`.

        Surrounding white space does not count. Values of fewer than `SHORTEST_SECRET`
        characters are not taken.
        """
        value = value.strip()
        if len(value) < SHORTEST_SECRET:
            return
        label = re.sub(r"[^A-Za-z0-9_.-]", "-", label)
        with self._lock:
            self._secrets = {**self._secrets, value: label, quote(value, safe=""): label}

    def redact(self, text: str) -> str:
        """`text` with every secret replaced by `‹redacted:label›`.

        Secrets that overlap are replaced as one. Takes time linear in the text, once for
        each known secret.
        """
        return _replaced(text, 0, len(text), self.find(text, 0))

    def find(self, text: str, start: int) -> list[Found]:
        """The secrets in `text` from `start` on: in order, apart from each other."""
        found = [*_known(self._secrets, text, start), *_shaped(text, start)]
        found.sort(key=lambda each: (each.start, -each.end))
        apart: list[Found] = []
        for each in found:
            if apart and each.start < apart[-1].end:
                each = _joined(apart.pop(), each)
            apart.append(each)
        return apart

    def open_from(self, text: str, start: int) -> int:
        """Where, from `start` on, a known secret begins that `text` does not hold all of."""
        first = len(text)
        for secret in self._secrets:
            at = max(start, len(text) - len(secret) + 1) - 1
            while (at := text.find(secret[0], at + 1, first)) >= 0:
                if secret.startswith(text[at:]):
                    first = at
        return first


secrets = Redactor()
"""This process's secrets. Whoever obtains a key adds it here before using it."""


def redact(text: str) -> str:
    """`text` without this process's secrets and without what looks like one."""
    return secrets.redact(text)


class RedactingStream:
    """Redacts text that comes in pieces as if it had come whole.

    Held back is only what could be the beginning of a secret, and at most 8 Ki characters:
    a longer secret is replaced when that many have come, and what follows of it dropped.
    """

    def __init__(self, redactor: Redactor = secrets) -> None:
        self._redactor = redactor
        self._text = ""
        self._start = 0  # what is before it has been given; one character of that is kept
        self._dropping: re.Pattern[str] | None = None

    def feed(self, piece: str) -> str:
        """Take the next piece; give what can be given."""
        self._text += piece
        self._drop()
        text, start = self._text, self._start
        found = self._redactor.find(text, start)
        end = self._redactor.open_from(text, start)
        key = unfinished(text, start)
        if key is not None:
            end = min(end, key.start)
        if len(text) - end > _MOST_HELD:
            found = self._overflow(key, found)
            end = len(text)
        for each in reversed(found):
            if each.end > end:
                end = min(end, each.since)
        return self._give(end, found)

    def close(self) -> str:
        """What was held back; nothing more comes."""
        self._drop()
        return self._give(len(self._text), self._redactor.find(self._text, self._start))

    def _drop(self) -> None:
        if self._dropping is None:
            return
        more = self._dropping.match(self._text, self._start)
        self._start = more.end() if more else self._start
        if self._start < len(self._text):
            self._dropping = None

    def _overflow(self, key: Unfinished | None, found: list[Found]) -> list[Found]:
        """What to replace when no more can be held: all of a key that is known to be one."""
        begun = [each for each in found if key is not None and each.end > key.start]
        if key is None or not begun:
            return found
        self._dropping = key.more
        first = begun[0]
        whole = Found(first.start, len(self._text), first.label, first.since)
        return [*found[: found.index(first)], whole]

    def _give(self, end: int, found: list[Found]) -> str:
        given = _replaced(self._text, self._start, end, found)
        kept = max(end - 1, 0)
        self._text, self._start = self._text[kept:], end - kept
        return given


def looks_like_key(text: str) -> str | None:
    """What sort of key `text` holds, for example "openrouter-key", or None.

    Knows the shapes, and the secrets that were added to `secrets`.
    """
    found = secrets.find(text, 0)
    return found[0].label if found else None


def _known(known: dict[str, str], text: str, start: int) -> Iterator[Found]:
    for secret, label in known.items():
        at = start
        while (at := text.find(secret, at)) >= 0:
            yield Found(at, at + len(secret), label, at)
            at += len(secret)


def _shaped(text: str, start: int) -> Iterator[Found]:
    lowered = text.lower()
    for shape in SHAPES:
        if not _holds_one(lowered if shape.any_case else text, shape.starts):
            continue
        for match in shape.pattern.finditer(text, start):
            first, last = match.span(match.lastindex or 0)
            yield Found(first, last, shape.label, match.start())


def _holds_one(text: str, literals: tuple[str, ...]) -> bool:
    for literal in literals:  # noqa: SIM110 - any() costs three times as much, and this is hot
        if literal in text:
            return True
    return False


def _joined(first: Found, second: Found) -> Found:
    end = max(first.end, second.end)
    return Found(first.start, end, first.label, min(first.since, second.since))


def _replaced(text: str, start: int, end: int, found: list[Found]) -> str:
    """`text` from `start` up to `end`, without what was found in it."""
    pieces: list[str] = []
    for each in found:
        if each.end <= end:
            pieces += text[start : each.start], f"‹redacted:{each.label}›"
            start = each.end
    pieces.append(text[start:end])
    return "".join(pieces)
