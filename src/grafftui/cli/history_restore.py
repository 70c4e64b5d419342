"""`grafftui history restore`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from grafftui.cli import output, terminal
from grafftui.cli.arguments import plain


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "restore",
        help="put a backup in its place",
        description="Put the history in FILE in the place of the present one, of which a copy is"
        " kept among the backups. Grants and trust are not taken over: they are asked for again."
        " Refused while a grafftui is open.",
    )
    parser.add_argument("file", metavar="FILE", type=plain, help="made by `history backup`")
    parser.add_argument("--json", action="store_true", help="say in JSON what was done")


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        StoreError: The file is no sound history, a grafftui is open, or it cannot be written.
    """
    from grafftui.cli.conversation_ids import open_store
    from grafftui.history.restoring import restore
    from grafftui.settings.paths import Paths

    done = restore(Paths.from_environment(), Path(args.file).absolute())
    with open_store():
        pass  # brings it up to date, and says so
    if args.json:
        before = str(done.before) if done.before else None
        output.line(json.dumps({"conversations": done.conversations, "before": before}))
    else:
        output.line(f"{done.conversations:,} conversations are back.")
        if done.before:
            terminal.say(f"what was there before is {done.before}")
    output.finish()
    return 0
