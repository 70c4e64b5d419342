"""JSON that a terminal can be shown: nothing in it acts, nothing in it is invisible."""

from __future__ import annotations

import json
import re
from typing import Any

from grafftui.text.characters import HIDDEN, compiled

_ACTING = rf"[\x7f-\x9f{HIDDEN}]"


def json_text(value: Any, *, indent: int | None = None) -> str:
    """`value` as JSON, with whatever is neither ASCII nor visible escaped."""
    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(value, ensure_ascii=False, separators=separators, indent=indent)
    return text if text.isascii() and "\x7f" not in text else compiled(_ACTING).sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if ord(match[0]) > 0x7F else "\\u007f"
