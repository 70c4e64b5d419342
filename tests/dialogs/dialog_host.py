"""An app that opens one dialog and keeps what it returned."""

from __future__ import annotations

from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from grafftui.ui import themes

NOTHING = object()
"""No answer yet."""


class Host(App[None]):
    """Behind the dialog: a line of text, so that it is seen to lie on top."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, dialog: Screen[Any], theme: str = themes.DARK) -> None:
        super().__init__()
        self.dialog = dialog
        self.answer: object = NOTHING
        themes.install(self, theme)

    def compose(self) -> ComposeResult:
        yield Static("the session behind it")

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self._answered)

    def _answered(self, answer: object) -> None:
        self.answer = answer


def screen_text(app: App[Any]) -> str:
    """What is drawn, trailing spaces left out."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Press the keys of `text`."""
    await pilot.press(*("space" if letter == " " else letter for letter in text))
