"""The person's own editor, on the whole terminal, for one file of a proposed edit."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from textual.app import App

_EDITORS: Final = ("VISUAL", "EDITOR")
_OWN_SIGNALS: Final = (
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
)
"""Signals of the keyboard and of job control, which are the editor's while it runs."""


class NoEditorError(Exception):
    """There is no editor, it failed, or what it left is no text. One line that says so."""


def edit_in_terminal(app: App[Any], path: str, text: str) -> str:
    """`text` as the person leaves it in their editor; blocks, the screen being the editor's.

    Raises:
        NoEditorError: As it says.
    """
    from textual.app import SuspendNotSupported

    command = editor()
    with tempfile.TemporaryDirectory(prefix="grafftui-edit-") as folder:  # private: mode 0700
        copy = Path(folder) / (Path(path).name or "edit")
        copy.write_bytes(text.encode("utf-8", "surrogateescape"))
        try:
            with app.suspend():
                code = run_in_terminal([*command, str(copy)])
        except SuspendNotSupported as error:
            raise NoEditorError("This terminal cannot be lent to an editor.") from error
        if code:
            raise NoEditorError(f"{command[0]} ended with {code}; the edit is as it was.")
        try:
            return copy.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise NoEditorError(f"What {command[0]} left is no text.") from error


def open_in_terminal(app: App[Any], path: str) -> None:
    """Open a file in the person's editor, as it is; blocks, the screen being the editor's.

    Raises:
        NoEditorError: As it says.
    """
    from textual.app import SuspendNotSupported

    command = editor()
    try:
        with app.suspend():
            code = run_in_terminal([*command, path])
    except SuspendNotSupported as error:
        raise NoEditorError("This terminal cannot be lent to an editor.") from error
    if code:
        raise NoEditorError(f"{command[0]} ended with {code}.")


def editor() -> list[str]:
    """The command of the person's editor. Raises `NoEditorError`."""
    for name in _EDITORS:
        if words := os.environ.get(name, "").strip():
            try:
                return shlex.split(words)
            except ValueError as error:
                raise NoEditorError(f"{name} cannot be read: {error}.") from error
    raise NoEditorError("Set EDITOR to your editor's name first.")


def run_in_terminal(argv: list[str]) -> int:
    """Run a program in the foreground of our terminal; its exit code, or minus its signal.

    It gets a process group of its own, so that Ctrl+C and Ctrl+Z are its affair: one that stops
    itself is woken at once, as there is no shell here to do it.

    Raises:
        NoEditorError: It cannot be started.
    """
    terminal = sys.__stdin__.fileno() if sys.__stdin__ is not None else 0
    ignored = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # giving the terminal away and back
    try:
        child = os.posix_spawnp(argv[0], argv, os.environ, setpgroup=0, setsigdef=_OWN_SIGNALS)
    except OSError as error:
        raise NoEditorError(f"{argv[0]} cannot be started: {error.strerror}.") from error
    else:
        return _wait(child, terminal)
    finally:
        _give_terminal(terminal, os.getpgrp())
        signal.signal(signal.SIGTTOU, ignored)


def _wait(child: int, terminal: int) -> int:
    while True:
        _give_terminal(terminal, child)
        with suppress(ProcessLookupError):  # it may have asked for the terminal too early
            os.killpg(child, signal.SIGCONT)
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)


def _give_terminal(terminal: int, group: int) -> None:
    with suppress(OSError):  # no terminal, or the group is gone
        os.tcsetpgrp(terminal, group)
