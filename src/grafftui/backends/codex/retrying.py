"""Trying again while there is too much to do, with pauses that grow and differ."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from grafftui.backends.codex.errors import CodexTurnError, OverloadedError

T = TypeVar("T")


def is_overload(error: BaseException) -> bool:
    """Whether Codex, or the provider in a turn, had too much to do.

    By code -32001, which comes without `data`, and by `codexErrorInfo`; not by words.
    """
    if isinstance(error, CodexTurnError):
        return bool(error.info == "serverOverloaded")
    return isinstance(error, OverloadedError)


def retry_on_overload(
    call: Callable[[], T],
    *,
    max_attempts: int = 3,
    initial_delay_s: float = 0.25,
    max_delay_s: float = 2.0,
    jitter_ratio: float = 0.2,
) -> T:
    """What `call` returns, tried again while there is too much to do.

    Requests are tried again by themselves; this is for whole turns, and for more patience.

    Raises:
        OverloadedError: There still is, or the `CodexTurnError` of a turn for which there was.
    """
    for pause in _pauses(max_attempts, initial_delay_s, max_delay_s, jitter_ratio):
        try:
            return call()
        except (OverloadedError, CodexTurnError) as error:
            if not is_overload(error):
                raise
        time.sleep(pause)
    return call()


async def async_retry_on_overload(
    call: Callable[[], Awaitable[T]],
    *,
    max_attempts: int = 3,
    initial_delay_s: float = 0.25,
    max_delay_s: float = 2.0,
    jitter_ratio: float = 0.2,
) -> T:
    """`retry_on_overload`, awaited."""
    for pause in _pauses(max_attempts, initial_delay_s, max_delay_s, jitter_ratio):
        try:
            return await call()
        except (OverloadedError, CodexTurnError) as error:
            if not is_overload(error):
                raise
        await asyncio.sleep(pause)
    return await call()


def _pauses(attempts: int, first: float, most: float, jitter: float) -> Iterator[float]:
    """Seconds after each attempt but the last."""
    for number in range(attempts - 1):
        pause: float = min(most, first * 2**number)
        yield pause * random.uniform(1 - jitter, 1 + jitter)
