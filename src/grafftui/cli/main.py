"""The `grafftui` command: which sub-command, or the screen, and with what.

    grafftui [options]          the screen
    grafftui COMMAND …          a sub-command: a module of this package, loaded when named

A sub-command's module has `add_parser(subparsers)` and `run(args) -> int`; its errors become one
line and an exit code in `guarded`.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable

from grafftui.cli import terminal
from grafftui.cli.crash import guarded, watch_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from grafftui.ui.options import Options

    App = Callable[[Options], int]
    """Runs the full-screen app until it ends; returns the exit code."""

SWITCH_INTERVAL = 0.001
"""Seconds a busy thread keeps the interpreter from the others. With Python's 5 ms a worker that
computes delays the screen by 35 ms (p99), with 1 ms by 20, at the same throughput."""


def main(argv: list[str]) -> int:
    """Run what `argv` (without the command's own name) asks for; the exit code."""
    if argv and not argv[0].startswith("-"):
        return guarded(lambda: _command(argv))
    return guarded(lambda: screen(argv))


def screen(argv: list[str], load: Callable[[], App] | None = None) -> int:
    """Run the full-screen app under its supervisor; the exit code.

    Args:
        argv: Its options, as text.
        load: Imports the app and returns what runs it; called once the first frame stands.
    """
    problem = terminal.refusal()
    if problem is not None or "-h" in argv or "--help" in argv:
        from grafftui.cli.arguments import parse_screen

        parse_screen(argv)  # --help ends here, and a wrong option is named before the terminal
        terminal.say(problem or "nothing goes with --help")
        return 2
    from grafftui.cli.supervisor import supervise

    return supervise(lambda saved: guarded(lambda: _screen(argv, saved, load or _load_app)))


def _screen(argv: list[str], saved: terminal.Modes, load: Callable[[], App]) -> int:
    """The screen's own process: options, first frame, app; the terminal as found afterwards."""
    from grafftui.cli import skeleton

    wanted = _wanted(argv)
    opened = None
    try:
        skeleton.show(str(wanted["cwd"]))
        watch_process()
        from grafftui.ui.hygiene import handover
        from grafftui.ui.options import Options

        handover.terminal = opened = handover.OpenTerminal(saved)
        sys.setswitchinterval(SWITCH_INTERVAL)
        gc.disable()  # an import leaves no garbage, and looking for it takes 8 % of its time
        app = load()
        gc.enable()
        return app(Options(**wanted))
    finally:
        if opened is None or not opened.in_order:
            terminal.restore(saved)


def _wanted(argv: list[str]) -> dict[str, Any]:
    """The fields of `Options`; without arguments no parser is loaded, which takes 8 ms."""
    try:
        if not argv and os.access(cwd := os.getcwd(), os.R_OK | os.X_OK):
            return {"cwd": cwd}
    except OSError:
        pass  # the parser says what is wrong with the folder
    from grafftui.cli.arguments import parse_screen

    return vars(parse_screen(argv))


def _load_app() -> App:
    from grafftui.errors import GrafftuiError

    try:
        from grafftui.ui.app import run
    except ImportError as error:
        raise GrafftuiError(
            f"the screen cannot be loaded: {error}", hint="reinstall grafftui"
        ) from error
    return run


def _command(argv: list[str]) -> int:
    from importlib import import_module

    from grafftui.cli.arguments import COMMANDS, Parser

    watch_process()
    name = argv[0]
    parser = Parser(prog="grafftui")
    if name not in COMMANDS:
        parser.error(f"no such command: {name}")
    module = import_module(f"grafftui.cli.{name}")
    module.add_parser(parser.add_subparsers(required=True))
    code: int = module.run(parser.parse_args(argv))
    return code
