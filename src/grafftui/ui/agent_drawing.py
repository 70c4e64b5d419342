"""The agents of a turn as the side panel draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from grafftui.text import one_line
from grafftui.ui import figures

if TYPE_CHECKING:
    from grafftui.ui.agent_tree import AgentTree, AtWork
    from grafftui.ui.themes import Signs

_MOST: Final = 12
"""Agents that are named; of more, how many."""


def drawn_agents(tree: AgentTree, signs: Signs, width: int) -> Content:
    """Who works, on what, and what each has used; nothing where there are none."""
    rows = list(tree.rows())
    if not rows:
        return Content("")
    ended = f"{len(rows) - tree.at_work}/{len(rows)}"
    lines = [Content.styled(f"Agents{ended:>{width - 6}}", "bold")]
    for depth, one in rows[:_MOST]:
        lines += _agent(one, depth, signs, width)
    if len(rows) > _MOST:
        lines.append(Content.styled(f"… {len(rows) - _MOST} more", "$text-muted"))
    return Content("\n").join(lines)


def _agent(one: AtWork, depth: int, signs: Signs, width: int) -> list[Content]:
    """`● sage find the header   1.2k`, and below what it does while it works."""
    sign, style = {
        "running": (signs.running, "$text-accent"),
        "waiting": (signs.waiting, "$text-warning"),
        "done": (signs.done, "$text-success"),
        "failed": (signs.failed, "$text-error"),
        "interrupted": (signs.pending, "$text-muted"),
    }[one.state]
    indent, tokens = "  " * depth, figures.tokens(one.tokens) if one.tokens else ""
    room = max(4, width - len(indent) - 3 - len(tokens))
    name = one_line(one.agent, room)
    task = one_line(one.task, max(0, room - len(name) - 1)) if room - len(name) > 4 else ""
    head = Content.assemble(indent, (f"{sign} ", style), name, (f" {task}", "$text-muted"))
    gap = " " * max(1, width - head.cell_length - len(tokens))
    lines = [Content.assemble(head, gap, (tokens, "$text-muted")) if tokens else head]
    if one.at_work:
        doing = "waiting for you" if one.state == "waiting" else one.doing or "starting"
        words = one_line(doing, max(4, width - len(indent) - 2))
        lines.append(Content.styled(f"{indent}  {words}", "$text-muted"))
    return lines
