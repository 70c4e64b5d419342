"""What becomes of pasted text before it is part of a prompt."""

from __future__ import annotations

import re
from typing import Final

MAX_PROMPT: Final = 2_000_000
"""Characters of a whole prompt; about 500,000 tokens, more than most models take in at once."""

INLINE_CHARACTERS: Final = 1_000
"""A longer paste is shown as one line."""

INLINE_LINES: Final = 12
"""A paste of more lines is shown as one line."""

PICTURES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif")
"""Ends of pictures' names."""

_LONGEST_PATH: Final = 4_096

_BREAK = re.compile(r"\r\n?|[\u0085\u2028\u2029\v\f]")
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")


def clean(text: str) -> str:
    """`text` as it may stand in a prompt: what is seen is what is sent.

    Line ends become "\\n" (terminals paste "\\r"), tabs stay, escape sequences go, and what
    cannot be seen becomes a symbol.
    """
    from grafftui.text import display, for_model

    whole = for_model(_BREAK.sub("\n", text))  # sequences go before tabs can cut them in two
    flat = whole.replace("\t", " ")
    if display(flat) == flat:
        return whole
    return "\t".join(map(display, whole.split("\t")))


def is_typed(character: str) -> bool:
    """Whether a key's character goes into the prompt as it is.

    Joiners and variation selectors do, as emoji and several scripts are typed with them;
    other characters that draw nothing do not.
    """
    return bool(character) and (character.isprintable() or character in _JOINERS)


def is_long(text: str) -> bool:
    """Whether `text` is drawn as one chip instead of in full."""
    return len(text) > INLINE_CHARACTERS or text.count("\n") >= INLINE_LINES


def without_keys(text: str) -> str:
    """`text` with `‹redacted:…›` for each key, as it would be sent: the core takes keys out of
    prompts, those that are known and what has the shape of one."""
    from grafftui.text.redact import redact

    return redact(text)


def picture_path(text: str) -> str:
    """The path of a picture that `text` is, as terminals write a file dropped on them: quoted,
    with backslashes, or as an address; "" when it is none."""
    import shlex
    from urllib.parse import unquote, urlsplit

    text = text.strip()
    if len(text) > _LONGEST_PATH or not text.rstrip("'\"").lower().endswith(PICTURES):
        return ""
    if text.startswith("file://"):
        return unquote(urlsplit(text).path)
    try:
        words = shlex.split(text)
    except ValueError:
        return ""
    return words[0] if len(words) == 1 else text if "/" in text and "\n" not in text else ""
