"""The lines of the list of conversations: what runs on top, then pins, then day by day."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from grafftui.backends.registry import OURS
from grafftui.ui.live import LiveConversation, Phase

if TYPE_CHECKING:
    from grafftui.history import Conversation
    from grafftui.ui.listing import Listing

_STATE_PHASES: Final[dict[str, Phase]] = {
    "done": "done",
    "failed": "failed",
    "interrupted": "idle",
    "lost": "failed",
    "running": "running",  # by another instance
    "waiting": "waiting",
}
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NOTHING: Final = {
    "list": "nothing here yet",
    "archive": "nothing is archived",
    "bin": "the bin is empty",
}

Live = Callable[[str], LiveConversation | None]
"""The conversation with an id, if this process follows it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation as a line: sign, title, age or how many requests wait.

    Attributes:
        depth: How many forks it is away from the one above it that it comes from.
        place: The folder it belongs to, if that is another than ours; or "".
        backend: What answers there, if that is not our own core; or "".
    """

    id: str | None
    title: str
    phase: Phase
    updated_at: float
    waiting: int = 0
    depth: int = 0
    place: str = ""
    backend: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """What the lines below it have in common; "" for an empty line."""

    words: str


def lines(
    listing: Listing, live: Live, current: LiveConversation, now: float
) -> list[Line | Heading]:
    """The lines for what was read, with the state this process knows better.

    Args:
        now: Unix seconds.
    """
    drawn: list[Line | Heading] = []
    if current.id is None and listing.shelf == "list" and not listing.words:
        waiting, other = len(current.pending), _other(current.backend)
        drawn.append(Line(None, current.title, current.phase, now, waiting, backend=other))
    others = list(listing.others)
    pinned = list(listing.pinned)
    if listing.shelf == "list":
        busy = [row for row in (*pinned, *others) if _phase(row, live) in ("running", "waiting")]
        drawn += [_line(row, live, listing) for row in busy]
        pinned, others = _without(pinned, busy), _without(others, busy)
    _add(drawn, "pinned", pinned, live, listing)
    for words, rows in _by_day(others, date.fromtimestamp(now)):
        _add(drawn, words, rows, live, listing)
    if not listing.rows:
        words = "nothing has these words" if listing.words else _NOTHING[listing.shelf]
        if listing.words or listing.shelf != "list":
            drawn.append(Heading(words))
    return drawn


def _add(
    drawn: list[Line | Heading],
    words: str,
    rows: Sequence[Conversation],
    live: Live,
    listing: Listing,
) -> None:
    """Add a group; what is of today needs no heading unless something else had one."""
    if not rows:
        return
    if words != "today" or any(isinstance(line, Heading) for line in drawn):
        drawn += [Heading("")] if drawn else []
        drawn.append(Heading(words))
    drawn += [replace(_line(row, live, listing), depth=depth) for depth, row in as_tree(rows)]


def _without(rows: Sequence[Conversation], busy: Sequence[Conversation]) -> list[Conversation]:
    ids = {row.id for row in busy}
    return [row for row in rows if row.id not in ids]


def _by_day(
    rows: Iterable[Conversation], today: date
) -> Iterable[tuple[str, Sequence[Conversation]]]:
    """The rows, which are newest first, in groups; a clock that was wrong mixes no groups."""
    group: list[Conversation] = []
    day, words = date.max, ""
    for row in rows:
        day = min(day, _date_of(row.updated_at))
        named = day_in_words(day, today)
        if named != words and group:
            yield words, group
            group = []
        words = named
        group.append(row)
    if group:
        yield words, group


def day_in_words(day: date, today: date) -> str:
    """As "today", "yesterday", "Monday", "November", "November 2024"."""
    if day >= today:
        return "today"
    if day == today - timedelta(days=1):
        return "yesterday"
    if day > today - timedelta(days=7):
        return _WEEKDAYS[day.weekday()]
    month = _MONTHS[day.month - 1]
    return month if day.year == today.year else f"{month} {day.year}"


def as_tree(rows: Sequence[Conversation]) -> list[tuple[int, Conversation]]:
    """The rows with forks below what they were forked from, if that is among them, and how deep.

    A family stands where its newest member stood.
    """
    known = {row.id: row for row in rows}
    forks: dict[str, list[Conversation]] = {}
    for row in rows:
        if row.parent_id in known:
            forks.setdefault(str(row.parent_id), []).append(row)
    if not forks:
        return [(0, row) for row in rows]
    tree: dict[str, int] = {}
    for row in rows:
        waiting = [(0, _eldest(row, known))]
        while waiting:
            depth, member = waiting.pop()
            if member.id not in tree:
                tree[member.id] = depth
                waiting += [(depth + 1, fork) for fork in reversed(forks.get(member.id, []))]
    return [(depth, known[id]) for id, depth in tree.items()]


def _eldest(row: Conversation, known: dict[str, Conversation]) -> Conversation:
    seen = {row.id}
    while (parent := known.get(row.parent_id or "")) is not None and parent.id not in seen:
        seen.add(parent.id)
        row = parent
    return row


def _date_of(at: float) -> date:
    try:
        return date.fromtimestamp(at)
    except (ValueError, OverflowError, OSError):  # no time there ever was
        return date.fromtimestamp(time.time() if at > 0 else 0)


def _phase(row: Conversation, live: Live) -> Phase:
    followed = live(row.id)
    if followed is not None and followed.phase != "idle":
        return followed.phase
    return _STATE_PHASES.get(row.state, "idle")


def _line(row: Conversation, live: Live, listing: Listing) -> Line:
    followed = live(row.id)
    waiting = len(followed.pending) if followed is not None else 0
    place = ""
    if row.workspace not in ("", listing.workspace):
        place = PurePath(row.workspace).name or row.workspace
    title = row.title or "Untitled"
    backend = _other(followed.backend if followed is not None else row.backend)
    phase = _phase(row, live)
    return Line(row.id, title, phase, row.updated_at, waiting, place=place, backend=backend)


def _other(backend: str) -> str:
    return "" if backend == OURS else backend
