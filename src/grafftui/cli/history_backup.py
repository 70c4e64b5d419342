"""`grafftui history backup`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from grafftui.cli import output
from grafftui.cli.arguments import plain
from grafftui.cli.conversation_ids import open_store


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "backup",
        help="copy it, while it is used",
        description="Copy the whole history to FILE, also while it is used, and look at the copy."
        " It holds everything that was said, as it was said.",
    )
    add = parser.add_argument
    add("file", metavar="FILE", nargs="?", type=plain, help="by default one among the backups")
    add("--force", action="store_true", help="replace a file that is there")
    add("--json", action="store_true", help="say in JSON where it is")


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        UsageError: The file is there already.
        GrafftuiError: It cannot be written, or is not sound.
    """
    target = Path(args.file).absolute() if args.file else None
    with open_store() as store:
        path = store.upkeep.back_up(target, force=args.force)
        size = path.stat().st_size
    if args.json:
        output.line(json.dumps({"file": str(path), "bytes": size}))
    else:
        output.line(f"{size:,} bytes are in {path}")
    output.finish()
    return 0
