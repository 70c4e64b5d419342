"""`grafftui conversations`: what was said, for scripts and for people without the screen.

Each action is a module of this package with `add_parser(subparsers)` and `run(args) -> int`.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any, Final

_ACTIONS: Final = {
    "list": "conversations_list",
    "show": "conversations_export",
    "export": "conversations_export",
    "import": "conversations_import",
    "delete": "conversations_delete",
    "compact": "conversations_compact",
    "search": "conversations_search",
}
"""Action → its module."""


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `conversations` sub-command."""
    parser = subparsers.add_parser(
        "conversations",
        help="list, show, search, export, import, delete and compact what was said",
        description="Work with conversations. ID is an id, its unique beginning, or `last`: the"
        " newest of the current folder. Exit code: 0 done, 1 failed, 2 usage.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for module in dict.fromkeys(_ACTIONS.values()):
        import_module(f"grafftui.cli.{module}").add_parser(actions)


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; the exit code.

    Raises:
        GrafftuiError: It could not be done.
    """
    code: int = import_module(f"grafftui.cli.{_ACTIONS[args.action]}").run(args)
    return code
