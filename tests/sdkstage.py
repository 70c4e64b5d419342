"""One suite over both APIs: `AsyncGraff` on a loop of its own, driven like `Graff`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from functools import partial
from typing import Any

import pytest

from corestage import MODEL, WIRES, Core
from fakes.server import FakeProvider
from grafftui import AsyncGraff, AsyncGraffSession


class Loop:
    """An event loop on a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def __call__(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


class Driven:
    """An async object whose coroutines are waited for and whose async iterators are iterators."""

    def __init__(self, loop: Loop, driven: Any) -> None:
        self._loop = loop
        self._driven = driven

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._driven, name)
        return partial(self._call, value) if callable(value) else value

    def __iter__(self) -> Iterator[Any]:
        return self._iterate(self._driven.__aiter__())

    def _call(self, method: Any, *arguments: Any, **options: Any) -> Any:
        result = method(*arguments, **options)
        if asyncio.iscoroutine(result):
            result = self._loop(result)
        if hasattr(result, "__aiter__"):
            driven = Driven(self._loop, result)
            return driven._iterate(result) if hasattr(result, "asend") else driven
        if isinstance(result, (AsyncGraff, AsyncGraffSession)):
            return Driven(self._loop, result)
        return result

    def _iterate(self, source: AsyncIterator[Any]) -> Iterator[Any]:
        try:
            while True:
                try:
                    yield self._loop(anext(source))  # type: ignore[arg-type]
                except StopAsyncIteration:
                    return
        finally:
            self._loop(source.aclose())  # type: ignore[attr-defined]


class Sdk:
    """Makes what a test drives.

    Attributes:
        api: "sync" or "async".
    """

    def __init__(self, api: str, core: Core) -> None:
        self.api = api
        self.core = core
        self.loop = Loop() if api == "async" else None
        self._open: list[Any] = []

    def graff(self, fake: FakeProvider, wire: str = "chat", **options: Any) -> Any:
        """A `Graff`, or an `AsyncGraff` that is driven like one."""
        made = self.core.graff(fake, wire, **options)  # sets the environment too
        if self.loop is None:
            return made
        made.close()
        options = {"provider": WIRES[wire][0], "model": MODEL, "cwd": str(self.core.workspace)} | (
            options
        )
        driven = Driven(self.loop, AsyncGraff(**options))
        self._open.append(driven)
        return driven

    def close(self) -> None:
        for driven in self._open:
            driven.close()
        if self.loop is not None:
            self.loop.close()


@pytest.fixture(params=["sync", "async"])
def sdk(request: pytest.FixtureRequest, core: Core) -> Iterator[Sdk]:
    """Both APIs, one after the other."""
    made = Sdk(request.param, core)
    yield made
    made.close()
