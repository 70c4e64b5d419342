"""The core with a provider that says what it costs, and a history to look at what was kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

pytest.register_assert_rewrite("session.session_stage")

from costs_helpers import Clock  # noqa: E402

from corestage import core  # noqa: E402
from grafftui.history import Store  # noqa: E402
from grafftui.history.costs import Costs  # noqa: E402
from grafftui.history.reader import Reader  # noqa: E402
from grafftui.settings.paths import Paths  # noqa: E402
from session.session_stage import begin, workspace  # noqa: E402

__all__ = ["begin", "core", "workspace"]

Value = TypeVar("Value")
Read = Callable[[Callable[[Costs], Awaitable[Value]]], Value]


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths.from_environment({"GRAFFTUI_HOME": str(home)})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(paths: Paths, clock: Clock) -> Iterator[Store]:
    with Store.open(paths, clock=clock) as store:
        yield store


@pytest.fixture
def read(paths: Paths) -> Read[object]:
    """Asks the history as the screen does: `read(lambda costs: costs.spending("day"))`."""

    def reading(ask: Callable[[Costs], Awaitable[Value]]) -> Value:
        async def asked() -> Value:
            async with await Reader.open(paths) as reader:
                return await ask(reader.costs)

        return asyncio.run(asked())

    return reading
