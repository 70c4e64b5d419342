"""Calls that may take for ever, each on a thread of its own.

The threads that everything else shares are few, and the app waits for them when it ends: a
server that does not answer would hold up both.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def on_own_thread(call: Callable[..., T], *arguments: object) -> T:
    """What `call` returns or raises. Cancelled, it goes on there, and nobody hears of it."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[T] = loop.create_future()

    def settle(settled: Callable[[], None]) -> None:
        if not told.done():
            settled()

    def work() -> None:
        try:
            result = call(*arguments)
        except BaseException as raised:
            error = raised

            def settled() -> None:
                told.set_exception(error)

        else:

            def settled() -> None:
                told.set_result(result)

        with suppress(RuntimeError):  # the app has ended
            loop.call_soon_threadsafe(settle, settled)

    threading.Thread(target=work, name="sandbox", daemon=True).start()
    return await told
