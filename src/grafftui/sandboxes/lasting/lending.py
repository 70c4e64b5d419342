"""Lends the person's own terminal to a shell in a sandbox.

The shell has a terminal of its own, and what it writes there is copied: nothing in the sandbox
ever holds the real one. It moves the cursor and colours as it likes, as over ssh. What is meant
for the terminal program itself is left out: window titles, the clipboard, links, pictures, and
whatever else comes as a string between two marks.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import re
import select
import struct
import termios
import threading
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from grafftui.cancellation import Cancellation

Shell = Callable[[int, Cancellation], int]
"""Runs a shell on the terminal that a descriptor is of, until it ends; its exit code."""

WAY_BACK: Final = "exit, ctrl+d, or ctrl+] twice"
_LEAVE: Final = b"\x1d"
_LEAVE_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.25
_PIECE: Final = 16_384
_MOST_WAITING: Final = 65_536
"""Bytes typed or pasted that the shell has not read; more are left in the terminal's queue."""

_AS_BEFORE: Final = (
    b"\x1b7\x1b[?1049l\x1b7\x1b[?6l\x1b[r\x1b8"  # the main screen, all of it, where the cursor is
    b"\x1b[<99u\x1b[?1l\x1b>\x1b[4l"  # plain keys
    b"\x1b[?2004l\x1b[?1004l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    b"\x1b[?7h\x1b[?25h\x1b[?2026l\x1b(B\x0f\x1b[0m"
)
"""Undoes what a program that was cut short may have left on."""

# Terminals carry out control characters inside a sequence, and go on with it.
_WITHIN: Final = "[\x00-\x17\x19\x1c-\x1f\x7f]*"
_BEGINS: Final = re.compile(f"\x1b{_WITHIN}[]PX^_]|[\x90\x98\x9d\x9e\x9f]")
_MAY_BEGIN: Final = re.compile(f"\x1b{_WITHIN}\\Z")
_ENDS: Final = re.compile("[\x07\x18\x1a\x1b\x9c]")


class Tame:
    """Leaves out of a terminal's output what is meant for the terminal program itself."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._held = ""
        self._in_string = False

    def __call__(self, data: bytes) -> bytes:
        """What of the next piece is to be written. The beginning of a sequence waits for more."""
        text, self._held = self._held + self._decode(data), ""
        kept: list[str] = []
        while text:
            found = (_ENDS if self._in_string else _BEGINS).search(text)
            if found is None:
                break
            if self._in_string:
                # An escape may begin something else; by itself the end of a string does nothing.
                text = text[found.start() if found[0] == "\x1b" else found.end() :]
            else:
                kept.append(text[: found.start()])
                text = text[found.end() :]
            self._in_string = not self._in_string
        if not self._in_string:
            open_end = _MAY_BEGIN.search(text)
            at = open_end.start() if open_end else len(text)
            self._held = text[at:]
            kept.append(text[:at])
        return "".join(kept).encode()


def lend(
    shell: Shell,
    greeting: str = "",
    cancellation: Cancellation | None = None,
    keyboard: int = 0,
    screen: int = 1,
) -> int:
    """Run a shell on the person's terminal until it ends, or they leave it; its exit code.

    Blocks, on any thread. The terminal is as it was afterwards.

    Args:
        greeting: Is written first, a line.
        cancellation: Ends the shell from another thread.
        keyboard, screen: Descriptors of the terminal.

    Raises:
        AbortedError: They left it.
        SandboxError, …: What `shell` raises.
    """
    lending = _Lending(shell, cancellation or Cancellation(), keyboard, screen)
    return lending.until_the_end(greeting)


class _Lending:
    def __init__(
        self, shell: Shell, cancellation: Cancellation, keyboard: int, screen: int
    ) -> None:
        self._shell = shell
        self._keyboard = keyboard
        self._screen = screen
        self._master, self._slave = os.openpty()
        os.set_blocking(self._master, False)
        self._signal = cancellation
        self._waiting = b""
        self._size = b""
        self._left_at = 0.0
        self._code = 0
        self._error: BaseException | None = None

    def until_the_end(self, greeting: str) -> int:
        saved = termios.tcgetattr(self._keyboard)
        self._fit()
        thread = threading.Thread(target=self._run, name="sandbox-shell", daemon=True)
        try:
            tty.setraw(self._keyboard, termios.TCSANOW)
            self._write(f"{greeting}\r\n".encode() if greeting else b"")
            thread.start()
            self._copy()
        finally:
            self._signal.cancel()
            if thread.ident is not None:
                thread.join()
            os.close(self._master)
            self._write(_AS_BEFORE)
            # What the terminal was asked at the very end, it may have answered by now.
            with suppress(termios.error):
                termios.tcflush(self._keyboard, termios.TCIFLUSH)
                termios.tcsetattr(self._keyboard, termios.TCSANOW, saved)
        if self._error is not None:
            raise self._error
        return self._code

    def _run(self) -> None:
        try:
            self._code = self._shell(self._slave, self._signal)
            self._signal.raise_if_cancelled()
        except BaseException as error:
            self._error = error
        finally:
            os.close(self._slave)  # with the last one that has it open, the copying ends

    def _copy(self) -> None:
        tame = Tame()
        while True:
            keyboard = [self._keyboard] if len(self._waiting) < _MOST_WAITING else []
            typed = [self._master] if self._waiting else []
            ready, writable, _ = select.select([self._master, *keyboard], typed, [], _LOOK_SECONDS)
            self._fit()
            if self._master in ready:
                try:
                    data = os.read(self._master, _PIECE)
                except OSError:
                    return
                if not data:
                    return
                self._write(tame(data))
            if self._keyboard in ready:
                self._take()
            if writable:
                with suppress(BlockingIOError):
                    self._waiting = self._waiting[os.write(self._master, self._waiting) :]

    def _take(self) -> None:
        """What was typed; the way back is ours, all else the shell's."""
        try:
            data = os.read(self._keyboard, _PIECE)
        except OSError:
            data = b""
        now = time.monotonic()
        twice = data == _LEAVE and now - self._left_at < _LEAVE_SECONDS
        if not data or twice or data == 2 * _LEAVE:  # the terminal is gone, or they want back
            self._signal.cancel()
            return
        self._left_at = now if data == _LEAVE else 0.0
        self._waiting += data

    def _fit(self) -> None:
        """The shell's terminal is as large as the person's."""
        with suppress(OSError):
            columns, rows = os.get_terminal_size(self._screen)
            size = struct.pack("HHHH", rows, columns, 0, 0)
            if size != self._size:
                self._size = size
                fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def _write(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._screen, data) :]
            except BlockingIOError:
                select.select([], [self._screen], [])
            except OSError:  # hung up
                return
