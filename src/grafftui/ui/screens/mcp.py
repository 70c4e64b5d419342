"""MCP servers: how each stands, and what is done about it. To look at them starts none."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.errors import GrafftuiError
from grafftui.text import one_line
from grafftui.text.auditing import audit
from grafftui.ui import figures
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.themes import Signs, signs
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.cancellation import Cancellation
    from grafftui.mcp import Health
    from grafftui.ui.mcp_desk import McpDesk

_LOOK_EVERY = 0.5
"""Seconds; only while this is open."""

_NAME_COLUMN = 20
_STATE_COLUMN = 30
_MOST_LEFT_OUT = 5
"""Lines about tools that cannot be used."""

_KEYS = "enter tools  e on, off  r restart  s stop  l log  i, o sign in, out  esc"
_WAITING = "Waiting for your browser. i waits no longer."
_NONE = (
    "There are no MCP servers. Add one with: grafftui mcp add NAME -- COMMAND,"
    " or in mcp.json beside the settings."
)


class ServerList(VirtualList["Health"]):
    """One line each: how it stands, and what is reached or started."""

    def __init__(self) -> None:
        super().__init__()
        self._signs = signs()

    def render_row(self, row: Health, width: int, selected: bool) -> Content:
        """` ◆ docs       8 tools, 2 to approve       user   npx -y docs-mcp`."""
        sign, style = _sign(row, self._signs)
        name = one_line(row.server.name, _NAME_COLUMN - 1)
        state = one_line(standing(row), _STATE_COLUMN - 1)
        left = f" {sign} {name:<{_NAME_COLUMN}}"
        whose = "project" if row.server.scope == "local" else "user"
        room = max(8, width - len(left) - _STATE_COLUMN - 10)
        return Content.assemble(
            (left, style),
            f"{state:<{_STATE_COLUMN}}",
            (f"{whose:<9}", "$text-muted"),
            (one_line(audit(reached(row)), room), "$text-muted"),
        )


def _sign(row: Health, signs: Signs) -> tuple[str, str]:
    if row.state == "failed" or row.error:
        return signs.failed, "$text-error"
    if row.waiting:
        return signs.waiting, "$text-warning"
    return {
        "ready": (signs.running, "$text-accent"),
        "starting": (signs.pending, "$text-accent"),
    }.get(row.state, (signs.idle, "$text-muted"))


def standing(row: Health) -> str:
    """How a server stands: "8 tools, 2 to approve", or its state."""
    if row.state != "ready" or row.error:
        return "not usable" if row.state == "ready" else row.state
    tools = "1 tool" if row.tools == 1 else f"{row.tools} tools"
    return f"{tools}, {row.waiting} to approve" if row.waiting else tools


def reached(row: Health) -> str:
    """Where a server is, or what is started for it, in full. Without secrets."""
    from grafftui.text.redact import redact

    return redact(row.server.url or shlex.join(row.server.argv))


class McpScreen(Dialog[None]):
    """Lists the servers of `desk`."""

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("mcp.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "enable", "Use it, or leave it alone", id="mcp.enable"),
        Binding("r", "restart", "Start it anew", id="mcp.restart"),
        Binding("s", "stop", "Stop it", id="mcp.stop"),
        Binding("l", "log", "What it prints", id="mcp.log"),
        Binding("i", "sign_in", "Sign in, in the browser", id="mcp.sign_in"),
        Binding("o", "sign_out", "Forget the sign-in", id="mcp.sign_out"),
        Binding("escape", "close", "Close", id="mcp.close"),
    ]

    def __init__(self, desk: McpDesk) -> None:
        super().__init__()
        self._desk = desk
        self._listed = ServerList()
        self._whole = Static(id="whole", markup=False)
        self._note = ""
        self._doing = ""
        self._signing_in: Cancellation | None = None

    def compose(self) -> ComposeResult:
        """Title, the servers, all about the one under the cursor, the keys."""
        with Vertical(id="dialog", classes="-tall -wide"):
            yield Static(Content("MCP servers"), id="title")
            yield self._listed
            yield self._whole
            yield Static(Content(_KEYS), id="hint")

    async def on_mount(self) -> None:
        """Read the files, and look at what runs again and again."""
        self._listed.focus()
        await self._read()
        self.set_interval(_LOOK_EVERY, self._look)

    async def _read(self) -> None:
        """The files may say something else by now."""
        try:
            self._note = await asyncio.to_thread(self._desk.read)
        except GrafftuiError as error:
            self._note = f"{error}{f' – {error.hint}' if error.hint else ''}"
        await self._look()

    async def _look(self) -> None:
        """Draw what differs; the cursor stays on its server."""
        try:
            found = await asyncio.to_thread(self._desk.health)
        except GrafftuiError as error:
            self._note = str(error)
            found = list(self._listed.rows)
        if found != self._listed.rows:
            under = self._listed.highlighted
            self._listed.set_rows(found)
            names = [row.server.name for row in found]
            if under is not None and under.server.name in names:
                self._listed.cursor = names.index(under.server.name)
            elif found and self._listed.cursor is None:
                self._listed.cursor = 0
        self._show_whole()

    def on_virtual_list_highlighted(self) -> None:
        """Another line: show all of it."""
        self._show_whole()

    def _show_whole(self) -> None:
        row = self._listed.highlighted
        lines = [] if row is None else told(row)
        if row is None and not self._note:
            lines = [_NONE]
        lines += [one_line(words, 400) for words in (self._note, self._doing) if words]
        self._whole.update(Content.styled("\n".join(lines), "$text-muted"))

    # -- what the keys do ------------------------------------------------------------------

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """Enter or a click: its tools."""
        from grafftui.ui.screens.mcp_tools import McpToolsScreen

        event.stop()
        row: Health = event.row
        if row.state != "ready":
            self._say(f"{row.server.name} is {row.state}: its tools are known once it runs.")
            return
        self.app.push_screen(McpToolsScreen(self._desk, row.server.name))

    def action_enable(self) -> None:
        """Have the server used, or left alone."""
        row = self._listed.highlighted
        if row is not None:
            enabled = row.server.disable
            words = "Writing the file…"
            self._do(words, lambda desk: desk.enable(row.server, enabled), row)

    def action_restart(self) -> None:
        """Start it, or start it anew."""
        row = self._listed.highlighted
        if row is not None and row.server.disable:
            self._say(f"{row.server.name} is disabled: e enables it.")
        elif row is not None:
            self._do("Starting…", lambda desk: desk.restart(row.server.name), row)

    def action_stop(self) -> None:
        """End it, until a turn wants it."""
        row = self._listed.highlighted
        if row is not None:
            self._do("Stopping…", lambda desk: desk.stop(row.server.name), row)

    def action_sign_in(self) -> None:
        """Lead to the page where the person signs in, or wait for them no longer."""
        from grafftui.cancellation import Cancellation

        if self._stop_waiting():
            return
        row = self._listed.highlighted
        if row is not None:
            waiting, name = Cancellation(), row.server.name
            self._do(_WAITING, lambda desk: desk.login(name, waiting, self._lead), row)
            self._signing_in = waiting

    def _lead(self, url: str, is_open: bool) -> None:
        """The page is known; on another thread."""
        if not is_open:
            self.app.call_from_thread(self._show_page, url)

    def _show_page(self, url: str) -> None:
        from grafftui.ui.screens.whole_text import WholeText

        self.app.push_screen(WholeText("Open this page in a browser on this machine", url))

    def _stop_waiting(self) -> bool:
        """Wait for a sign-in no longer; whether there was one to wait for."""
        waiting, self._signing_in = self._signing_in, None
        if waiting is None:
            return False
        waiting.cancel()
        return True

    def action_sign_out(self) -> None:
        """Forget what the server gave."""
        row = self._listed.highlighted
        if row is not None:
            self._do("Forgetting…", lambda desk: desk.logout(row.server.name), row)

    def on_unmount(self) -> None:
        """Nobody is here to sign in any more."""
        self._stop_waiting()

    async def action_log(self) -> None:
        """The last lines that it printed."""
        from grafftui.ui.screens.whole_text import WholeText

        row = self._listed.highlighted
        if row is not None:
            lines = await asyncio.to_thread(self._desk.log, row.server.name)
            text = "\n".join(lines) or "It has printed nothing besides its answers."
            self.app.push_screen(WholeText(f"What {row.server.name} prints", text))

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(None)

    def _do(self, meanwhile: str, act: Callable[[McpDesk], str | None], row: Health) -> None:
        """Do something on a thread: keys go on meanwhile, and so does the screen."""
        self._stop_waiting()

        async def done() -> None:
            self._say(f"{row.server.name}: {meanwhile}")
            try:
                words = await asyncio.to_thread(act, self._desk)
            except GrafftuiError as error:
                words = f"{error}{f' – {error.hint}' if error.hint else ''}"
            self._signing_in = None
            self._say(words or "")
            await self._read()

        self.run_worker(done(), group="mcp", exclusive=True)

    def _say(self, words: str) -> None:
        self._doing = words
        self._show_whole()


def told(row: Health) -> list[str]:
    """All about a server, in lines."""
    server = row.server
    how = f"started as {reached(row)}" if server.argv else f"reached at {reached(row)}"
    more = [name for name, _ in server.env or server.headers]
    kind = "variables" if server.argv else "headers"
    lines: list[str] = [audit(how + (f"; {kind}: {', '.join(more)}" if more else ""))]
    since = f" for {figures.seconds(time.time() - row.since)}" if row.since else ""
    lines.append(f"{row.state}{since}; a call may take {server.timeout:g} seconds")
    if row.error:
        lines.append(one_line(row.error, 300))
    lines += [f"left out: {one_line(line, 160)}" for line in row.left_out[:_MOST_LEFT_OUT]]
    if len(row.left_out) > _MOST_LEFT_OUT:
        lines.append(f"… and {len(row.left_out) - _MOST_LEFT_OUT} more")
    return lines
