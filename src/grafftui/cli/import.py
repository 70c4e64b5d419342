"""`grafftui import`: take over what a person has in another agent."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from grafftui.cli import output
from grafftui.cli.arguments import folder, plain
from grafftui.errors import GrafftuiError
from grafftui.text import one_line

if TYPE_CHECKING:
    from grafftui.core.forge.imported import ForgeImport, ForgeItem


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `import` sub-command."""
    parser = subparsers.add_parser(
        "import",
        help="take over keys and conversations of another agent",
        description="Take over keys and conversations of another agent.",
    )
    sources = parser.add_subparsers(dest="source", metavar="SOURCE", required=True)
    forge = sources.add_parser(
        "forge",
        help="from ForgeCode, or CodeGraff",
        description="Take over keys (into the keyring) and conversations from ForgeCode or"
        " CodeGraff. Nothing is written there; what is here already stays as it is. Without"
        " --credentials or --conversations, both.",
    )
    add = forge.add_argument
    add("--from", dest="place", metavar="DIR", type=plain, help="their folder, instead of ~/.forge")
    add("--credentials", action="store_true", help="take over keys")
    add("--conversations", action="store_true", help="take over conversations")
    add("--dry-run", action="store_true", help="only say what would be done")
    add("--cwd", metavar="DIR", type=folder, help="where conversations go whose folder is unknown")
    add("--json", action="store_true", help="say in JSON what was done")


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; the exit code.

    Raises:
        UsageError: There is no such folder, or a file in it is not what it should be.
        GrafftuiError: Something could not be kept; what could be, was, and all of it was said.
    """
    from grafftui.core import Graff

    both = not (args.credentials or args.conversations)
    with closing(Graff(cwd=args.cwd)) as graff:
        done = graff.import_forge(
            folder=args.place,
            credentials=both or args.credentials,
            conversations=both or args.conversations,
            dry_run=args.dry_run,
        )
    if args.json:
        output.line(json.dumps(asdict(done)))
    else:
        _say(done)
    output.finish()
    failed = [item for item in done.items if item.outcome == "failed"]
    if failed:
        first, are = failed[0], "is" if len(failed) == 1 else "are"
        raise GrafftuiError(
            f"{len(failed)} of {len(done.items)} {are} not imported: {first.why}", hint=first.hint
        )
    return 0


def _say(done: ForgeImport) -> None:
    for item in done.items:
        output.line(_line(item, done.dry_run))
    did = "would be imported" if done.dry_run else "imported"
    counts = (
        f"{done.count('imported', 'credential')} keys and"
        f" {done.count('imported', 'conversation')} conversations {did}",
        f"{done.count('known')} here already",
        f"{done.count('skipped')} skipped",
        *([f"{failed} failed"] if (failed := done.count("failed")) else []),
    )
    output.line(f"{', '.join(counts)}: {one_line(done.folder, 300)}")


def _line(item: ForgeItem, dry_run: bool) -> str:
    words = {
        "imported": "would import" if dry_run else "imported",
        "known": "here already",
        "skipped": "skipped",
        "failed": "failed",
    }
    kind = "key" if item.kind == "credential" else "conversation"
    named = item.id if item.kind == "credential" else item.id[:8]
    why = f" ({item.why})" if item.why else ""
    title = f"  {item.title}" if item.title else ""
    return one_line(f"{words[item.outcome]:<12}  {kind} {named}{title}{why}", 300)
