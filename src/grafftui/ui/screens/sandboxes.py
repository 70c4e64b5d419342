"""Sandboxes of all engines: how each stands, what is in it, and what is done about it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker

from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.places import home_as_tilde
from grafftui.ui.sandbox_desk import EngineView, Listed
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.screens.sandbox_deeds import SandboxDeeds
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.sandbox_list import SandboxList, size_of
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.ui.live import LiveConversation
    from grafftui.ui.sandbox_desk import SandboxDesk

_KEYS: Final = (
    "n new  t terminal  x commands  f files  l log  d changes  b bring\n"
    "u use here  s start, stop  del destroy  m cost  r look  c give up  esc"
)

Purpose = Literal[
    "create",
    "terminal",
    "commands",
    "files",
    "log",
    "changes",
    "bring",
    "start_or_stop",
    "destroy",
    "meter",
]
"""An action of the screen: what it was opened for, and what Enter does there."""

_ENTER: Final[Mapping[Purpose, str]] = {
    "create": "opens a terminal",
    "terminal": "opens a terminal",
    "commands": "takes commands",
    "files": "shows its files",
    "log": "shows what was run in it",
    "changes": "shows what it changed",
    "bring": "brings what it changed",
    "start_or_stop": "starts or stops it",
    "destroy": "destroys it, after a question",
    "meter": "says what it has cost",
}
_PATIENCE: Final = 1.0
"""Seconds after which an engine that has not answered is named."""

_TICK: Final = 0.5
"""Seconds, while something is waited for."""

_MOST_TOLD: Final = 300
"""Characters of what an engine says of itself."""


class SandboxesScreen(SandboxDeeds, Dialog["Listed | None"]):
    """Lists the sandboxes of `desk`; returns the one whose changes are to be brought, or None.

    Args:
        conversation: The one on screen.
        why_not: Why that cannot work in a sandbox, in a sentence; "" if it can.
        purpose: What it is opened for.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("sandboxes.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "create", "Make one", id="sandboxes.create"),
        Binding("t", "terminal", "A terminal in it", id="sandboxes.terminal"),
        Binding("x", "commands", "Run commands in it", id="sandboxes.commands"),
        Binding("f", "files", "Its files", id="sandboxes.files"),
        Binding("l", "log", "What was run in it", id="sandboxes.log"),
        Binding("d", "changes", "What it changed", id="sandboxes.changes"),
        Binding("b", "bring", "Bring its changes here", id="sandboxes.bring"),
        Binding("u", "use", "Use it for this conversation, or not", id="sandboxes.use"),
        Binding("s", "start_or_stop", "Start it, or stop it", id="sandboxes.start_or_stop"),
        Binding("delete,D", "destroy", "Destroy it", id="sandboxes.destroy"),
        Binding("m", "meter", "What it has cost", id="sandboxes.meter"),
        Binding("r", "look", "Look again", id="sandboxes.look"),
        Binding("c", "stop_waiting", "Wait no longer", id="sandboxes.stop_waiting"),
        Binding("escape", "close", "Close", id="sandboxes.close"),
    ]

    def __init__(
        self,
        desk: SandboxDesk,
        conversation: LiveConversation,
        why_not: str = "",
        purpose: Purpose = "terminal",
    ) -> None:
        super().__init__()
        self._purpose = purpose
        self.desk = desk
        self.conversation = conversation
        self.why_not = why_not
        self.listed = SandboxList()
        self._engines = Static(id="engines", markup=False)
        self._whole = Static(id="whole", markup=False)
        self._doing = ""
        self._following: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Title, the sandboxes, engines that need a word, all about one, the keys."""
        with Vertical(id="dialog", classes="-tall -wide"):
            words = ("   enter " + _ENTER[self._purpose], "$text-muted not bold")
            yield Static(Content.assemble("Sandboxes", words), id="title")
            yield self.listed
            yield self._engines
            yield self._whole
            yield Static(Content(_KEYS), id="hint")

    def on_mount(self) -> None:
        """The list has the focus; what is waited for is told in seconds."""
        self.listed.focus()
        self.set_interval(_TICK, self._tell_engines)
        self.find_used()
        if self._purpose == "create":
            self.call_later(self.run_action, "create")

    def on_screen_resume(self) -> None:
        """It can be seen."""
        self.look()

    def on_screen_suspend(self) -> None:
        """It cannot be seen."""
        self.rest()

    def look(self) -> None:
        """Part of `SandboxDeeds`."""
        self.rest()
        follow = partial(self.desk.follow, self.draw)  # it may be cancelled before it begins
        self._following = self.run_worker(follow, group="looking")

    def rest(self) -> None:
        """Part of `SandboxDeeds`."""
        if self._following is not None:
            self._following.cancel()

    # -- drawing ---------------------------------------------------------------------------

    def draw(self) -> None:
        """Show what is known now."""
        self.listed.show(self.desk.sandboxes)
        if self.awaited is not None and self.listed.point_at(self.awaited):
            self.awaited = None
        self._tell_engines()
        self.tell()

    def _tell_engines(self) -> None:
        lines = [line for view in self.desk.engines.values() if (line := _standing(view))]
        self._engines.display = bool(lines)
        self._engines.update(Content("\n".join(lines)))

    def on_virtual_list_highlighted(self) -> None:
        """Another line: show all of it."""
        self.tell()

    def tell(self, doing: str | None = None) -> None:
        """Show what is being done or was, and all about the one under the cursor."""
        self._doing = self._doing if doing is None else doing
        row = self.listed.highlighted
        about = told(row) if row is not None else [self._nothing()]
        said = Content(f"{one_line(self._doing, 400)}\n" if self._doing else "")
        self._whole.update(said + Content.styled("\n".join(about), "$text-muted"))

    def _nothing(self) -> str:
        views = self.desk.engines.values()
        if any(view.asked_at is not None and view.problem is None for view in views):
            return "Asking…"
        return "There are no sandboxes. n makes one."

    # -- looking ---------------------------------------------------------------------------

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """Enter or a click: what the screen was opened for."""
        event.stop()
        action = "terminal" if self._purpose == "create" else self._purpose
        self.call_later(self.run_action, action)

    def action_look(self) -> None:
        """Ask all engines now."""
        self.desk.look_again()

    def action_stop_waiting(self) -> None:
        """Wait no longer, for an engine or for what was asked of one."""
        if not self.stop_doing() and not self.desk.stop_waiting():
            self.tell("Nothing is waited for.")

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(None)


def _standing(view: EngineView) -> str:
    """What there is to be said of an engine, in a line; mostly nothing."""
    if view.asked_at is not None:
        waited = time.monotonic() - view.asked_at
        if waited < _PATIENCE:
            return one_line(f"{view.name}: {view.error}", _MOST_TOLD) if view.error else ""
        return f"{view.name}: asking for {figures.seconds(waited)}…   c waits no longer"
    return one_line(f"{view.name}: {view.error}", _MOST_TOLD) if view.error else ""


def told(row: Listed) -> list[str]:
    """All about a sandbox, in lines."""
    told: dict[str, Any] = dict(row.told)
    parts = [f"{row.engine} sandbox {row.id}: {row.state}"]
    if told.get("why"):
        parts.append(str(told["why"]))
    parts += [size_of(row)] if size_of(row) else []
    if disk := row.size("disk"):
        parts.append(f"{disk:g} GiB of disk")
    if isinstance(told.get("network"), bool):
        parts.append("with network" if told["network"] else "without network")
    if isinstance(told.get("running"), int) and row.state != "stopped":
        parts.append(f"{told['running']} running in it")
    lines = [", ".join(parts)]
    if isinstance(minutes := told.get("autoStopMinutes"), int) and not isinstance(minutes, bool):
        stops = f"stops after {minutes} minutes without use" if minutes else "never stops by itself"
        image = told.get("image")
        lines.append(f"{image}; {stops}" if image else stops)
    if told.get("seededFrom"):
        lines.append(f"began with a copy of {home_as_tilde(str(told['seededFrom']))}")
    return [one_line(line, _MOST_TOLD) for line in lines]
