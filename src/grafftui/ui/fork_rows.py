"""A conversation's forks, as rows to pick from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grafftui.ui import figures
from grafftui.ui.conversation_lines import as_tree
from grafftui.ui.screens.picker import Row
from grafftui.ui.themes import signs

if TYPE_CHECKING:
    from grafftui.history import Conversation


def fork_rows(family: Sequence[Conversation]) -> list[Row]:
    """Each below what it was forked from, with where that was and how old it is."""
    mark, now = signs().fork, time.time()
    return [
        Row(
            member.id,
            ("  " * (depth - 1) + f"{mark} " if depth else "") + (member.title or "Untitled"),
            _detail(member),
            figures.age(now - member.updated_at),
        )
        for depth, member in as_tree(family)
    ]


def _detail(member: Conversation) -> str:
    if member.deleted_at is not None:
        return "in the bin"
    if member.archived:
        return "archived"
    if member.forked_at is None:
        return ""
    return f"at entry {member.forked_at}" if member.forked_at else "at its beginning"
