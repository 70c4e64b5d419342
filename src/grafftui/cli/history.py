"""`grafftui history`: look after the file that everything is kept in.

Each action is a module of this package with `add_parser(subparsers)` and `run(args) -> int`.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any, Final

_ACTIONS: Final = {
    "check": "history_check",
    "vacuum": "history_vacuum",
    "backup": "history_backup",
    "restore": "history_restore",
    "reindex": "history_reindex",
}
"""Action → its module."""


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `history` sub-command."""
    parser = subparsers.add_parser(
        "history",
        help="check, shrink, back up, restore and reindex what is kept",
        description="Look after the history: the file that all conversations are kept in.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for module in _ACTIONS.values():
        import_module(f"grafftui.cli.{module}").add_parser(actions)


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; the exit code.

    Raises:
        GrafftuiError: It could not be done.
    """
    code: int = import_module(f"grafftui.cli.{_ACTIONS[args.action]}").run(args)
    return code
