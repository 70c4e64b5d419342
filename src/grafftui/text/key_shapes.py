"""What keys look like: the shapes that are redacted without being told of the key.

Sources: the issuers' own documentation of their prefixes; RFC 7519 (JWT), RFC 7468 and RFC
9580 (PEM and PGP armour), RFC 9110 section 11.6.2 and RFC 6750 (Authorization). OpenAI,
Anthropic, OpenRouter and others that write `sk-` document no length: 20 characters with a
digit among the first 64 tell a key from hyphenated words.

Every pattern is linear and depends on nothing before the character in front of its start:
that is what lets a stream be redacted piece by piece.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass

_ALNUM = string.ascii_letters + string.digits
_WORD_CHARS = _ALNUM + "_.-"
_VALUE_CHARS = _ALNUM + "+/=._~-"
_PEM_CHARS = _ALNUM + "+/=:,.|>→- \t\r\n\\"

_APART = "(?<![A-Za-z0-9])"
_VALUE = "[A-Za-z0-9+/=._~-]"
_SCHEME = "(?:bearer|basic|token|apikey)[ \t]{1,8}"
_HEADERS = ("authorization", "x-api-key", "x-goog-api-key", "aws_secret_access_key")
_HEADER = _APART + f"(?:{'|'.join(_HEADERS)})[\"']?[ \t]{{0,8}}"
_LONGEST_HEADER = 64
"""Characters of a header's name, what separates it from its value, and the scheme."""

_PEM_BEGIN = "-----BEGIN "
_PEM_LABEL = "(?:[A-Z]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
_PEM_BREAK = r"(?:[ \t\r\n]|\\[nr]){1,8}+"
"""The end of a line, also when it is written out as `\\n`."""
_NUMBER = r"(?:[0-9]{1,7}[:|\t →]{1,4})?+"
_PEM_NEXT = f"(?:{_PEM_BREAK}[ \t>|+-]{{0,8}}+{_NUMBER}){{1,2}}"
"""From one line to the next: what a diff or a listing puts before a line, and blank lines."""
_PEM_LINE = "(?:[A-Za-z0-9+/=]{16,}|[A-Za-z-]{1,24}: [A-Za-z0-9+/=:,. -]{1,80})"


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of key.

    Attributes:
        label: What it is called where it was.
        starts: What it starts with.
        pattern: The key; group 1 if only part of the match is secret.
        any_case: Whether case does not matter; `starts` are in lower case then.
    """

    label: str
    starts: tuple[str, ...]
    pattern: re.Pattern[str]
    any_case: bool = False


def _word(label: str, starts: str, body: str) -> Shape:
    """A key that is one word: one of `starts` (separated by spaces), then `body`."""
    heads = [f"{start}(?<![A-Za-z0-9]{start})" for start in map(re.escape, starts.split())]
    return Shape(label, tuple(starts.split()), re.compile(f"(?:{'|'.join(heads)}){body}"))


_WORDS = (
    _word("anthropic-key", "sk-ant-", "[A-Za-z0-9_-]{16,}"),
    _word("openrouter-key", "sk-or-", "[A-Za-z0-9_-]{16,}"),
    _word("api-key", "sk-proj- sk-svcacct- sk-admin-", "[A-Za-z0-9_-]{20,}"),
    _word("api-key", "sk-", "(?=[A-Za-z_-]{0,64}[0-9])[A-Za-z0-9_-]{20,}"),
    _word("xai-key", "xai-", "[A-Za-z0-9]{20,}"),
    _word("groq-key", "gsk_", "[A-Za-z0-9]{20,}"),
    _word("cerebras-key", "csk-", "[A-Za-z0-9]{20,}"),
    _word("fireworks-key", "fw_", "[A-Za-z0-9]{20,}"),
    _word("nvidia-key", "nvapi-", "[A-Za-z0-9_-]{20,}"),
    _word("perplexity-key", "pplx-", "[A-Za-z0-9]{20,}"),
    _word("replicate-token", "r8_", "[A-Za-z0-9]{20,}"),
    _word("together-key", "tgp_v1_", "[A-Za-z0-9_-]{20,}"),
    _word("google-key", "AIza", "[A-Za-z0-9_-]{35,}"),
    _word("google-token", "ya29.", "[A-Za-z0-9_-]{20,}"),
    _word("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", "[A-Za-z0-9]{20,}"),
    _word("github-token", "github_pat_", "[A-Za-z0-9_]{20,}"),
    _word("gitlab-token", "glpat-", "[A-Za-z0-9_-]{16,}"),
    _word("slack-token", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs-", "[A-Za-z0-9-]{10,}"),
    _word("hugging-face-token", "hf_", "[A-Za-z0-9]{20,}"),
    _word("npm-token", "npm_", "[A-Za-z0-9]{30,}"),
    _word("pypi-token", "pypi-", "[A-Za-z0-9_-]{50,}"),
    _word("aws-key-id", "AKIA ASIA", "[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _word("jwt", "eyJ", r"(?<![_-]eyJ)[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
)

SHAPES = (
    *_WORDS,
    Shape(
        "authorization",
        _HEADERS,
        re.compile(
            f"{_HEADER}[:=][ \t]{{0,8}}[\"']?"
            f"(?:{_SCHEME}|(?=[A-Za-z+/=._~-]{{0,40}}[0-9]))({_VALUE}{{8,}})",
            re.IGNORECASE | re.ASCII,
        ),
        any_case=True,
    ),
    Shape(
        "private-key",
        (_PEM_BEGIN,),
        re.compile(
            f"{_PEM_BEGIN}{_PEM_LABEL}(?:{_PEM_NEXT}{_PEM_LINE})+"
            f"(?:(?:{_PEM_NEXT}[A-Za-z0-9+/=]{{1,76}}){{0,2}}"
            f"{_PEM_BREAK}[ \t>|+]{{0,8}}+{_NUMBER}-?-----END {_PEM_LABEL})?"
        ),
    ),
)
"""Every shape, the more telling label first where two fit."""


def _any_of(literals: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(literals, key=len, reverse=True)))


def _beginnings(*starts: str) -> str:
    return _any_of({start[:length] for start in starts for length in range(1, len(start))})


_WORD_STARTS = [start for word in _WORDS for start in word.starts]
_LONGEST_START = max(len(start) for shape in SHAPES for start in shape.starts)
_BEGINNING = re.compile(
    rf"(?:{_APART}(?:{_beginnings(*_WORD_STARTS)}|(?i:{_beginnings(*_HEADERS)}))"
    rf"|{_beginnings(_PEM_BEGIN)})\Z"
)
_WORD_START = re.compile(f"{_APART}(?:{_any_of(_WORD_STARTS)})")
_OPEN_HEADER = re.compile(
    f"{_HEADER}(?:[:=][ \t]{{0,8}}[\"']?(?:{_SCHEME})?+{_VALUE}*+)?+\\Z", re.IGNORECASE | re.ASCII
)
_PEM_END = re.compile(f"-----END {_PEM_LABEL}")
_PEM_START = re.compile(f"{_PEM_BEGIN}(?:{_PEM_LABEL}|[A-Z -]{{0,64}}\\Z)")

_MORE_WORD = re.compile(r"[A-Za-z0-9_.-]*+")
_MORE_VALUE = re.compile(f"{_VALUE}*+")
_MORE_PEM = re.compile(r"[A-Za-z0-9+/=\s\\-]*+")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The end of a text that may be a key whose end has not come yet.

    Attributes:
        start: Where it starts.
        more: What of it could still come, once its beginning is known to be a key.
    """

    start: int
    more: re.Pattern[str]


