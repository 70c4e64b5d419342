"""The words of a text as they stand apart when nothing is heeded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from grafftui.approvals.shell.joints import NOTHING, with_escapes, without_redirects

CUT: Final = re.compile(r"[\s;&|()<>{}`,]+")
"""What stands between them."""

_SPACE: Final = re.compile(r"\$\{?IFS\b[^}\s/'\"]*\}?")
_DEFAULT: Final = re.compile(r"\$\{\w+:?[-=+?]")


def loose_words(text: str) -> list[str]:
    """The words of `text`, in each of its variants."""
    return [word for word in CUT.split(" ".join(map(apart, variants(text)))) if word]


def variants(text: str) -> Iterator[str]:
    """`text`, and what it would be without redirects and with its `$'\\x41'` written out."""
    text = text.replace("\\\n", "")
    yield NOTHING.sub("", _SPACE.sub(" ", text))
    if "<" in text or ">" in text:
        yield without_redirects(text)
    if "$'" in text:
        yield with_escapes(text)


def unquoted(text: str) -> str:
    """`text` without quotes and backslashes."""
    return re.sub(r"[\"'\\]", "", text)


def apart(text: str) -> str:
    """`text` without quotes and expansions, words apart at `=` and brackets."""
    text = _DEFAULT.sub(" ", text)
    return re.sub(r"[=\[\]]", " ", re.sub(r"[\"'\\$]", "", text))
