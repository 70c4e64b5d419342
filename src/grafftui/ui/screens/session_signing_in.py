"""Commands about who is signed in to a backend that has accounts of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from grafftui.backends.registry import OURS, title_of
from grafftui.errors import GrafftuiError
from grafftui.text import one_line
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.backends.backend import ForeignBackend
    from grafftui.ui.live import LiveConversation

_BROWSER: Final = "browser"
_DEVICE: Final = "device"
_KEY: Final = "key"


class SessionSigningIn(SessionReading):
    """Actions `command_sign_in` and `command_sign_out`; who answers, in words."""

    def __init__(self) -> None:
        super().__init__()
        self._accounts: dict[str, str] = {}

    def conversation_chosen(self) -> None:
        """The current conversation has another backend, model or effort."""
        raise NotImplementedError

    def learn_account(self) -> None:
        """Ask who is signed in where the conversation on screen is about to be answered."""
        foreign, current = self.desk.foreign, self.desk.current
        if foreign is None or not self.desk.is_in_use or current.backend in self._accounts:
            return
        self._accounts[current.backend] = ""
        self.run_worker(self._learn_account(foreign), group="account")

    async def _learn_account(self, foreign: ForeignBackend) -> None:
        from grafftui.ui.backend_words import NOBODY, signed_in

        def ask() -> tuple[str, str]:
            problem = foreign.problem()
            return problem, "" if problem else signed_in(foreign.account())

        try:
            problem, words = await asyncio.to_thread(ask)
        except GrafftuiError as error:
            problem, words = in_words(error), ""
        self._accounts[foreign.name] = words
        if problem:
            self.notify(problem, severity="warning", timeout=15, markup=False)
        elif words == NOBODY:
            said = f"Nobody is signed in to {title_of(foreign.name)}: /sign-in does that."
            self.notify(said, severity="warning", timeout=10, markup=False)
        self.conversation_chosen()

    def partner(self, live: LiveConversation) -> str:
        """Who answers in a conversation, in short."""
        from grafftui.ui.backend_words import NOBODY

        if live.backend == OURS:
            model = f"{live.provider}/{live.model}" if live.model else ""
            return " · ".join(part for part in (live.agent or "forge", model) if part)
        model = " ".join(part for part in (live.model, live.effort) if part)
        nobody = NOBODY if self._accounts.get(live.backend) == NOBODY else ""
        return " · ".join(part for part in (live.backend, model, nobody) if part)

    def backend_info(self) -> dict[str, str]:
        """What there is to know of the backend, for the info screen."""
        current = self.desk.current
        if self.desk.foreign is None:
            return {"backend": title_of(current.backend)}
        account = self._accounts.get(current.backend) or "not asked yet"
        model = f"{current.model} {current.effort}".strip() or "its own default"
        return {
            "backend": title_of(current.backend),
            "account": account,
            "model": model,
            "agent": "its own",
        }

    def action_command_sign_in(self) -> None:
        """Sign in to the backend of the conversation on screen; our own core has keys instead."""
        if self.desk.foreign is not None:
            self.run_worker(self._sign_in(self.desk.foreign), group="picker", exclusive=True)
        else:
            self.call_later(self.run_action, "command_keys")

    async def _sign_in(self, foreign: ForeignBackend) -> None:
        from grafftui.ui.screens.picker import Picker, Row
        from grafftui.ui.screens.sign_in import KeyPrompt, SignIn

        title = title_of(foreign.name)
        rows = [
            Row(_BROWSER, "ChatGPT, in your browser…", "Shows the address first", ""),
            Row(_DEVICE, "ChatGPT, on another device…", "With a code", ""),
            Row(_KEY, "With an API key…", f"{title} keeps it in its own folder", ""),
        ]
        chosen = await self.app.push_screen_wait(Picker(f"Sign in to {title}", rows))
        if chosen is None:
            return
        try:
            if chosen == _KEY:
                key = await self.app.push_screen_wait(KeyPrompt(f"An API key for {title}"))
                if key is None:
                    return
                await asyncio.to_thread(foreign.login, key)
            else:
                device = chosen == _DEVICE
                login = await asyncio.to_thread(lambda: foreign.login(device=device))
                why = await self.app.push_screen_wait(SignIn(title, login)) if login else ""
                if why:
                    words = f"Not signed in: {one_line(why, 200)}."
                    self.notify(words, severity="warning", markup=False)
        except GrafftuiError as error:
            self.notify(in_words(error), severity="error", markup=False)
        await self._say_account(foreign)

    def action_command_sign_out(self) -> None:
        """Sign out of the backend of the conversation on screen, after a question."""
        from grafftui.ui.screens.confirm import Confirm

        foreign = self.desk.foreign
        if foreign is None:
            self.call_later(self.run_action, "command_keys")
            return

        async def sign_out() -> None:
            try:
                await asyncio.to_thread(foreign.logout)
            except GrafftuiError as error:
                self.notify(in_words(error), severity="error", markup=False)
            await self._say_account(foreign)

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(sign_out(), group="account")

        question = f"Sign out of {title_of(foreign.name)}, here and wherever else it is used?"
        self.app.push_screen(Confirm(question, "Sign out"), answered)

    async def _say_account(self, foreign: ForeignBackend) -> None:
        await self._learn_account(foreign)
        if words := self._accounts.get(foreign.name):
            self.notify(f"{title_of(foreign.name)}: {one_line(words, 80)}.", markup=False)


def in_words(error: GrafftuiError) -> str:
    """What is wrong, and what helps."""
    return f"{error} — {error.hint}" if error.hint else str(error)
