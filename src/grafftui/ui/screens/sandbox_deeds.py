"""What is done about a sandbox: made, started, stopped, destroyed, used, looked into."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from grafftui.errors import GrafftuiError
from grafftui.ui import figures
from grafftui.ui.own_thread import on_own_thread
from grafftui.ui.sandbox_desk import Listed, in_words
from grafftui.ui.sandbox_words import meter_in_words, named, run_in_words

if TYPE_CHECKING:
    from textual.screen import ModalScreen
    from textual.worker import Worker

    from grafftui.sandboxes.lasting.run_log import Ran
    from grafftui.ui.live import LiveConversation
    from grafftui.ui.sandbox_desk import SandboxDesk
    from grafftui.ui.widgets.sandbox_list import SandboxList

    _Screen = ModalScreen["Listed | None"]
else:
    _Screen = object

T = TypeVar("T")

_STOPPED = ("stopped", "archived")


class SandboxDeeds(_Screen):
    """The actions of `SandboxesScreen`."""

    desk: SandboxDesk
    conversation: LiveConversation
    why_not: str
    listed: SandboxList
    _deed: Worker[None] | None = None
    _wanted: dict[str, Any] | None = None
    awaited: tuple[str, str] | None = None
    """Key of one that was made, and is not listed yet."""

    def tell(self, doing: str | None = None) -> None:
        """Show what is being done, or was."""
        raise NotImplementedError

    def look(self) -> None:
        """Ask the engines, from now on."""
        raise NotImplementedError

    def rest(self) -> None:
        """Ask them no longer."""
        raise NotImplementedError

    # -- doing -----------------------------------------------------------------------------

    def do(self, meanwhile: str, call: Callable[[], T], then: Callable[[T], str | None]) -> None:
        """Do something on a thread of its own; `then` is given what it returns, and says it."""
        if self._deed is not None and self._deed.is_running:
            self.tell("Something is under way: wait, or c waits for it no longer.")
            return

        async def done() -> None:
            self.tell(meanwhile)
            try:
                result = await on_own_thread(call)
            except (GrafftuiError, OSError) as error:
                self.tell(in_words(error))
            else:
                self.tell(then(result) or "")
            self.desk.look_again()

        self._deed = self.run_worker(done(), group="doing")

    def stop_doing(self) -> bool:
        """Wait no longer for what is being done; whether anything is."""
        if self._deed is None or not self._deed.is_running:
            return False
        self._deed.cancel()
        self.tell("It is not waited for any longer; it may still come about.")
        return True

    # -- all of it -------------------------------------------------------------------------

    def action_create(self) -> None:
        """Say what a new one is to be like, and make it."""
        from grafftui.ui.screens.sandbox_wizard import SandboxWizard

        def wanted(values: dict[str, Any] | None) -> None:
            if values is None:
                return
            self._wanted = values

            def made(key: tuple[str, str]) -> str:
                self._wanted = None
                self.awaited = key
                return f"{key[1]} is made."

            self.do(
                f"Making a sandbox with {values['engine']}…",
                lambda: self.desk.create(values),
                made,
            )

        self.app.push_screen(SandboxWizard(self.desk, self._wanted or {}), wanted)

    def action_start_or_stop(self) -> None:
        """Start one that is stopped; stop any other, after a question."""
        row = self.listed.highlighted
        if row is None:
            return
        sandbox = self.desk.sandbox(row)
        if row.state in _STOPPED:
            self.do(f"Starting {row.id}…", sandbox.start, lambda _: f"{row.id} is started.")
            return

        def stopped(said: dict[str, Any]) -> str:
            cost = said.get("costMicro")
            so_far = f" It has cost {figures.money(cost / 1e6)}." if isinstance(cost, int) else ""
            return f"{row.id} is stopped.{so_far if cost else ''}"

        self._after_yes(
            f"Stop the {row.engine} sandbox {named(row)}? What runs in it ends; its files stay.",
            "Stop",
            lambda: self.do(f"Stopping {row.id}…", sandbox.stop, stopped),
        )

    def action_destroy(self) -> None:
        """Remove one with all it holds, after a question."""
        row = self.listed.highlighted
        if row is None:
            return
        sandbox = self.desk.sandbox(row)
        self._after_yes(
            f"Destroy the {row.engine} sandbox {named(row)}? All it holds is gone for good.",
            "Destroy",
            lambda: self.do(
                f"Destroying {row.id}…", sandbox.destroy, lambda _: f"{row.id} is gone."
            ),
        )

    def _after_yes(self, question: str, yes: str, act: Callable[[], None]) -> None:
        from grafftui.ui.screens.confirm import Confirm

        def decided(answer: bool | None) -> None:
            if answer:
                act()

        self.app.push_screen(Confirm(question, yes), decided)

    def action_meter(self) -> None:
        """What one has cost so far."""
        row = self.listed.highlighted
        if row is not None:
            self.do(
                "Reading the meter…",
                self.desk.sandbox(row).meter,
                lambda said: f"{row.id}: {meter_in_words(said)}",
            )

    # -- for the conversation --------------------------------------------------------------

    def find_used(self) -> None:
        """Mark the one that the conversation works in."""

        async def found() -> None:
            try:
                self.listed.used = await on_own_thread(self.desk.used, self.conversation)
            except GrafftuiError as error:
                self.tell(in_words(error))
            self.listed.show(list(self.listed.rows))

        self.run_worker(found(), group="used", exclusive=True)

    def action_use(self) -> None:
        """Have the conversation work in it, or in the workspace again."""
        row, conversation = self.listed.highlighted, self.conversation
        if row is None:
            return
        if self.why_not:
            self.tell(self.why_not)
            return
        leaves = row.id == self.listed.used
        wanted = None if leaves else row

        def used(_: None) -> str:
            self.listed.used = "" if leaves else row.id
            self.listed.show(list(self.listed.rows))
            where = "in the workspace again" if leaves else f"in {named(row)}"
            return f"From the next turn on, this conversation's tools act {where}."

        self.do("Asking…", lambda: self.desk.use(conversation, wanted), used)

    def action_bring(self) -> None:
        """Have what it changed come into the workspace: a turn, which asks first."""
        row = self.listed.highlighted
        if row is not None and self._can(row, "diff", "does not know what a sandbox began with"):
            self.dismiss(row)

    # -- into it ---------------------------------------------------------------------------

    def action_terminal(self) -> None:
        """A shell in it, on the whole terminal; where there is none, a line for commands."""
        row = self.listed.highlighted
        if row is None:
            return
        if not self.desk.sandbox(row).has_terminals:
            self.notify(f"The engine {row.engine} has no terminals.", markup=False)
            self.action_commands()
            return
        self.run_worker(self._terminal(row), group="terminal", exclusive=True)

    async def _terminal(self, row: Listed) -> None:
        from grafftui.ui.sandbox_terminal import NoTerminalError, open_shell

        self.rest()
        try:
            code = await open_shell(self.app, self.desk.sandbox(row))
        except NoTerminalError:
            self.notify("This terminal cannot be lent to a shell.", markup=False)
            self.action_commands()
        except (GrafftuiError, OSError) as error:
            self.tell(in_words(error))
        else:
            self.tell("" if not code else f"The shell in {row.id} ended with {code}.")
        self.look()

    def action_log(self) -> None:
        """What was run in it, the latest first."""
        from grafftui.ui.screens.whole_text import WholeText

        row = self.listed.highlighted
        if row is None:
            return

        def known(runs: list[Ran]) -> str:
            text = "\n\n".join(map(run_in_words, reversed(runs)))
            nothing = "Nothing that is known here. What is typed in a shell is not kept."
            self.app.push_screen(WholeText(f"What was run in {named(row)}", text or nothing))
            return ""

        self.do("Reading…", self.desk.sandbox(row).runs, known)

    def action_files(self) -> None:
        """Look through its files."""
        from grafftui.ui.screens.sandbox_files import SandboxFiles

        row = self.listed.highlighted
        if row is not None:
            workspace = self.desk.graff.workspace
            self.app.push_screen(SandboxFiles(self.desk.sandbox(row), named(row), workspace))

    def action_commands(self) -> None:
        """Run commands in it, one by one."""
        from grafftui.ui.screens.sandbox_commands import SandboxCommands

        row = self.listed.highlighted
        if row is not None:
            self.app.push_screen(SandboxCommands(self.desk.sandbox(row), named(row)))

    def action_changes(self) -> None:
        """What became of the workspace that it began with."""
        from grafftui.ui.screens.sandbox_changes import SandboxChanges

        row = self.listed.highlighted
        if row is None or not self._can(row, "diff", "does not know what a sandbox began with"):
            return

        def brought(wanted: bool | None) -> None:
            if wanted:
                self.dismiss(row)

        def known(changes: list[dict[str, str]]) -> str:
            if changes:
                self.app.push_screen(SandboxChanges(named(row), changes), brought)
            return "" if changes else f"Nothing has changed in {row.id}."

        self.do("Comparing…", self.desk.sandbox(row).diff, known)

    def _can(self, row: Listed, ability: Any, otherwise: str) -> bool:
        if ability in self.desk.abilities(row.engine):
            return True
        self.tell(f"The engine {row.engine} {otherwise}.")
        return False
