"""`AsyncGraff` has what `Graff` has, under the same names with the same arguments."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from grafftui import AsyncGraff, AsyncGraffSession, Graff, GraffSession

ONLY_SYNC = {
    # objects that live beside the turns: reached as `graff.policy` in both, once it is open
    "background",
    # for other backends
    "first_agent",
    "host_turn",
    "hosted_conversation",
    "mcp",
    "mcp_servers",
    "sandbox",
    "sandbox_engines",
    "settings",
    "workspace",
}


def names(of: type) -> set[str]:
    return {name for name in dir(of) if not name.startswith("_")}


def test_the_names() -> None:
    assert names(Graff) - names(AsyncGraff) == ONLY_SYNC
    assert names(GraffSession) == names(AsyncGraffSession)


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
