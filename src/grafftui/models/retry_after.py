"""How long a provider asks to be left alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from math import isfinite


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds from now that `retry-after-ms` or `Retry-After` asks for, at least 0.

    Not clamped upwards: the length itself tells a rate limit from a quota. A value that is
    neither a number nor an HTTP date is None; a date that has passed is 0. Header names are
    lower case.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    value = headers.get("retry-after", "")
    seconds = _number(value)
    return max(0.0, seconds) if seconds is not None else _until(value)


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _until(value: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
