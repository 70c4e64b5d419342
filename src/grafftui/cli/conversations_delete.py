"""`grafftui conversations delete`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from grafftui.cli import output, terminal
from grafftui.cli.conversation_ids import SHORT, add_id, find, open_store
from grafftui.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from grafftui.history import Conversation


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "delete",
        help="delete conversations for good, or put them in the bin",
        description="Delete conversations and all that was said in them, after a question. This is"
        " final; with --bin they can be brought back in the app. The audit log keeps that something"
        " was decided and done. Exit code: 0 done, 1 the answer was no, 2 usage.",
    )
    add_id(parser, several=True)
    parser.add_argument("--bin", action="store_true", help="only put them in the bin")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="say in JSON what was deleted")


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        UsageError: An id cannot be meant, or there is nobody to ask.
        NotFoundError: There is no such conversation.
        ConversationBusyError: A turn of one is running.
    """
    with open_store() as store:
        found = {each.id: each for each in (find(store, named) for named in args.id)}
        if not args.yes and not _agreed(list(found.values()), binned=args.bin):
            terminal.say("nothing was deleted")
            return 1
        delete = store.order.bin if args.bin else store.delete_conversation
        deleted = [id for id in found if delete(id)]
    if not deleted:
        raise NotFoundError("they are in the bin already" if args.bin else "they are gone already")
    if args.json:
        output.line(json.dumps({"deleted": deleted, "final": not args.bin}))
    else:
        what = "in the bin" if args.bin else "deleted for good"
        output.line(f"{len(deleted)} {'is' if len(deleted) == 1 else 'are'} {what}.")
    output.finish()
    return 0


def _agreed(conversations: list[Conversation], *, binned: bool) -> bool:
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
        raise UsageError("there is no terminal to ask on", hint="to delete without: --yes")
    from grafftui.text import one_line

    for conversation in conversations:
        title = one_line(conversation.title or "Untitled", 60)
        output.line(f"{conversation.id[:SHORT]}  {title}")
    how = "Put this in the bin?" if binned else "Delete this for good? It cannot be brought back."
    try:
        answer = input(f"{how} [y/N] ")
    except EOFError:
        answer = ""
    return answer.strip().lower() in ("y", "yes")
