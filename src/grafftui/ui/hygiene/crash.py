"""Errors nobody expected, anywhere in the app: an orderly end, one line, a report."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable
from typing import Any

from rich.console import RenderableType
from textual.app import App
from textual.worker import WorkerFailed

from grafftui.ui.hygiene.report import write_report


class Crash(App[int]):
    """Ends the app with code 1 on the first unexpected error, wherever it was raised.

    Textual prints the traceback with the values of local variables, keys among them, and the
    error's text as it is. This prints a line without either, after the terminal is restored, and
    writes a redacted report. Covers handlers, workers, asyncio tasks and plain threads.
    """

    def __init__(self) -> None:
        super().__init__()
        self._account: str | None = None
        self._threads_before: Callable[[threading.ExceptHookArgs], Any] | None = None

    def _handle_exception(self, error: Exception) -> None:
        self._report(error.error if isinstance(error, WorkerFailed) else error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Called by Textual to show the error that it just passed to `_handle_exception`."""
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """End the app; nothing of `renderables` is shown, they may hold anything."""
        self._return_code = 1
        self._report(sys.exc_info()[1] or RuntimeError("Textual gave up"))
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Called by Textual once the terminal is restored."""
        if self._account is None:
            super()._print_error_renderables()
            return
        self._exit_renderables.clear()
        if sys.__stderr__ is not None:
            with contextlib.suppress(OSError):  # hung up
                print(f"grafftui: {self._account}", file=sys.__stderr__, flush=True)

    def _report(self, error: BaseException) -> None:
        if self._account is None:
            self._account = write_report(error)

    # Beyond Textual's reach

    def _on_mount(self) -> None:
        if self.is_headless:  # the hooks are the test's
            return
        asyncio.get_running_loop().set_exception_handler(self._on_task_error)
        self._threads_before, threading.excepthook = threading.excepthook, self._on_thread_error

    def _on_unmount(self) -> None:
        if self._threads_before is not None:
            threading.excepthook = self._threads_before

    def _on_task_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self._handle_exception(error if isinstance(error, Exception) else _unknown(context))

    def _on_thread_error(self, args: threading.ExceptHookArgs) -> None:
        error = args.exc_value
        loop = self._loop
        if isinstance(error, Exception) and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._handle_exception, error)


def _unknown(context: dict[str, Any]) -> RuntimeError:
    return RuntimeError(str(context.get("message", "unknown error in the event loop")))
