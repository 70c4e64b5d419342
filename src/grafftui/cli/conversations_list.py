"""`grafftui conversations list`."""

from __future__ import annotations

import argparse
import json
import time
from typing import TYPE_CHECKING, Any, Final

from grafftui.cli import output, terminal
from grafftui.cli.arguments import count, plain
from grafftui.cli.conversation_ids import (
    SHORT,
    as_wire,
    here,
    open_store,
    place,
    require_place,
)

if TYPE_CHECKING:
    from grafftui.history import Conversation

_TITLE_CELLS: Final = 60
_PAGE: Final = 1_000
_SIGNS: Final = {"running": "running", "waiting": "waiting", "failed": "failed", "lost": "cut off"}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "list",
        help="list the conversations of a folder, newest first",
        description="List conversations, newest first, but for those in the archive or the bin.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--workspace", metavar="DIR", type=plain, help="those of this folder; by default this one"
    )
    which.add_argument("--all", action="store_true", help="those of every folder")
    parser.add_argument("--limit", metavar="N", type=count, help="the newest N")
    parser.add_argument("--json", action="store_true", help="as a JSON list of objects")


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code. Raises `StoreError`, `UsageError`."""
    from grafftui.history.listing import Selection

    workspace = place(args.workspace) if args.workspace else None if args.all else here()
    selection = Selection(workspace)
    listed = 0
    with open_store() as store:
        before = None
        while args.limit is None or listed < args.limit:
            most = _PAGE if args.limit is None else min(_PAGE, args.limit - listed)
            page = store.order.page(selection, before=before, limit=most)
            for conversation in page:
                _print(conversation, listed, as_json=args.json, everywhere=args.all)
                listed += 1
            if len(page) < most:
                break
            before = page[-1].activity
    if not listed and args.workspace:
        require_place(place(args.workspace))
    if args.json:
        output.line("]" if listed else "[]")
    elif not listed:
        terminal.say("there are no conversations here" if workspace else "there are none yet")
    output.finish()
    return 0


def _print(conversation: Conversation, place: int, *, as_json: bool, everywhere: bool) -> None:
    if as_json:
        output.line(f"{',' if place else '['}{json.dumps(as_wire(conversation))}")
        return
    from grafftui.text import one_line
    from grafftui.text.redact import redact

    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(conversation.updated_at))
    title = one_line(redact(conversation.title or "Untitled"), _TITLE_CELLS)
    parts = [conversation.id[:SHORT], when, title]
    if conversation.state in _SIGNS:
        parts.append(f"({_SIGNS[conversation.state]})")
    if everywhere:
        parts.append(one_line(redact(conversation.workspace or "(folder unknown)"), 200))
    output.line("  ".join(parts))
