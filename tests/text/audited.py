"""Audited text read back, which shows that nothing was dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grafftui.text.auditing import Span

_WRITTEN_OUT = re.compile(
    r"(?P<shown>\\u\{(?P<code>[0-9a-f]+)\}|\\x(?P<byte>[0-9a-f]{2})|(?P<symbol>[␀-␡]))"
    r"(?:×(?P<count>[0-9]+))?|(?P<literal>.)",
    re.DOTALL,
)


def read_back(shown: str, spans: Sequence[Span]) -> str:
    """The text that `shown` and `spans` were made from."""
    pieces: list[str] = []
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(shown)
        pieces += shown[end : span.start], _read_span(shown[span.start : span.end])
        end = span.end
    return "".join([*pieces, shown[end:]])


def _read_span(text: str) -> str:
    return "".join(map(_read, _WRITTEN_OUT.finditer(text)))


def _read(match: re.Match[str]) -> str:
    if match["literal"]:
        return match["literal"]
    if match["code"] or match["byte"]:
        char = chr(int(match["code"] or match["byte"], 16))
    else:
        code = ord(match["symbol"]) - 0x2400
        char = "\x7f" if code == 0x21 else chr(code)
    return char * int(match["count"] or 1)
