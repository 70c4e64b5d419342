"""A small JSON request that can be given up at any moment."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import Any

from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError
from grafftui.models.errors import ConnectionFailed
from grafftui.models.faults import Speaker
from grafftui.models.response_checks import check_status, read_json
from grafftui.models.transport import HttpCall, HttpRequest, Timeouts

SHORT = Timeouts(connect=10.0, first_byte=20.0, idle=20.0, total=60.0)
"""For requests that need no model to think."""


def fetch_json(
    speaker: Speaker,
    request: HttpRequest,
    cancellation: Cancellation,
    timeouts: Timeouts = SHORT,
) -> Any:
    """Send `request` and read its JSON answer.

    Raises:
        AbortedError: Cancelled; noticed within 100 ms.
        AuthenticationError, ProviderError: As for a model's answer.
    """
    cancellation.raise_if_cancelled()
    call = HttpCall(speaker, request, timeouts)
    arrivals: SimpleQueue[tuple[Any, Exception | None]] = SimpleQueue()

    def read() -> None:
        try:
            call.start()
            check_status(speaker, call)
            arrivals.put((read_json(speaker, call), None))
        except Exception as error:
            arrivals.put((None, error))
        finally:
            call.close()

    def wake() -> None:
        arrivals.put((None, AbortedError("interrupted")))
        call.abort()

    threading.Thread(target=read, name="model-request", daemon=True).start()
    try:
        with cancellation.on_cancel(wake):
            value, failure = arrivals.get(timeout=timeouts.total)
    except Empty:
        call.abort()
        raise ConnectionFailed(
            f"{speaker}: no answer within {timeouts.total:g} s",
            hint="check the network connection",
            retryable=True,
        ) from None
    if failure is not None:
        raise failure
    return value
