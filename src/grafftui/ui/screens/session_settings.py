"""Commands about the person's settings: shown, changed one by one or in an editor, read again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, get_args

from grafftui.errors import GrafftuiError
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.ui.screens.picker import Row

_OPEN: Final = "open"
_RELOAD: Final = "reload"
"""What can be picked beside the settings; none is called so."""


class SessionSettings(SessionReading):
    """Actions `command_config…`, `command_reasoning_effort` and `command_vim`."""

    def action_command_config(self) -> None:
        """Pick a setting, and say what it is to be."""
        self.run_worker(self._config(), group="picker", exclusive=True)

    def action_command_config_edit(self) -> None:
        """`settings.toml` in the person's own editor."""
        self.run_worker(self._edit_settings(), group="picker", exclusive=True)

    def action_command_config_reload(self) -> None:
        """Read `settings.toml` again."""
        self.run_worker(self._reload_settings(), group="picker", exclusive=True)

    def action_command_config_commit_model(self) -> None:
        """The model that writes commits' messages."""
        self.run_worker(self._change_setting("commit_model"), group="picker", exclusive=True)

    def action_command_config_suggest_model(self) -> None:
        """The model that suggests commands."""
        self.run_worker(self._change_setting("suggest_model"), group="picker", exclusive=True)

    def action_command_reasoning_effort(self) -> None:
        """How much models may think; with some backends the conversation's own."""
        if self.desk.can("effort"):
            self.choose_effort()
        else:
            self.run_worker(self._pick_effort(), group="picker", exclusive=True)

    def choose_effort(self) -> None:
        """Part of `SessionBackend`."""
        raise NotImplementedError

    async def action_command_vim(self) -> None:
        """Vim's keys in the composer, or none."""
        if self.desk.graff is not None:
            on = self.composer.vim is None
            await self._set("vim", "true" if on else "false")

    def take_settings(self) -> None:
        """Have the screen as the settings want it."""
        from grafftui.ui import themes

        if self.desk.graff is None:
            return
        settings = self.desk.graff.settings
        self.composer.use_vim(settings.vim)
        if settings.theme in self.app.available_themes:
            self.app.theme = settings.theme or self.app.theme
        if settings.reduced_motion:
            themes.reduce_motion(self.app)
        self.app.set_keymap(settings.keymap)

    # -- inside ----------------------------------------------------------------------------

    async def _config(self) -> None:
        from grafftui.ui.screens.picker import Picker

        graff = self.desk.graff
        if graff is None:
            return
        rows = await asyncio.to_thread(_rows, graff)
        chosen = await self.app.push_screen_wait(Picker("Settings", rows))
        if chosen == _OPEN:
            await self._edit_settings()
        elif chosen == _RELOAD:
            await self._reload_settings()
        elif chosen is not None:
            await self._change_setting(chosen)

    async def _change_setting(self, name: str) -> None:
        from grafftui.ui.screens.text_prompt import TextPrompt

        graff = self.desk.graff
        if graff is None:
            return
        listed = await asyncio.to_thread(graff.list_settings)
        setting = next(one for one in listed if one["name"] == name)
        default = f"by default {setting['default']}" if setting["default"] else "by default unset"
        question = f"{name} ({default}): {setting['description']}"
        written = await self.app.push_screen_wait(TextPrompt(question, setting["value"]))
        if written is not None and written != setting["value"]:
            await self._set(name, written)

    async def _pick_effort(self) -> None:
        from grafftui.settings.settings import ReasoningEffort
        from grafftui.ui.screens.picker import Picker, Row

        graff = self.desk.graff
        if graff is None:
            return
        rows = [Row("", "as the model does it", "no setting")]
        rows += [Row(effort, effort) for effort in get_args(ReasoningEffort)]
        current = graff.settings.reasoning_effort or ""
        chosen = await self.app.push_screen_wait(Picker("Reasoning effort", rows, current=current))
        if chosen is not None:
            await self._set("reasoning_effort", chosen)

    async def _set(self, name: str, value: str) -> None:
        graff = self.desk.graff
        assert graff is not None
        try:
            problems = await asyncio.to_thread(graff.change_setting, name, value)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._taken_up(problems, f"{name} is {value.strip() or 'what it is by default'}.")

    async def _reload_settings(self) -> None:
        if self.desk.graff is not None:
            problems = await asyncio.to_thread(self.desk.graff.reload_settings)
            self._taken_up(problems, "The settings are as the file has them.")

    def _taken_up(self, problems: list[str], words: str) -> None:
        self.take_settings()
        for problem in problems:
            self.notify(problem, severity="warning", markup=False)
        if not problems:
            self.notify(words, markup=False)

    async def _edit_settings(self) -> None:
        from grafftui.ui.widgets.approval.external import NoEditorError, open_in_terminal

        graff = self.desk.graff
        if graff is None:
            return
        try:
            open_in_terminal(self.app, await asyncio.to_thread(graff.settings_file))
        except (GrafftuiError, NoEditorError) as error:
            self.notify(str(error), severity="error", markup=False)
            return
        await self._reload_settings()


def _rows(graff: Graff) -> list[Row]:
    from grafftui.ui.screens.picker import Row

    rows = [
        Row(_OPEN, "Open settings.toml in your editor", "", "file"),
        Row(_RELOAD, "Read settings.toml again", "", "file"),
    ]
    for one in graff.list_settings():
        shown = one["value"] or "unset"
        changed = "" if one["value"] == one["default"] else "yours"
        rows.append(Row(one["name"], one["name"], f"{shown}   {one['description']}", changed))
    return rows
