"""What a trusted project's `forge.toml` may change: it lowers limits, and nothing else (R-31)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from grafftui.settings.layers import forge_layer
from grafftui.settings.problem import Problem
from grafftui.settings.settings import Settings, salvage

LIMITS: Final = ("max_tokens", "max_requests_per_turn", "max_tool_failure_per_turn", "tool_timeout")
"""Counts as lowered what is lower than the person's own."""


def narrowed(settings: Settings, content: bytes, path: Path) -> tuple[Settings, list[Problem]]:
    """The person's settings within the limits of a project's file.

    Args:
        content: The file, as it was trusted.

    Returns:
        The settings, and one problem for each thing that could not be used; one names together
        what no project may set.
    """
    try:
        theirs = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return settings, [Problem(path, "", "is not valid TOML; it changes nothing")]
    layer = forge_layer(path, theirs)
    said, wrong = salvage(layer.data, path)
    changes: dict[str, Any] = {}
    for name in LIMITS:
        limit = getattr(said, name)
        if name in layer.data and limit < getattr(settings, name):
            changes[name] = limit
    problems = [*layer.problems, *wrong]
    if refused := [name for name in layer.data if name not in LIMITS]:
        words = f"not a project's to set, so that it is ignored: {', '.join(refused)}"
        problems.append(Problem(path, "", words))
    return settings.model_copy(update=changes), problems
