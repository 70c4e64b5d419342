"""Textual's driver, with what it leaves out of caring for a terminal (8.2.8).

- The skeleton is on the alternate screen already: entering it again would clear it on xterm.
- What the terminal was like is known from before the skeleton, not from when the driver starts.
- Output goes to stdout, where the terminal was found to be, and survives a terminal that is gone.
- Pastes are bounded, and bytes that are not UTF-8 do no harm.
- Ctrl+Z and `fg` work under a supervisor that also wakes us, and `kill %1` while stopped.
- The window title is set by `set_title` only.
- A frame is one write: its three parts, each by itself, wake the writer's thread three times.
"""

from __future__ import annotations

import os
import re
import select
import signal
from codecs import getincrementaldecoder
from threading import Event
from typing import TYPE_CHECKING, Any

from rich.cells import set_cell_size
from textual import constants, events
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from grafftui.ui.hygiene import handover
from grafftui.ui.hygiene.paste import Pasted, PasteReader

if TYPE_CHECKING:
    from textual.app import App

ENTER_ALTERNATE = "\x1b[?1049h"
LEAVE_MOUSE_PIXELS = "\x1b[?1016l"
TITLE_CELLS = 80
READ_SIZE = 65_536
BACKGROUND_WAIT = 0.1
"""Seconds from being woken in the background to stopping again; a SIGTERM that came along with
the wake-up is handled in between."""

_TITLE = re.compile(r"\x1b\][012];[^\x07\x1b]*(?:\x07|\x1b\\)?")


class PasteCut(Message):
    """Follows a paste that was longer than is taken.

    Args:
        kept: Characters that were taken.
        dropped: Characters that were not.
    """

    def __init__(self, kept: int, dropped: int) -> None:
        super().__init__()
        self.kept = kept
        self.dropped = dropped


class TerminalDriver(LinuxDriver):
    """The driver of the full-screen app on Linux and macOS."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = _Output(1)  # type: ignore[assignment]  # all of it that the writer uses
        self.exit_event: _Stop = _Stop()
        self._has_terminal = False
        self._skip_entering = False
        self._frame: list[str] | None = None  # what there is of a frame that is being written
        # Textual acts inside the signal handler, on queues whose lock the interrupted code may
        # hold; as callbacks of the loop these are free of that, and of each other.
        self._loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
        self._loop.add_signal_handler(signal.SIGCONT, self._sigcont_application)

    # Start and stop

    def start_application_mode(self) -> None:
        """Take the terminal over, from the skeleton if that is there."""
        opened = handover.terminal
        self._skip_entering = opened is not None and not opened.adopted
        self._has_terminal = True
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if opened is not None:
            opened.adopted, opened.in_order = True, False
            self.attrs_before = opened.saved

    def stop_application_mode(self) -> None:
        """Put the terminal back; does nothing when that was done."""
        if not self._has_terminal:
            return
        self.write(LEAVE_MOUSE_PIXELS)  # Textual turns it on and never off
        super().stop_application_mode()
        self._has_terminal = False
        if handover.terminal is not None:
            handover.terminal.in_order = True

    def disable_input(self) -> None:
        """Stop reading. Not twice: as a stopped job, to touch the terminal is to stop again."""
        if self._has_terminal:
            super().disable_input()

    def _sigcont_application(self, *_: object) -> None:
        """Woken: by the shell, by the supervisor, or by both."""
        if self._has_terminal or not self._auto_restart:
            return
        if self._in_foreground():
            self._resume()
        else:
            self._loop.call_later(BACKGROUND_WAIT, self._wait_on)

    def _wait_on(self) -> None:
        """Still in the background: `bg` cannot be meant, so stop again unless leaving."""
        if self._has_terminal or self._app._exit:
            return
        if self._in_foreground():
            self._resume()
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _resume(self) -> None:
        self.resume_application_mode()
        self._app.call_later(self._app.refresh, layout=True)

    def _in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:  # hung up
            return True

    # Output

    def write(self, data: str) -> None:
        """Write to the terminal if it is ours now; no window title, and no second way in."""
        if not self._has_terminal:
            return
        if self._skip_entering and data == ENTER_ALTERNATE:
            self._skip_entering = False
            return
        if "\x1b]" in data:
            data = _TITLE.sub("", data)
        if data == SYNC_START:
            self._frame = []
        if self._frame is None:
            super().write(data)
            return
        self._frame.append(data)
        if data == SYNC_END:
            whole, self._frame = "".join(self._frame), None
            super().write(whole)

    def set_title(self, text: str) -> None:
        """Set the window title: what is printable of `text`, at most 80 cells."""
        shown = "".join(c for c in text if c.isprintable())
        if self._has_terminal:
            super().write(f"\x1b]2;{set_cell_size(shown, TITLE_CELLS).rstrip()}\x07")

    # Input

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        """Read the terminal until told to stop or it is gone. Sleeps while nothing comes."""
        keys = XTermParser(self._debug)
        pastes = PasteReader()
        decode = getincrementaldecoder("utf-8")("replace").decode
        stop = self.exit_event
        wait: float | None = None
        while not stop.is_set():
            ready, _, _ = select.select([self.fileno, stop.fileno()], [], [], wait)
            if self.fileno in ready:
                data = self._read()
                if not data:
                    os.kill(os.getpid(), signal.SIGHUP)
                    return
                found = pastes.feed(decode(data))
            else:
                found = pastes.settle()
            for part in found:
                self._deliver(part, keys)
            for event in keys.tick():  # a lone ESC is a key once nothing followed it
                self.process_message(event)
            wait = pastes.wait
            if wait is None and ready:
                wait = constants.ESCAPE_DELAY
            elif wait is None:
                pastes.quiet()

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, READ_SIZE)
        except OSError:  # hung up
            return b""

    def _deliver(self, part: str | Pasted, keys: XTermParser) -> None:
        if isinstance(part, Pasted):
            if part.text:
                self.process_message(events.Paste(part.text))
            if part.dropped:
                self.process_message(PasteCut(len(part.text), part.dropped))
            return
        for event in keys.feed(part):
            if not (isinstance(event, events.Paste) and not event.text):
                self.process_message(event)


class _Output:
    """The terminal as a file: text that cannot be encoded or delivered is lost, nothing else."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._waiting: list[str] = []

    def fileno(self) -> int:
        return self._number

    def write(self, text: str) -> None:
        self._waiting.append(text)

    def flush(self) -> None:
        data = "".join(self._waiting).encode("utf-8", "replace")
        self._waiting.clear()
        while data:
            try:
                data = data[os.write(self._number, data) :]
            except BlockingIOError:  # a program we started made the terminal non-blocking
                select.select([], [self._number], [])
            except OSError:  # hung up
                return


class _Stop(Event):
    """An event that can be waited for together with the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._woken, self._wake = os.pipe()

    def fileno(self) -> int:
        return self._woken

    def set(self) -> None:
        super().set()
        os.write(self._wake, b".")

    def clear(self) -> None:
        super().clear()
        if select.select([self._woken], [], [], 0)[0]:
            os.read(self._woken, READ_SIZE)
