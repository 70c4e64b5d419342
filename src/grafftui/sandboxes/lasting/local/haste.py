"""Who watches a sandbox goes before what runs in it, and so does what is to end.

A thousand processes that fork leave a thread like any other a thousandth of a processor.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import Final

_BEFORE_OTHERS: Final = -15


def hurry() -> None:
    """Let this thread go before others, where that is allowed: to root, whose processes no limit
    of the kernel counts."""
    _go_first(threading.get_native_id())


def end_soon(pid: int) -> None:
    """Let the first process of a sandbox, in which the kernel ends all others, go before those;
    and on any processor, not only on those that are theirs."""
    with suppress(OSError):
        os.sched_setaffinity(pid, os.sched_getaffinity(0))
    _go_first(pid)


def _go_first(thread: int) -> None:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, _BEFORE_OTHERS)
