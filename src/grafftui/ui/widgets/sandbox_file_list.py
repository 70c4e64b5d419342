"""What is in a folder of a sandbox. The names are anybody's."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from textual.content import Content

from grafftui.sandboxes.lasting.folders import Entry
from grafftui.text import one_line
from grafftui.text.auditing import audit
from grafftui.ui import figures
from grafftui.ui.widgets.virtual_list import VirtualList

UP: Final = Entry("..", "folder")
"""The folder above."""

_SIZE_COLUMN = 10
_TIME_COLUMN = 13
_SIGNS: Final = {"folder": "/", "link": "@", "other": "="}


class SandboxFileList(VirtualList[Entry]):
    """Names as they are, odd characters spelled out; size and time as they are told."""

    def render_row(self, row: Entry, width: int, selected: bool) -> Content:
        """` prices.txt                       13 B   Nov 21 16:03`."""
        size = "" if row.size is None or row.kind == "folder" else figures.size(row.size)
        right = f"{size:>{_SIZE_COLUMN}}  {_when(row.changed_at):>{_TIME_COLUMN}}"
        room = max(8, width - len(right) - 4)
        name = Content(one_line(audit(row.name), room))
        sign = _SIGNS.get(row.kind, "")
        gap = " " * max(1, width - 2 - name.cell_length - len(sign) - len(right))
        style = "$text-accent" if row.kind == "folder" else ""
        return Content.assemble(" ", (name.plain, style), sign, gap, (right, "$text-muted"), " ")


def _when(changed_at: float | None) -> str:
    if changed_at is None:
        return ""
    try:
        at = datetime.fromtimestamp(changed_at)
    except (ValueError, OverflowError, OSError):
        return ""
    is_recent = abs(time.time() - changed_at) < 180 * 86_400
    return f"{at:%b %d %H:%M}" if is_recent else f"{at:%b %d  %Y}"
