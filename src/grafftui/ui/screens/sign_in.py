"""Signing in to a backend that has accounts of its own: in a browser, elsewhere, with a key."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from grafftui.errors import GrafftuiError
from grafftui.text import display, for_model, one_line
from grafftui.ui.own_thread import on_own_thread
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from grafftui.backends.codex.threads import Login


class SignIn(Dialog[str]):
    """Shows where to sign in, and waits for it. Returns "" once it is done, else why it is not.

    Args:
        title: What is signed in to.
        login: The sign-in that was begun; it is given up when this is left.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open", "Open it in your browser", id="sign_in.open"),
        Binding("c", "copy", "Copy the address", id="sign_in.copy"),
        Binding("escape", "cancel", "Give up", id="sign_in.cancel"),
    ]

    def __init__(self, title: str, login: Login) -> None:
        super().__init__()
        self._heading = title
        self._login = login
        self._left = False

    def compose(self) -> ComposeResult:
        """Title, address, code, keys."""
        code = self._login.code
        with Vertical(id="dialog"):
            yield Static(Content(f"Sign in to {one_line(self._heading, 40)}"), id="title")
            yield Static(Content(display(self._login.url[:2_000])), id="question")
            if code:
                yield Static(Content.assemble("Code: ", (one_line(code, 60), "bold")), id="code")
            yield Static(Content("o open in browser   c copy   esc give up"), id="hint")

    def on_mount(self) -> None:
        """Wait beside the keys."""
        self.run_worker(self._wait(), exclusive=True)

    async def _wait(self) -> None:
        try:
            ended = await on_own_thread(self._login.wait)
        except GrafftuiError as error:
            self._leave(str(error))
            return
        said = str(ended.get("error") or "it was not completed")
        self._leave("" if ended.get("success") else said)

    def _leave(self, why: str) -> None:
        """Once: giving up ends the waiting as well."""
        if not self._left:
            self._left = True
            self.dismiss(why)

    def action_open(self) -> None:
        """Open it: the person has asked for that."""
        if urlsplit(self._login.url).scheme in ("https", "http"):
            self.app.open_url(self._login.url)

    def action_copy(self) -> None:
        """Put the address on the clipboard."""
        self.app.copy_to_clipboard(for_model(self._login.url))
        self.notify("Copied the address.", markup=False)

    async def action_cancel(self) -> None:
        """Give up on it."""
        try:
            await asyncio.to_thread(self._login.cancel)
        except GrafftuiError as error:
            self.notify(str(error), severity="warning", markup=False)
        self._leave("you gave up")


class KeyPrompt(Dialog[str | None]):
    """Asks for a key, which is drawn as dots.

    Args:
        title: What is asked for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", id="key_prompt.cancel")
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._heading = title

    def compose(self) -> ComposeResult:
        """Title, line, keys."""
        with Vertical(id="dialog"):
            yield Static(Content(one_line(self._heading, 200)), id="title")
            yield LineInput(password=True)
            yield Static(Content("enter done   esc cancel"), id="hint")

    def on_mount(self) -> None:
        """The line has the focus."""
        self.query_one(LineInput).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter returns the key, once there is one."""
        event.stop()
        key = event.value.strip()
        if key:
            self.query_one(LineInput).value = ""
            self.dismiss(key)

    def action_cancel(self) -> None:
        """Return nothing."""
        self.query_one(LineInput).value = ""
        self.dismiss(None)
