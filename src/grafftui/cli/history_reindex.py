"""`grafftui history reindex`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from grafftui.cli import output
from grafftui.cli.conversation_ids import open_store
from grafftui.cli.progress import progress


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "reindex",
        help="make what is searched anew",
        description="Index everything anew. It can be searched and gone on with meanwhile, and"
        " be broken off: what is done is done.",
    )
    parser.add_argument(
        "--json", action="store_true", help="say in JSON how many entries there are"
    )


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        StoreError: The history cannot be read or written.
    """
    with open_store() as store, progress("indexing") as tell:
        entries = store.search_index.rebuild(tell)
    output.line(json.dumps({"entries": entries}) if args.json else f"{entries:,} entries indexed")
    output.finish()
    return 0