def unfinished(text: str, start: int) -> Unfinished | None:
    """The longest end of `text`, from `start` on, on which more text could have a bearing.

    Takes time linear in the part of `text` after `start`.
    """
    ends = [
        (_first(_BEGINNING, text, max(start, len(text) - _LONGEST_START)), _MORE_WORD),
        (_first(_WORD_START, text, _run_start(text, start, _WORD_CHARS)), _MORE_WORD),
        (_open_header(text, start), _MORE_VALUE),
        (_open_pem(text, start), _MORE_PEM),
    ]
    return min(
        (Unfinished(at, more) for at, more in ends if at is not None),
        key=lambda end: end.start,
        default=None,
    )


def _open_header(text: str, start: int) -> int | None:
    value = _run_start(text, start, _VALUE_CHARS)
    return _first(_OPEN_HEADER, text, max(start, value - _LONGEST_HEADER))


def _open_pem(text: str, start: int) -> int | None:
    if text.find(_PEM_BEGIN, start) < 0:
        return None
    run = _run_start(text, start, _PEM_CHARS)
    for end in _PEM_END.finditer(text, run):
        run = end.end()
    return _first(_PEM_START, text, run)


def _run_start(text: str, start: int, characters: str) -> int:
    """Where the characters begin, from `start` on, that `text` ends with."""
    return max(start, len(text.rstrip(characters)))


def _first(pattern: re.Pattern[str], text: str, start: int) -> int | None:
    match = pattern.search(text, start)
    return match.start() if match else None
