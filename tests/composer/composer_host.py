"""A screen with nothing but the composer, and what it said."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Static

from grafftui.ui import themes
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.composer import Composer


class Host(App[None]):
    """A transcript that stays empty, and the composer under it."""

    CSS_PATH = style_sheet("composer.tcss")
    CSS = "#transcript { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [("escape", "escape", "Escape"), ("ctrl+c", "interrupt", "Interrupt")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        themes.install(self, themes.DARK)
        self.said: list[Message] = []
        self.at_first = ""
        self.escapes = 0
        self.interrupts = 0

    def compose(self) -> ComposeResult:
        yield Static(id="transcript")
        with Vertical(id="above"):
            pass
        yield Composer(placeholder="Ask, or type / for commands")

    def on_mount(self) -> None:
        self.query_one("#above").styles.height = "auto"
        self.query_one(Composer).focus()
        if self.at_first:
            self.query_one(Composer).load(self.at_first)

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        self.said.append(message)

    def on_composer_command_typed(self, message: Composer.CommandTyped) -> None:
        self.said.append(message)

    def on_composer_file_typed(self, message: Composer.FileTyped) -> None:
        self.said.append(message)

    def on_composer_paste_refused(self, message: Composer.PasteRefused) -> None:
        self.said.append(message)

    def on_composer_key_pasted(self, message: Composer.KeyPasted) -> None:
        self.said.append(message)

    def on_completions_chosen(self, message: Message) -> None:
        self.said.append(message)

    def on_queued_prompts_edit(self, message: Message) -> None:
        self.said.append(message)

    def on_queued_prompts_remove(self, message: Message) -> None:
        self.said.append(message)

    def action_escape(self) -> None:
        self.escapes += 1

    def action_interrupt(self) -> None:
        self.interrupts += 1


@dataclass
class Desk:
    """The running host, its composer, and hands on the keyboard."""

    app: Host
    composer: Composer
    pilot: Pilot[None]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        for letter in text:
            self.app.post_message(events.Key("space" if letter == " " else letter, letter))
        await self.pilot.pause()

    def screen_text(self) -> list[str]:
        """What is drawn, line by line, without trailing spaces."""
        strips = self.app.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips]

    def drawn(self) -> list[str]:
        """The composer's own lines."""
        region = self.composer.region
        return self.screen_text()[region.y : region.bottom]
