"""Values as they stand in the history: JSON that SQLite accepts and that can be read back."""

from __future__ import annotations

import json
from typing import Any, Final

LARGEST_INTEGER: Final = 2**63 - 1
"""SQLite's."""


def to_json(value: Any) -> str:
    """`value` as JSON text without lone surrogates. Never fails: what is no JSON is described."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except (ValueError, TypeError, RecursionError) as error:
        text = json.dumps({"unreadable": f"{type(error).__name__}: {error}"[:200]})
    return plain(text)


def from_json(text: str | bytes) -> Any:
    """The value in `text`. Raises `ValueError` when there is none."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def object_from(text: str | bytes) -> dict[str, Any]:
    """The JSON object in `text`. Raises `ValueError` when there is none."""
    value = from_json(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def plain(text: str) -> str:
    """`text` as UTF-8 can hold it: halves of one character joined, lone halves replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def count(value: Any) -> int:
    """`value` as a number that fits a column; 0 when it is none."""
    if not isinstance(value, (int, float)) or value != value:
        return 0
    return int(max(0, min(value, LARGEST_INTEGER)))


def number(value: Any) -> float | None:
    """`value` as a float; None when it is none."""
    try:
        return float(value) if isinstance(value, (int, float)) else None
    except OverflowError:
        return None


def shortened(value: Any, limit: int) -> Any:
    """`value` with every string over `limit` characters reduced to its head and its tail."""
    if isinstance(value, str) and len(value) > limit:
        half = limit // 2
        return f"{value[:half]}\n… {len(value) - 2 * half} characters left out …\n{value[-half:]}"
    if isinstance(value, dict):
        return {key: shortened(item, limit) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shortened(item, limit) for item in value]
    return value
