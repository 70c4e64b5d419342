"""Backends in words: why one cannot do something, and who is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from grafftui.backends.registry import title_of

if TYPE_CHECKING:
    from grafftui.backends.backend import Capability

_WHY: Final[dict[Capability, str]] = {
    "steer": "{} takes nothing into a turn that runs: it is sent when the turn is over.",
    "compact": "{} cannot be told to compact.",
    "agents": "{} is an agent of its own: grafftui's agents and their tools do not answer here.",
    "context": "{} keeps its context to itself, and tells only how large it is.",
    "shell": "{} would not be told of commands of your own.",
    "undo": "{} remembers by itself what was said: only files go back.",
}


def why_not(backend: str, capability: Capability) -> str:
    """Why a backend cannot do something, in a sentence."""
    return _WHY.get(capability, "{} cannot do that.").format(title_of(backend))


def signed_in(account: Mapping[str, Any]) -> str:
    """Who is signed in, from `account/read`: "ann@example.com (plus)", "with an API key", …"""
    known = account.get("account")
    if isinstance(known, Mapping):
        if known.get("type") == "chatgpt":
            who, plan = str(known.get("email") or "ChatGPT"), str(known.get("planType") or "")
            return f"{who} ({plan})" if plan else who
        return "with an API key" if known.get("type") == "apiKey" else str(known.get("type") or "")
    return NOBODY if account.get("requiresOpenaiAuth") else NOT_NEEDED


NOBODY: Final = "not signed in"
NOT_NEEDED: Final = "no sign-in needed"
