"""The commands about sandboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafftui.errors import GrafftuiError
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.ui.sandbox_desk import Listed
    from grafftui.ui.screens.sandboxes import Purpose


class SessionSandboxes(SessionReading):
    """Actions `command_sandboxes`, `command_sandbox` and `command_sandbox_…`."""

    def action_command_sandboxes(self) -> None:
        """All there are, of every engine."""
        self._show_sandboxes("terminal")

    def action_command_sandbox_new(self) -> None:
        """Make one."""
        self._show_sandboxes("create")

    def action_command_sandbox_terminal(self) -> None:
        """A terminal in one of them."""
        self._show_sandboxes("terminal")

    def action_command_sandbox_commands(self) -> None:
        """Commands in one of them, a line at a time."""
        self._show_sandboxes("commands")

    def action_command_sandbox_files(self) -> None:
        """The files of one of them."""
        self._show_sandboxes("files")

    def action_command_sandbox_log(self) -> None:
        """What was run in one of them."""
        self._show_sandboxes("log")

    def action_command_sandbox_changes(self) -> None:
        """What one of them changed."""
        self._show_sandboxes("changes")

    def action_command_sandbox_bring(self) -> None:
        """What one of them changed, into the workspace."""
        self._show_sandboxes("bring")

    def action_command_sandbox_stop(self) -> None:
        """Stop one, or start it again."""
        self._show_sandboxes("start_or_stop")

    def action_command_sandbox_destroy(self) -> None:
        """Destroy one."""
        self._show_sandboxes("destroy")

    def action_command_sandbox_cost(self) -> None:
        """What one has cost."""
        self._show_sandboxes("meter")

    def _show_sandboxes(self, purpose: Purpose) -> None:
        from grafftui.ui.sandbox_desk import SandboxDesk
        from grafftui.ui.screens.sandboxes import SandboxesScreen

        if self.desk.graff is not None:
            current, why_not = self.desk.current, ""
            if not self.desk.can("agents"):
                why_not = "What answers in this conversation has sandboxes of its own."
            screen = SandboxesScreen(SandboxDesk(self.desk.graff), current, why_not, purpose)
            self.app.push_screen(screen, self._bring_from)

    def _bring_from(self, wanted: Listed | None) -> None:
        """Have the changes of one come into the workspace, in a turn of this conversation."""
        if wanted is None:
            return
        if self.desk.elsewhere:
            self.notify(self.desk.way_there, severity="warning", markup=False)
        elif not self.desk.bring(wanted.id, wanted.engine):
            self.notify("A turn runs here: wait for its end, or interrupt it.", markup=False)

    def action_command_sandbox(self) -> None:
        """Pick the one in which this conversation's tools act."""
        if not self.allows("agents"):
            return
        self.run_worker(self._choose_sandbox(), group="sandbox", exclusive=True)

    async def _choose_sandbox(self) -> None:
        from grafftui.ui.own_thread import on_own_thread
        from grafftui.ui.sandbox_desk import SandboxDesk, in_words
        from grafftui.ui.screens.picker import Picker, Row

        graff, conversation = self.desk.graff, self.desk.current
        if graff is None:
            return
        desk = SandboxDesk(graff)
        try:
            found = await on_own_thread(desk.list_usable)
            used = await on_own_thread(desk.used, conversation)
        except GrafftuiError as error:
            self.notify(in_words(error), severity="error", markup=False)
            return
        keys = {f"{one.engine}:{one.id}": one for one in found}
        current = next((key for key, one in keys.items() if one.id == used), "")
        rows = [Row("", "the workspace", "no sandbox", "")]
        rows += [Row(key, one.name or one.id, one.state, one.engine) for key, one in keys.items()]
        chosen = await self.app.push_screen_wait(
            Picker("Where this conversation's tools act", rows, current=current)
        )
        if chosen is None:
            return
        try:
            await on_own_thread(desk.use, conversation, keys.get(chosen))
        except GrafftuiError as error:
            self.notify(in_words(error), severity="error", markup=False)
        else:
            where = f"in the sandbox {keys[chosen].id}" if chosen else "in the workspace"
            self.notify(f"From the next turn on, tools act {where}.", markup=False)
