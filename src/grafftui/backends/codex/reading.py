"""One line of JSON, read fast: an answer comes in ten thousand of them."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json


def table_in(line: bytes) -> dict[str, Any] | None:
    """The table in `line`; None where it is none.

    What is no UTF-8, or holds half a character, is read all the same, the slow way.
    """
    try:
        value = from_json(line, cache_strings="keys")
    except ValueError:
        try:
            value = json.loads(line.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None
