"""`AsyncGraff` has what `Graff` has, under the same names with the same arguments."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

from corestage import Core
from fakes.steps import text
from grafftui import AsyncGraff, AsyncGraffSession, Graff, GraffSession, UsageError

ONLY_SYNC = {"first_agent", "host_turn", "hosted_conversation"}
"""For other backends."""

WITHIN = {"models", "says_when_unsaved", "vault"}
"""Attributes that are no part of the API."""


def names(of: type) -> set[str]:
    return {name for name in dir(of) if not name.startswith("_")}


def test_the_names() -> None:
    assert names(Graff) - names(AsyncGraff) == ONLY_SYNC
    assert names(GraffSession) == names(AsyncGraffSession)


def objects(graff: Graff) -> set[str]:
    """What stands beside the turns: attributes that are no calls, for users."""
    attributes = {name for name in vars(graff) if not name.startswith("_")} - WITHIN
    properties = {name for name in names(Graff) if isinstance(getattr(Graff, name), property)}
    return (attributes | properties) - ONLY_SYNC


def test_the_objects_are_the_same_once_it_is_open(core: Core) -> None:
    """`mcp` reads files, so it is awaited."""
    fake = core.provider([text("Yes.")])
    wanted = objects(core.graff(fake)) - {"mcp"}
    assert {"store", "policy", "roster", "settings", "mcp_servers"} <= wanted

    async def use() -> None:
        graff = AsyncGraff(cwd=str(core.workspace))
        for name in wanted:
            with pytest.raises(UsageError, match="not open yet"):
                getattr(graff, name)
        async with graff:
            opened = await graff._sync()
            for name in wanted:
                assert getattr(graff, name) is getattr(opened, name), name
            assert await graff.mcp() is graff.mcp_servers

    asyncio.run(use())


def expanded(call: Any) -> dict[str, Any]:
    """Parameter → kind; `**options` of `chat` spelt out."""
    found = {
        name: parameter.kind
        for name, parameter in inspect.signature(call).parameters.items()
        if name not in ("self", "approver")
    }
    if found.pop("options", None):
        chat = inspect.signature(Graff.chat).parameters
        found |= {name: chat[name].kind for name in chat if name not in ("self", "prompt")}
    return found


@pytest.mark.parametrize("name", sorted(names(Graff) & names(AsyncGraff)))
def test_the_arguments(name: str) -> None:
    of_sync, of_async = getattr(Graff, name), getattr(AsyncGraff, name)
    if callable(of_sync):
        assert expanded(of_sync) == expanded(of_async)
