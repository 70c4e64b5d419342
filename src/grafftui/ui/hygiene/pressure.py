"""How far the terminal is behind."""

from __future__ import annotations

from typing import Any

from textual.app import App


def backlog(app: App[Any]) -> int:
    """Writes that wait for a terminal that does not take them.

    Textual's queue holds 30 and then blocks the event loop, so leave frames, each of which is
    one write, out while there are some here. 0 where there is no such queue (in tests).
    """
    thread = getattr(app._driver, "_writer_thread", None)  # private in Textual 8.2.8
    return thread._queue.qsize() if thread is not None else 0
