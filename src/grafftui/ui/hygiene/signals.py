"""Signals that end the app do so in good order."""

from __future__ import annotations

import asyncio
import signal

from textual.app import App

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


class Signals(App[int]):
    """Leaves on SIGHUP, SIGINT, SIGQUIT and SIGTERM with exit code 128 + n, terminal restored.

    Without it all but SIGINT leave the terminal raw. An event loop that is blocked cannot react;
    then the supervisor ends the process and restores the terminal.
    """

    def stop_work(self) -> None:
        """Stop running turns and their tools. Called before leaving on a signal: nobody is there
        any more to see what they do. To be overridden; must not block."""

    def _on_mount(self) -> None:
        if self.is_headless:  # the signals are the test's
            return
        loop = asyncio.get_running_loop()

        def leave(number: int, _frame: object) -> None:
            # The loop's own handlers are gone with the loop, and a second signal (the terminal's
            # and the supervisor's, say) would then kill what is just leaving.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._leave, number)

        for ending in ENDING:
            signal.signal(ending, leave)

    def _leave(self, number: int) -> None:
        if not self._exit:
            self.stop_work()
            self.exit(return_code=128 + number)
