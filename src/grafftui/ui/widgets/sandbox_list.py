"""The sandboxes of all engines, one line each."""

from __future__ import annotations

import time
from collections.abc import Mapping

from textual.content import Content

from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.sandbox_desk import Listed
from grafftui.ui.themes import Signs, signs
from grafftui.ui.widgets.virtual_list import VirtualList

_ENGINE_COLUMN = 9
_STATE_COLUMN = 11
_COST_COLUMN = 9
_SIZE_COLUMN = 14
_LEAST_NAME = 14


class SandboxList(VirtualList[Listed]):
    """What it is called, whose it is, how it stands, its age, cost and size.

    Attributes:
        used: Id of the one that the conversation works in; "" for none.
    """

    used = ""

    def __init__(self) -> None:
        super().__init__()
        self._signs = signs()

    def render_row(self, row: Listed, width: int, selected: bool) -> Content:
        """` ● shop  3f2a9c01b7de   local    started      5m   $0.0012   2 cpu 4 GiB`."""
        sign, style = _sign(row.state, self._signs)
        columns = [
            f"{one_line(row.engine, _ENGINE_COLUMN - 1):<{_ENGINE_COLUMN}}",
            f"{one_line(row.state, _STATE_COLUMN - 1):<{_STATE_COLUMN}}",
            f"{_age(row):>4}",
            f"{_cost(row):>{_COST_COLUMN}}",
            f"{size_of(row):>{_SIZE_COLUMN}}",
        ]
        while len(columns) > 2 and width - sum(map(len, columns)) < _LEAST_NAME + 4:
            columns.pop()
        right = "".join(columns)
        here = " (here)" if row.id == self.used else ""
        room = max(_LEAST_NAME, width - len(right) - 5 - len(here))
        words = f"{row.name}  {row.id}" if row.name else row.id
        name = Content.assemble(one_line(words, room), (here, "$text-accent"))
        gap = " " * max(1, width - 3 - name.cell_length - len(right) - 1)
        return Content.assemble((f" {sign} ", style), name, gap, (right, "$text-muted"), " ")

    def show(self, rows: list[Listed]) -> None:
        """Show these; the cursor stays on its sandbox, wherever that is now."""
        under = self.highlighted
        self.set_rows(rows)
        keys = [row.key for row in rows]
        if under is not None and under.key in keys:
            self.cursor = keys.index(under.key)
        elif rows and self.cursor is None:
            self.cursor = 0

    def point_at(self, key: tuple[str, str]) -> bool:
        """Put the cursor on one; whether it is listed."""
        keys = [row.key for row in self.rows]
        if key in keys:
            self.cursor = keys.index(key)
        return key in keys


def _sign(state: str, signs: Signs) -> tuple[str, str]:
    known: Mapping[str, tuple[str, str]] = {
        "started": (signs.running, "$text-accent"),
        "stopped": (signs.idle, "$text-muted"),
        "archived": (signs.idle, "$text-muted"),
        "broken": (signs.failed, "$text-error"),
        "error": (signs.failed, "$text-error"),
    }
    return known.get(state, (signs.pending, "$text-warning"))


def _age(row: Listed) -> str:
    return "" if row.made_at is None else figures.age(time.time() - row.made_at)


def _cost(row: Listed) -> str:
    return "" if row.cost is None else figures.money(row.cost / 1e6)


def size_of(row: Listed) -> str:
    """Processors and memory, as far as they are told: "2 cpu 4 GiB"."""
    cpu, memory = row.size("cpu"), row.size("memory")
    parts = [f"{cpu:g} cpu"] if cpu else []
    parts += [f"{memory:.3g} GiB"] if memory else []
    return " ".join(parts)
