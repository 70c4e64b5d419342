"""Fetching the entries near the window from the history, a page at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from grafftui.entries import Entry, unreadable_entry

PAGE = 50
"""Entries fetched at once."""
AT_ONCE = 2
"""Pages under way at the same time; whoever scrolls past others does not wait for them."""

Load = Callable[[int, int], Awaitable[list[Entry]]]
"""Bodies of the entries from the first number up to, but not including, the last."""


class Pages:
    """Asks for missing entries, once each.

    Args:
        start: Runs what it is given on the event loop, or never, if that is about to end.
        arrived: Called with the first number and the bodies of a page.
    """

    def __init__(
        self,
        start: Callable[[Callable[[], Coroutine[Any, Any, None]]], object],
        arrived: Callable[[int, list[Entry]], None],
    ) -> None:
        self._start = start
        self._arrived = arrived
        self._load: Load | None = None
        self._count = 0
        self._under_way: set[int] = set()

    def open(self, count: int, load: Load) -> None:
        """Fetch from another conversation of `count` entries; what was under way is dropped."""
        self._load = load
        self._count = count
        self._under_way = set()

    def request(self, missing: Iterable[int]) -> None:
        """Fetch the pages of these entries, as many as may be under way.

        Whoever still misses some when a page has arrived asks again.
        """
        if self._load is None:
            return
        for page in sorted({number // PAGE for number in missing} - self._under_way, reverse=True):
            if len(self._under_way) >= AT_ONCE:
                return
            self._under_way.add(page)
            self._start(partial(self._fetch, page, self._load, self._under_way))

    async def read(self, first: int, last: int) -> list[Entry]:
        """The bodies from `first` up to, not including, `last`, which are kept nowhere."""
        return await _read(self._load, first, last) if self._load is not None else []

    async def _fetch(self, page: int, load: Load, under_way: set[int]) -> None:
        first = page * PAGE
        entries = await _read(load, first, min(first + PAGE, self._count))
        under_way.discard(page)
        if under_way is self._under_way:
            self._arrived(first, entries)


async def _read(load: Load, first: int, last: int) -> list[Entry]:
    """The bodies, and a notice for each that cannot be read."""
    try:
        entries = list(await load(first, last))
    except Exception as error:
        entries = [unreadable_entry(str(error) or type(error).__name__)]
    missing = last - first - len(entries)
    entries += [unreadable_entry("it is not in the history") for _ in range(missing)]
    return entries[: last - first]
