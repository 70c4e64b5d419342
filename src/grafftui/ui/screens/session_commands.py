"""What the session screen's commands do; each is an action named after its command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grafftui.errors import GrafftuiError
from grafftui.ui import commands
from grafftui.ui.screens.session_prompts import SessionPrompts

if TYPE_CHECKING:
    from textual.containers import Vertical

    from grafftui.ui.screens.picker import Row


class SessionCommands(SessionPrompts):
    """Actions `command_…`, one for each of `commands.COMMANDS`."""

    left: Vertical
    right: Vertical

    async def open_new(self) -> None:
        """Put an empty conversation on screen."""
        raise NotImplementedError

    # -- conversations ---------------------------------------------------------------------

    async def action_command_new(self) -> None:
        """An empty conversation; what runs goes on."""
        await self.open_new()
        self.composer.focus()

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

    def action_command_model(self, named: str = "") -> None:
        """Take `provider/model`, or pick a model of a provider there is a key for.

        A backend with models of its own is asked for them, and told theirs.
        """
        if self.desk.foreign is not None:
            self.choose_model(named)
        elif "/" in named:
            self._take_model(named)
        else:
            self.run_worker(self._pick_model(), group="picker", exclusive=True)

    def _take_model(self, named: str) -> None:
        self.desk.current.provider, _, self.desk.current.model = named.partition("/")
        self.conversation_chosen()

    async def _pick_model(self) -> None:
        """Of the provider in use; any other is asked only when its row is chosen."""
        from grafftui.ui.model_rows import provider_rows
        from grafftui.ui.screens.picker import Picker

        graff, provider_id = self.desk.graff, self.desk.current.provider
        if graff is None:
            return
        providers = await asyncio.to_thread(provider_rows, graff)
        while True:
            rows = await self._models_of(provider_id)
            asked = {row.group for row in rows} or {provider_id}
            others = [row for row in providers if row.group not in asked]
            if not rows and not others:
                self.notify("No provider is set up: add a key first (F6).", markup=False)
            chosen = await self.app.push_screen_wait(Picker("Models", [*rows, *others]))
            if chosen is None:
                return
            if not chosen.endswith("/"):
                self._take_model(chosen)
                return
            provider_id = chosen.removesuffix("/")

    async def _models_of(self, provider_id: str) -> list[Row]:
        from grafftui.ui.model_rows import model_rows
        from grafftui.ui.screens.session_signing_in import in_words

        assert self.desk.graff is not None
        self.notify("Asking for the models…", timeout=2, markup=False)
        try:
            rows = await asyncio.to_thread(model_rows, self.desk.graff, provider_id)
        except GrafftuiError as error:
            self.notify(in_words(error), severity="warning", markup=False)
            return []
        if not rows and provider_id:
            words = f"{provider_id} lists no models: name one with /model {provider_id}/…"
            self.notify(words, markup=False)
        return rows

    def action_command_agent(self, named: str = "") -> None:
        """Take the agent with that id, or pick one."""
        from grafftui.ui.screens.picker import Picker, Row

        graff = self.desk.graff
        if graff is None or not self.allows("agents"):
            return
        rows = [
            Row(info["id"], info["title"] or info["id"], info["description"] or "", "")
            for info in graff.get_agent_infos()
        ]

        def chosen(agent_id: str | None) -> None:
            if agent_id is not None:
                self.desk.current.agent = agent_id
                self.conversation_chosen()

        if named.lower() in (row.value for row in rows):
            chosen(named.lower())
        else:
            self.app.push_screen(Picker("Agents", rows), chosen)

    def conversation_chosen(self) -> None:
        """The current conversation has another model or agent."""
        raise NotImplementedError

    def choose_model(self, named: str) -> None:
        """Part of `SessionBackend`."""
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

    async def action_command_palette(self) -> None:
        """Every command by name; those in files are written into the composer."""
        from grafftui.ui.screens.picker import Picker, Row

        graff = self.desk.graff
        own = await asyncio.to_thread(graff.list_commands) if graff is not None else []
        rows = [Row(one.id, one.title, one.keys, one.group) for one in commands.COMMANDS]
        rows += [
            Row(f"/{one['name']}", f"/{one['name']}", one["description"], "Own") for one in own
        ]

        async def chosen(command_id: str | None) -> None:
            known = commands.command(command_id or "")
            if known is not None:
                self.call_later(self.run_action, known.action)
            elif command_id is not None:
                await self.put_away()
                self.composer.load(f"{command_id} ")

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
