"""Ends of commands that Codex tells of after the turn they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.errors import CodexError
from grafftui.backends.codex.messages import Notification
from grafftui.backends.codex.record import TurnRecord
from grafftui.backends.codex.results import rows_in
from grafftui.backends.codex.router import Notifications

_PATIENCE: Final = 5.0
"""Seconds for them. With codex 0.144.4 a command that printed a megabyte was told to be over
30–50 ms after its turn; 0.163 tells of it before."""


def through_latecomers(
    client: CodexClient, feed: Notifications, record: TurnRecord
) -> Iterator[Notification]:
    """What `feed` has to the end of the turn, and then to the ends of commands that are over.

    Whoever iterates puts each into `record`. A command that goes on in the background is not
    waited for.
    """
    for notification in feed:
        yield notification
        if record.over:
            break
    due = _over_but_untold(client, record)
    if due:
        with suppress(TimeoutError):
            for notification in feed.within(_PATIENCE, TimeoutError()):
                yield notification
                if due.isdisjoint(record.running):
                    break


def _over_but_untold(client: CodexClient, record: TurnRecord) -> set[str]:
    """Items that are neither told to be over nor still running."""
    if not record.running or record.result().status != "completed":
        return set()
    try:
        listed = rows_in(client.background_terminals_list(record.thread_id))
    except CodexError:  # too old to say: nothing is known to be over
        return set()
    return record.running - {str(one.get("itemId")) for one in listed}
