"""How far something is that takes long, as one line on stderr that is written over."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_PAUSE: Final = 0.1
"""Seconds between two lines; what is done before the first is not spoken of."""


@contextmanager
def progress(words: str) -> Iterator[Callable[[int, int], None]]:
    """Gives what is to be told (done, all) again and again. Says nothing where nobody watches.

    Args:
        words: What is being done, of our own making.
    """
    shown = 0.0 if sys.stderr is not None and sys.stderr.isatty() else float("inf")
    begun = time.monotonic()
    written = False

    def tell(done: int, total: int) -> None:
        nonlocal shown, written
        now = time.monotonic()
        if now - max(shown, begun) >= _PAUSE:
            shown, written = now, True
            share = 100 * done // max(total, 1)
            sys.stderr.write(f"\r{words}: {share} % ({done:,} of {total:,})\x1b[K")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if written:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
