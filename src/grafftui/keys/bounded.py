"""Waiting for something that may never answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

T = TypeVar("T")


class Late(Exception):
    """There was no answer in time."""


def within(seconds: float, call: Callable[[], T], *, name: str) -> T:
    """What `call` returns or raises, if that happens within `seconds`.

    It runs on a daemon thread of its own, which is left behind when it is late: it then holds
    up neither the caller nor the end of the process, and its answer is never looked at.

    Raises:
        Late: No answer in time.
    """
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, name=name, daemon=True).start()
    if not wait([answer], timeout=seconds).done:
        raise Late
    return answer.result()
