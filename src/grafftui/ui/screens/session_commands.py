"""What the session screen's commands do; each is an action named after its command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grafftui.errors import GrafftuiError
from grafftui.ui import commands
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from textual.containers import Vertical

    from grafftui.history import Conversation
    from grafftui.ui.widgets.conversation_list import ConversationList


class SessionCommands(SessionReading):
    """Actions `command_…`, one for each of `commands.COMMANDS`."""

    rows: list[Conversation]
    left: Vertical
    right: Vertical

    async def open_row(self, row: Conversation, entry: int | None = None) -> None:
        """Put a conversation on screen, at its end or at the entry with that ordinal."""
        raise NotImplementedError

    async def open_new(self) -> None:
        """Put an empty conversation on screen."""
        raise NotImplementedError

    # -- conversations ---------------------------------------------------------------------

    def on_conversation_list_command(self, event: ConversationList.Command) -> None:
        """A key of the list."""
        self.call_later(self.run_action, f"command_{event.command}")

    async def action_command_new(self) -> None:
        """An empty conversation; what runs goes on."""
        await self.open_new()
        self.composer.focus()

    def action_command_conversations(self) -> None:
        """Pick one by its title."""
        from grafftui.ui.screens.picker import Picker, Row

        rows = [Row(row.id, row.title or "Untitled", row.model, "") for row in self.rows]

        def chosen(conversation_id: str | None) -> None:
            for row in self.rows:
                if row.id == conversation_id:
                    self.run_worker(self.open_row(row))

        self.app.push_screen(Picker("Conversations", rows), chosen)

    def action_command_rename(self) -> None:
        """Ask for another title."""
        from grafftui.ui.screens.text_prompt import TextPrompt

        target = self._target()
        if target is None:
            return

        async def renamed(title: str | None) -> None:
            if title and title.strip():
                await self._in_core("rename_conversation", target.id, title.strip())

        self.app.push_screen(TextPrompt("Title", target.title or ""), renamed)

    def action_command_delete(self) -> None:
        """Delete a conversation, after a question."""
        from grafftui.ui.screens.confirm import Confirm

        target = self._target()
        if target is None:
            return
        live = self.desk.live(target.id)
        if live is not None and live.running:
            self.notify("It is running: interrupt it first (Esc).", markup=False)
            return

        async def confirmed(yes: bool | None) -> None:
            if yes:
                self.desk.forget(target.id)
                await self._in_core("delete_conversation", target.id)
                if self.desk.current.id == target.id:
                    await self.open_new()

        question = f"Delete “{target.title or 'Untitled'}”? It cannot be brought back."
        self.app.push_screen(Confirm(question, "Delete"), confirmed)

    def _target(self) -> Conversation | None:
        """The conversation the list's cursor is on if the list has the focus, else the current."""
        wanted = self.desk.current.id
        if self.regions is not None and self.regions.conversations.has_focus:
            line = self.regions.conversations.highlighted
            wanted = line.id if line is not None else wanted
        return next((row for row in self.rows if row.id == wanted), None)

    async def _in_core(self, method: str, *arguments: str) -> None:
        """Call a method of the core off the event loop; say what is wrong with it."""
        graff = self.desk.graff
        if graff is None:
            return
        try:
            await asyncio.to_thread(getattr(graff, method), *arguments)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
        await self.refresh_list()

    async def refresh_list(self) -> None:
        """Read the list of conversations again."""
        raise NotImplementedError

    # -- the turn --------------------------------------------------------------------------

    def action_command_interrupt(self) -> None:
        """Stop the turn on screen."""
        if not self.desk.interrupt():
            self.notify("Nothing runs here.", markup=False)

    async def action_command_retry(self) -> None:
        """Send the last prompt once more."""
        prompt = await self.last_entry("prompt")
        if self.desk.current.running or prompt is None:
            self.notify("There is no finished turn here to repeat.", markup=False)
        else:
            self.desk.send(prompt.text)

    async def action_command_copy(self) -> None:
        """Copy the last answer as it was written."""
        answer = await self.last_entry("answer")
        if answer is None:
            self.notify("There is no answer here yet.", markup=False)
        else:
            self.copy(answer.text)

    # -- model, agent, keys ----------------------------------------------------------------

    def action_command_model(self) -> None:
        """Pick a model of the providers there are keys for."""
        self.run_worker(self._pick_model(), group="picker", exclusive=True)

    async def _pick_model(self) -> None:
        from grafftui.ui.model_rows import model_rows
        from grafftui.ui.screens.picker import Picker

        if self.desk.graff is None:
            return
        self.notify("Asking the providers for their models…", timeout=2, markup=False)
        rows, problems = await asyncio.to_thread(model_rows, self.desk.graff)
        for problem in problems:
            self.notify(problem, severity="warning", markup=False)
        chosen = await self.app.push_screen_wait(Picker("Models", rows))
        if chosen is not None:
            self.desk.current.provider, _, self.desk.current.model = chosen.partition("/")
            self.conversation_chosen()

    def action_command_agent(self) -> None:
        """Pick an agent."""
        from grafftui.ui.screens.picker import Picker, Row

        graff = self.desk.graff
        if graff is None:
            return
        rows = [
            Row(info["id"], info["title"], info["description"], "")
            for info in graff.get_agent_infos()
        ]

        def chosen(agent_id: str | None) -> None:
            if agent_id is not None:
                self.desk.current.agent = agent_id
                self.conversation_chosen()

        self.app.push_screen(Picker("Agents", rows), chosen)

    def conversation_chosen(self) -> None:
        """The current conversation has another model or agent."""
        raise NotImplementedError

    def action_command_keys(self) -> None:
        """The keys screen."""
        from grafftui.ui.key_desk import CoreKeyDesk
        from grafftui.ui.screens.keys import KeysScreen

        if self.desk.graff is not None:
            self.app.push_screen(KeysScreen(CoreKeyDesk(self.desk.graff)))

    # -- the screen ------------------------------------------------------------------------

    def action_command_theme(self) -> None:
        """Pick a theme, seeing each as the cursor moves over it."""
        from grafftui.ui.screens.picker import Picker, Row

        before = self.app.theme
        rows = [Row(name, name, "", "") for name in sorted(self.app.available_themes)]

        def preview(name: str) -> None:
            self.app.theme = name

        async def chosen(name: str | None) -> None:
            self.app.theme = name or before
            if name is not None:
                await self._save_setting("theme", name)

        self.app.push_screen(Picker("Themes", rows, preview=preview), chosen)

    async def _save_setting(self, name: str, value: object) -> None:
        graff = self.desk.graff
        if graff is None:
            return
        from grafftui.settings.settings import save

        try:
            await asyncio.to_thread(save, graff.paths, {name: value})
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)

    def action_command_list(self) -> None:
        """Show or hide the conversation list."""
        self.left.display = not self.left.display

    def action_command_panel(self) -> None:
        """Show or hide the right panel."""
        self.right.display = not self.right.display

    def action_command_palette(self) -> None:
        """Every command by name."""
        from grafftui.ui.screens.picker import Picker, Row

        rows = [Row(one.id, one.title, one.keys, one.group) for one in commands.COMMANDS]

        def chosen(command_id: str | None) -> None:
            known = commands.command(command_id or "")
            if known is not None:
                self.call_later(self.run_action, known.action)

        self.app.push_screen(Picker("Commands", rows), chosen)

    def action_command_help(self) -> None:
        """All keys, read from the live bindings."""
        from grafftui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self))

    def action_command_quit(self) -> None:
        """Leave. Turns that run are stopped, and say so."""
        from grafftui.ui.screens.confirm import Confirm

        graff = self.desk.graff
        if graff is None or not graff.store.unsaved:
            self.app.exit(0)
            return

        def leave(yes: bool | None) -> None:
            if yes:
                self.app.exit(0)

        question = f"The latest of this session is only in memory: {graff.store.unsaved}. Lose it?"
        self.app.push_screen(Confirm(question, "Quit and lose it"), leave)
