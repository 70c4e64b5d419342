"""Retention: what nobody has used for long goes to the bin, and what is long in the bin is gone.

Only where the person has asked for it (`Settings.retention_days`), and always said.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from grafftui.errors import StoreError
from grafftui.history.leases import ConversationBusyError
from grafftui.history.snapshot import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from grafftui.history.store import Store

_DAY: Final = 86_400
_MOST: Final = 1_000
"""Conversations that one start puts in the bin, and deletes; the next goes on."""

_UNUSED: Final = """
SELECT id FROM conversations
WHERE updated_at < :until AND deleted_at IS NULL AND NOT pinned AND activity IS NOT NULL
  AND caller_id IS NULL
  AND state NOT IN ('running', 'waiting')"""
_LONG_IN_BIN: Final = "SELECT id FROM conversations WHERE deleted_at < :until"


class Due(NamedTuple):
    """Ids of the conversations that go to the bin, and of those that are deleted for good."""

    unused: list[str]
    binned: list[str]


def due(path: Path, days: int, now: float) -> Due:
    """What is older than `days` days at Unix second `now`. Raises `StoreError`."""
    values = {"until": now - days * _DAY}
    with snapshot(path) as connection:
        unused = [str(id) for (id,) in connection.execute(_UNUSED, values)]
        return Due(unused, [str(id) for (id,) in connection.execute(_LONG_IN_BIN, values)])


def retire(store: Store, days: int | None, now: float) -> list[str]:
    """Do with what is due what the person has asked for; what to say of that, line by line."""
    if days is None or store.read_only:
        return []
    try:
        found = due(store.paths.database, days, now)
        binned = _each(store.order.bin, found.unused)
        gone = _each(partial(store.delete_conversation, binned=True), found.binned)
    except StoreError as error:
        return [f"What is older than {days} days could not be put in the bin: {error}."]
    lines = []
    if binned:
        lines.append(f"{_count(binned)} not used for {days} days: in the bin now.")
    if gone:
        lines.append(f"{_count(gone)} in the bin for {days} days: deleted for good.")
    return lines


def _each(act: Callable[[str], bool], ids: list[str]) -> int:
    """For how many it was done; in which a turn has begun stays."""
    done = 0
    for id in ids[:_MOST]:
        with suppress(ConversationBusyError):
            done += act(id)
    return done


def _count(number: int) -> str:
    return "1 conversation" if number == 1 else f"{number:,} conversations"
