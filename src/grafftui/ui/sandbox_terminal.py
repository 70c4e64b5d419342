"""A shell in a sandbox on the whole terminal, while the app goes on behind it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from grafftui.errors import AbortedError
from grafftui.text import one_line
from grafftui.ui.own_thread import on_own_thread

if TYPE_CHECKING:
    from textual.app import App

    from grafftui.sandboxes.lasting import Sandbox


class NoTerminalError(Exception):
    """The terminal cannot be lent: it is none, or not ours."""


async def open_shell(app: App[Any], sandbox: Sandbox) -> int | None:
    """Lend the terminal to a shell in a sandbox until it ends; its exit code, or None when the
    person left it. Turns go on meanwhile, and nothing is drawn.

    Raises:
        NoTerminalError: As it says.
        SandboxError, …: What `Sandbox.shell` raises.
    """
    from textual.app import SuspendNotSupported

    from grafftui.cancellation import Cancellation
    from grafftui.sandboxes.lasting.lending import WAY_BACK, lend

    signal = Cancellation()
    greeting = f"In the {sandbox.engine} sandbox {one_line(sandbox.id, 60)}: {WAY_BACK} comes back."
    try:
        with app.suspend():
            lent = asyncio.ensure_future(on_own_thread(lend, sandbox.shell, greeting, signal))
            try:
                return await asyncio.shield(lent)
            except asyncio.CancelledError:
                signal.cancel()  # the app ends; the terminal is put back before it goes on
                with suppress(AbortedError):
                    await lent
                raise
    except SuspendNotSupported as error:
        raise NoTerminalError from error
    except AbortedError:
        return None
