"""Commands about the prompt being written: put away, taken to an editor, found again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grafftui.errors import GrafftuiError
from grafftui.ui.composing import pasting
from grafftui.ui.places import home_as_tilde
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.history.reader import Reader
    from grafftui.ui.widgets.composer import Composer

_MOST: Final = 1_000
"""Prompts that are searched, of this project, and of all others."""
_LINE: Final = 300
"""Characters of a prompt that tell it from others."""


class SessionPrompts(SessionReading):
    """Actions `command_stash`, `command_edit`, `command_prompts` and `command_image`."""

    # -- putting it away -------------------------------------------------------------------

    async def on_composer_stash_wanted(self) -> None:
        """Its key."""
        await self.action_command_stash()

    async def action_command_stash(self) -> None:
        """Put away what is written; where nothing is, bring back what was put away last."""
        graff, composer = self.desk.graff, self.composer
        if graff is None:
            return
        if not composer.is_empty:
            await self.put_away()
            return
        try:
            text = await asyncio.to_thread(graff.store.stash.take, graff.workspace)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if text is None:
            self.notify("Nothing was put away here.", markup=False)
        else:
            meanwhile = composer.prompt_text
            composer.load(f"{text}\n\n{meanwhile}" if meanwhile else text)
            composer.focus()

    async def put_away(self) -> None:
        """Put what is written aside, to be brought back; nothing where nothing is."""
        graff, text = self.desk.graff, self.composer.prompt_text
        if graff is None or not text.strip():
            return
        try:
            count = await asyncio.to_thread(graff.store.stash.put, graff.workspace, text)
        except GrafftuiError as error:
            self.notify(f"It stays here: {error}", severity="error", markup=False)
            return
        if self.composer.prompt_text == text:
            self.composer.load("")
        words = f"Put away, with {count - 1} more" if count > 1 else "Put away"
        self.notify(f"{words}. Ctrl+S in an empty prompt brings it back.", markup=False)

    def on_composer_mode_changed(self, event: Composer.ModeChanged) -> None:
        """Say which of vim's modes it is."""
        self.status_line.editing(event.mode)

    # -- the person's own editor -----------------------------------------------------------

    def on_composer_editor_wanted(self) -> None:
        """Its key."""
        self.action_command_edit()

    def action_command_edit(self) -> None:
        """Write the prompt in the person's own editor."""
        from grafftui.ui.widgets.approval.external import NoEditorError, edit_in_terminal

        before = self.composer.prompt_text
        try:
            after = edit_in_terminal(self.app, "prompt.md", before)
        except NoEditorError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        after = after.removesuffix("\n")  # which editors add
        if after != before:
            self.composer.load(pasting.without_keys(after))
        self.composer.focus()

    # -- earlier prompts -------------------------------------------------------------------

    async def read_prompts(self, reader: Reader, workspace: str) -> None:
        """Have the earlier prompts at hand: this workspace's first, then those of all others."""
        here = await reader.prompts(workspace, _MOST)
        self.composer.history = [*self.composer.history, *here]
        elsewhere = await reader.prompts_elsewhere(workspace, _MOST)
        self.composer.elsewhere = [prompt for _, prompt in elsewhere]

    def action_command_prompts(self) -> None:
        """Find an earlier prompt of any project by a few letters, and write it again."""
        self.run_worker(self._find_prompt(), group="picker", exclusive=True)

    async def _find_prompt(self) -> None:
        from grafftui.ui.screens.picker import Picker, Row

        graff, reader = self.desk.graff, self.desk.reader
        if graff is None or reader is None:
            return
        try:
            here = await reader.prompts(graff.workspace, _MOST)
            elsewhere = await reader.prompts_elsewhere(graff.workspace, _MOST)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        places = {prompt: home_as_tilde(place) for place, prompt in reversed(elsewhere)}
        places |= dict.fromkeys(reversed(here), "")
        prompts = [*dict.fromkeys(here), *(one for one in reversed(places) if places[one])]
        rows = [
            Row(str(at), " ".join(prompt[:_LINE].split()), "", places[prompt])
            for at, prompt in enumerate(prompts)
        ]
        chosen = await self.app.push_screen_wait(Picker("Earlier prompts", rows))
        if chosen is not None:
            await self.put_away()
            self.composer.load(prompts[int(chosen)])
            self.composer.focus()

    # -- pictures --------------------------------------------------------------------------

    def on_composer_picture_wanted(self) -> None:
        """Its key."""
        self.run_worker(self._mention_clipboard(), group="picker", exclusive=True)

    def action_command_image(self, path: str = "") -> None:
        """Mention a picture in the prompt, so that it is sent with it."""
        self.run_worker(self._mention_picture(path), group="picker", exclusive=True)

    async def _mention_clipboard(self) -> None:
        from grafftui.core.clipboard import keep_clipboard_picture

        graff = self.desk.graff
        if graff is None:
            return
        try:
            place = await asyncio.to_thread(keep_clipboard_picture, graff.paths)
        except (GrafftuiError, OSError) as error:
            self.notify(f"Nothing was attached: {error}", severity="warning", markup=False)
        else:
            await self._mention_picture(str(place))

    async def _mention_picture(self, path: str) -> None:
        from grafftui.ui.screens.text_prompt import TextPrompt

        graff = self.desk.graff
        if graff is None:
            return
        if not path:
            written = await self.app.push_screen_wait(TextPrompt("Path of the picture"))
            path = (written or "").strip()
        if not path:
            return
        mention = await asyncio.to_thread(_mention_of, path, graff.workspace)
        if mention:
            self.composer.type(f"{mention} ")
        else:
            words = f"There is no picture {path} (png, jpg, webp or gif)."
            self.notify(words, severity="warning", markup=False)
        self.composer.focus()

    async def on_composer_picture_pasted(self, event: Composer.PicturePasted) -> None:
        """The path of a picture, dropped on the terminal for example, becomes a mention of it."""
        graff = self.desk.graff
        if graff is None or self.composer.text.startswith("!"):  # a command means the file itself
            return
        mention = await asyncio.to_thread(_mention_of, event.text, graff.workspace)
        if mention:
            self.composer.swap(event.text, f"{mention} ")


def _mention_of(written: str, workspace: str) -> str:
    """How the picture at a path is named in a prompt; "" when there is none. Looks at the disk."""
    named = pasting.picture_path(written) or written.strip()
    path = Path(workspace, os.path.expanduser(named))
    if path.suffix.lower() not in pasting.PICTURES or not path.is_file():
        return ""
    inside = path.is_relative_to(workspace)
    shown = str(path.relative_to(workspace) if inside else path)
    return "" if set(shown) & set("[]\n") else f"@[{shown}]"
