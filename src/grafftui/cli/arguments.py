"""What may follow `grafftui` on the command line. Wrong ones get one line and exit code 2."""

from __future__ import annotations

import argparse
import os
from typing import Any, NoReturn

from grafftui import __version__
from grafftui.cli import terminal

COMMANDS = {
    "run": "send one prompt and print the answer; needs no terminal",
    "keys": "list, set and remove the keys of providers",
    "trust": "trust what a folder has grafftui load, or no longer",
    "conversations": "list, show, search, export, import, delete and compact what was said",
    "import": "take over keys and conversations of ForgeCode",
    "history": "check, shrink, back up and restore what is kept",
    "audit": "print what was asked, decided and done",
    "rules": "list, explain and test what is allowed without asking",
    "mcp": "list, add, approve, try and sign in to MCP servers",
    "sandbox": "make sandboxes, run commands in them, bring files there and back",
    "usage": "print what was spent, by day, model or project",
}
"""Sub-command → its line in --help. Its module is `grafftui.cli.<name>`."""


MODES = ("plan", "ask", "edits", "sandboxed", "full")
"""`approvals.MODES`, which costs too much to import before the first frame."""

BACKENDS = ("graff", "codex")
"""`settings.BackendName`, likewise."""


class Parser(argparse.ArgumentParser):
    """A parser that takes no abbreviations and reports what is wrong in one line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"allow_abbrev": False}))

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with code 2.

        Raises:
            SystemExit: Always.
        """
        terminal.say(f"{message} (see {self.prog} --help)")
        raise SystemExit(2)


def plain(value: str) -> str:
    """An argument's type: text that is not empty and has no control characters.

    Raises:
        argparse.ArgumentTypeError: Anything else, a line feed from a link for example.
    """
    if not value:
        raise argparse.ArgumentTypeError("must not be empty")
    if not value.isprintable():
        raise argparse.ArgumentTypeError(f"has characters that do not print: {value!a}")
    return value


def folder(value: str) -> str:
    """An argument's type: a folder that exists and can be entered; its absolute path.

    Raises:
        argparse.ArgumentTypeError: It does not, or cannot.
    """
    try:
        path = os.path.abspath(value)
    except OSError:
        raise argparse.ArgumentTypeError("the current folder no longer exists") from None
    if not os.path.isdir(path):
        raise argparse.ArgumentTypeError(f"no such folder: {path}")
    if not os.access(path, os.R_OK | os.X_OK):
        raise argparse.ArgumentTypeError(f"may not be read: {path}")
    return path


def count(value: str) -> int:
    """An argument's type: a whole number from 1 on.

    Raises:
        argparse.ArgumentTypeError: Anything else.
    """
    try:
        number = int(value)
    except ValueError:
        number = 0
    if not 0 < number < 2**31:
        raise argparse.ArgumentTypeError(f"must be a number from 1 on: {value!a}")
    return number


def parse_screen(argv: list[str]) -> argparse.Namespace:
    """The options of the screen, named like the fields of `ui.options.Options`.

    Raises:
        SystemExit: 2 for a wrong option, 0 after --help or --version.
    """
    parser = _screen_parser()
    found = parser.parse_args(argv)
    if wrong := not_for(found):
        parser.error(wrong)
    if found.cwd is None:
        found.cwd = _current_folder()
    return found


def not_for(found: argparse.Namespace) -> str:
    """What of the options is not for the backend that was named, in a sentence; "" for nothing."""
    if found.backend not in (None, BACKENDS[0]):
        for name in ("provider", "agent"):
            if getattr(found, name) is not None:
                return f"--{name} is not for --backend {found.backend}"
    return "--backend is not for --demo" if found.backend and vars(found).get("demo") else ""


def _current_folder() -> str:
    try:
        return folder(".")
    except argparse.ArgumentTypeError as error:
        terminal.say(f"{error}; go to another, or: grafftui --cwd FOLDER")
        raise SystemExit(2) from None


def _screen_parser() -> Parser:
    commands = "\n".join(f"  {name:<13} {line}" for name, line in COMMANDS.items())
    parser = Parser(
        prog="grafftui",
        description="The full-screen terminal home for coding agents.",
        epilog=f"commands (grafftui COMMAND --help says more):\n{commands}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("-V", "--version", action="version", version=f"grafftui {__version__}")
    add("--demo", action="store_true", help="a guided tour: no key, no network, nothing kept")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--conversation", metavar="ID", type=plain, help="open it: id, its beginning, or last"
    )
    which.add_argument(
        "--continue",
        dest="resume",
        action="store_true",
        help="open the last conversation of this folder",
    )
    add("--cwd", metavar="DIR", type=folder, help="work in this folder")
    add("--backend", choices=BACKENDS, help="who answers: grafftui's own core, or Codex")
    add("--provider", metavar="ID", type=plain, help="who serves the model")
    add("--model", metavar="ID", type=plain, help="the model to talk to")
    add("--agent", metavar="ID", type=plain, help="forge, muse, sage, or one of your own")
    add("--mode", choices=MODES, help="how much goes ahead without asking (see README)")
    return parser
