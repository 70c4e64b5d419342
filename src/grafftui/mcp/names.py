"""How tools of MCP servers are called before a model."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Container, Iterable
from typing import Final

LONGEST: Final = 64
"""Characters that every provider takes."""


def tool_names(tools: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Server and tool → `mcp_{server}_tool_{tool}`, plain, short and each another.

    A name does not depend on the others that are there, but where two would be the same: the
    hash of the real ones tells them apart.
    """
    pairs = sorted(dict.fromkeys(tools))
    wanted = {pair: _name(*pair) for pair in pairs}
    counts = Counter(wanted.values())
    names: dict[tuple[str, str], str] = {}
    taken = {name for pair, name in wanted.items() if counts[name] == 1 and _is_exact(pair, name)}
    for pair, name in wanted.items():
        if name not in taken or counts[name] > 1:
            name = _told_apart(pair, name, taken)
            taken.add(name)
        names[pair] = name
    return names


def legacy_name(server: str, tool: str) -> str:
    """`mcp__server__tool`, as other programs call it, and so what models may have learnt."""
    return f"mcp__{_plain(server)}__{_plain(tool)}"[:LONGEST]


def _name(server: str, tool: str) -> str:
    return f"mcp_{_plain(server)}_tool_{_plain(tool)}"


def _is_exact(pair: tuple[str, str], name: str) -> bool:
    """Whether the name says it all: nothing was cut off."""
    return len(name) <= LONGEST and any(char.isalnum() for char in _plain(pair[1]))


def _told_apart(pair: tuple[str, str], name: str, taken: Container[str]) -> str:
    digest = hashlib.sha256("\0".join(pair).encode("utf-8", "surrogatepass")).hexdigest()
    marks = (digest[start : start + 8] for start in range(len(digest)))
    return next(one for mark in marks if (one := f"{name[: LONGEST - 9]}_{mark}") not in taken)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "_", text.lower()).strip("_") or "_"
