"""Dates as typed after `before:` and `after:`, and as the index knows them.

The index has days of UTC, so that it does not depend on where a machine is. What a person types
is a day where the person is: the index finds the days that touch it, the second decides.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from grafftui.errors import UsageError

_DATE: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FIRST, _LAST = date(1970, 1, 1), date(9999, 12, 30)


def day_of(text: str, filter: str, now: float | None = None) -> float:
    """The Unix second at which the day, month or year `text` begins here.

    Args:
        filter: Which filter it is typed to, for the error.
        now: What `today` is taken from; None for the present.

    Raises:
        UsageError: It is no date.
    """
    today = datetime.fromtimestamp(time.time() if now is None else now).date()
    day = _named(text.lower(), today) or _written(text)
    if day is None or not _FIRST <= day <= _LAST:
        raise UsageError(
            f"{filter}:{text} is no date",
            hint="write 2026, 2026-03, 2026-03-14, today, yesterday or a day of the week",
        )
    return datetime(day.year, day.month, day.day).timestamp()


def _named(text: str, today: date) -> date | None:
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    if text in _WEEKDAYS:
        return today - timedelta(days=(today.weekday() - _WEEKDAYS.index(text)) % 7 or 7)
    return None


def _written(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(number or 1) for number in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def tokens_of(at: float) -> str:
    """Year, month and day of a Unix second, as tokens of the index."""
    day = _utc(at).isoformat().replace("-", "")
    return f"{day[:4]} {day[:6]} {day}"


def tokens_between(after: float | None, before: float | None, now: float) -> list[str]:
    """Tokens of all that is between: at most one for each day at the ends, month and year."""
    first = _FIRST if after is None else _utc(after)
    last = max(_utc(now), first) + timedelta(days=366) if before is None else _utc(before)
    return list(_spans(first, last))


def _spans(first: date, last: date) -> Iterator[str]:
    """The longest calendar spans that fill the days from `first` to `last`, both included."""
    day, end = first, last + timedelta(days=1)
    while day < end:
        next_year, next_month = date(day.year + 1, 1, 1), _next_month(day)
        if (day.month, day.day) == (1, 1) and next_year <= end:
            yield f"{day:%Y}"
            day = next_year
        elif day.day == 1 and next_month <= end:
            yield f"{day:%Y%m}"
            day = next_month
        else:
            yield f"{day:%Y%m%d}"
            day += timedelta(days=1)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _utc(at: float) -> date:
    try:
        return max(_FIRST, min(_LAST, datetime.fromtimestamp(at, UTC).date()))
    except (ValueError, OverflowError, OSError):
        return _FIRST
