"""The tools of one MCP server: all that it says of each, what has changed, and a yes to it.

What is approved is what was drawn: the list is read when it is opened, and when the person asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.errors import GrafftuiError
from grafftui.text import one_line
from grafftui.text.auditing import audit
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.themes import signs
from grafftui.ui.widgets.audited_text import Audited, AuditedText, audited
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.mcp import ToolStanding
    from grafftui.ui.mcp_desk import McpDesk

_KEYS = "a approve  A all  w withdraw  tab read on  r read anew  esc back"
_MOST_NAMED = 20
"""Tools that a question names; of more it says how many."""
_UNREAD = "There is more of it: tab, and scroll to its end. Then approve it."


class ToolList(VirtualList["ToolStanding"]):
    """One line each: whether it is approved, and what it is called."""

    def __init__(self) -> None:
        super().__init__()
        self._signs = signs()

    def render_row(self, row: ToolStanding, width: int, selected: bool) -> Content:
        """` ◆ new       add`."""
        sign, style = {
            "approved": (self._signs.done, "$text-muted"),
            "new": (self._signs.waiting, "$text-warning"),
            "changed": (self._signs.waiting, "$text-error"),
        }[row.standing]
        name = one_line(audit(row.name), max(8, width - 14))
        return Content.assemble((f" {sign} {row.standing:<10}", style), name)


class ToolText(AuditedText):
    """All that a server says of a tool, nothing hidden."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: ToolStanding | None = None
        self._wanted: ToolStanding | None = None

    async def show(self, tool: ToolStanding | None) -> None:
        """Show a tool, from its beginning."""
        self._drawn = None
        self._wanted = tool
        text = Audited() if tool is None else await asyncio.to_thread(_described, tool)
        if self._wanted is tool:
            self.draw(text)
            self.call_after_refresh(self._is_drawn, tool)

    def _is_drawn(self, tool: ToolStanding | None) -> None:
        if self._wanted is tool:
            self._drawn = tool

    def was_read(self, tool: ToolStanding) -> bool:
        """Whether this tool is drawn, and the end of its text is in sight."""
        return self._drawn is tool and self.at_end


def _described(tool: ToolStanding) -> Audited:
    parts = [f"Models call it {tool.called}", tool.words]
    if tool.difference:
        parts[1:1] = [tool.difference, "All of it, as it is now:"]
    return audited(parts)


class McpToolsScreen(Dialog[None]):
    """The tools of `server`."""

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("mcp.tcss")]  # noqa: RUF012
    HORIZONTAL_BREAKPOINTS = [(0, "-stacked"), (100, "-beside")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "Let models use it", id="mcp_tools.approve"),
        Binding("A", "approve_all", "Let models use all", id="mcp_tools.approve_all"),
        Binding("w,delete", "withdraw", "Let none use it", id="mcp_tools.withdraw"),
        Binding("r", "read", "Read the list anew", id="mcp_tools.read"),
        Binding("escape", "close", "Back", id="mcp_tools.close"),
    ]

    def __init__(self, desk: McpDesk, server: str) -> None:
        super().__init__()
        self._desk = desk
        self._server = server
        self._listed = ToolList()
        self._text = ToolText()

    def compose(self) -> ComposeResult:
        """Title, the tools beside what is said of one, the keys."""
        with Vertical(id="dialog", classes="-tall -wide"):
            yield Static(Content(f"Tools of {one_line(self._server, 64)}"), id="title")
            with Horizontal(id="panes"):
                yield self._listed
                yield self._text
            yield Static(Content(_KEYS), id="hint")

    async def on_mount(self) -> None:
        """Read them."""
        self._listed.focus()
        await self.action_read()

    async def action_read(self) -> None:
        """What the server says of its tools by now."""
        try:
            found = await asyncio.to_thread(self._desk.tools, self._server)
        except GrafftuiError as error:
            self._say(str(error))
            return
        self._listed.set_rows(found)
        if found and self._listed.cursor is None:
            self._listed.cursor = 0
        await self._text.show(self._listed.highlighted)

    async def on_virtual_list_highlighted(self) -> None:
        """Another line: show all of it."""
        await self._text.show(self._listed.highlighted)

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """Enter or a click: scroll what is said of it."""
        event.stop()
        self._text.focus()

    # -- what the keys do ------------------------------------------------------------------

    async def action_approve(self) -> None:
        """Approve the one under the cursor, once it was read."""
        tool = self._listed.highlighted
        if tool is None or tool.standing == "approved":
            return
        if not self._text.was_read(tool):
            self._say(_UNREAD)
            return
        await self._change(lambda: self._desk.approve(self._server, [tool]))

    def action_approve_all(self) -> None:
        """Approve all there are, after a question."""
        from grafftui.ui.screens.confirm import Confirm

        seen = [tool for tool in self._listed.rows if tool.standing != "approved"]
        if not seen:
            self._say("Every tool is approved.")
            return

        async def decided(yes: bool | None) -> None:
            if yes:
                await self._change(lambda: self._desk.approve(self._server, seen))

        names = ", ".join(audit(tool.name) for tool in seen[:_MOST_NAMED])
        if len(seen) > _MOST_NAMED:
            names += f" and {len(seen) - _MOST_NAMED} more"
        count = "1 tool" if len(seen) == 1 else f"{len(seen)} tools"
        question = f"Let models be told of {count} of {self._server}, as they are now: {names}?"
        self.app.push_screen(Confirm(question, "Approve"), decided)

    async def action_withdraw(self) -> None:
        """Approve the one under the cursor no longer."""
        tool = self._listed.highlighted
        if tool is not None:
            await self._change(lambda: self._desk.withdraw(self._server, tool.name))

    async def _change(self, change: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(change)
        except GrafftuiError as error:
            self._say(str(error))
        await self.action_read()

    def _say(self, words: str) -> None:
        self.notify(one_line(words, 300), markup=False)

    def action_close(self) -> None:
        """Back to the servers."""
        self.dismiss(None)
