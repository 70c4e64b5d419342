"""`grafftui history vacuum`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from grafftui.cli import output, terminal
from grafftui.cli.conversation_ids import open_store


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "vacuum",
        help="give room back, and leave nothing of what was deleted",
        description="Write the history anew, without the room of what was deleted, and empty its"
        " log: no word of it is left in the files. Needs twice its size of free disk, and that no"
        " turn runs. Backups keep what they hold.",
    )
    parser.add_argument("--json", action="store_true", help="say in JSON what it came to")


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        StoreError: A turn runs, there is too little room, or it cannot be written.
    """
    with open_store() as store:
        done = store.upkeep.vacuum()
        backups = len(list(store.paths.backups.glob("*.db")))
    if args.json:
        output.line(json.dumps({**asdict(done), "backups": backups}))
    else:
        output.line(f"{done.before:,} bytes before, {done.after:,} now")
        if backups:
            folder = store.paths.backups
            terminal.say(f"what was deleted may still be in {backups} files of {folder}")
    if not done.emptied:
        terminal.say("the log is still in use: what was deleted is in it until others have closed")
    output.finish()
    return 0
