"""`grafftui conversations search`."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from grafftui.cli import output, terminal
from grafftui.cli.arguments import count, plain
from grafftui.cli.conversation_ids import SHORT, as_wire, open_store, place, require_place
from grafftui.cli.progress import progress

if TYPE_CHECKING:
    from grafftui.history import Store
    from grafftui.history.search import Hit, Query

_TITLE_CELLS: Final = 60
_LIMIT: Final = 20
_PAGE: Final = 500


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "search",
        help="find something that was said or done",
        description="Print where all the words of QUERY stand in one entry, the newest first, in"
        " the conversations of every folder."
        ' The last word may be the beginning of one; "two words" stand side by side; -word is not'
        " there. Filters: project: backend: agent: model: tool: file: is: before: after:.",
    )
    add = parser.add_argument
    add("query", metavar="QUERY", nargs="+", help="words and filters; quote what begins with -")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--workspace", metavar="DIR", type=plain, help="only in this folder; . is this one"
    )
    which.add_argument("--all", action="store_true", help="in every folder, as by default")
    add("--limit", metavar="N", type=count, default=_LIMIT, help=f"the newest N ({_LIMIT})")
    add("--json", action="store_true", help="as a JSON list of objects")


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        UsageError: The query cannot be meant.
        StoreError: The history cannot be read.
    """
    from grafftui.history.search import parse_query

    query = parse_query(" ".join(args.query))
    if args.workspace:
        query = replace(query, workspace=place(args.workspace))
    with open_store() as store:
        if not store.read_only:
            _catch_up(store)
        hits = _found(store, query, args.limit)
    if not hits and query.workspace:
        require_place(query.workspace)
    if args.json:
        output.line(json.dumps([_wire(hit) for hit in hits]))
    else:
        for hit in hits:
            _print(hit, everywhere=query.workspace is None)
        if not hits:
            terminal.say("nothing was found here" if query.workspace else "nothing was found")
    output.finish()
    return 0


def _catch_up(store: Store) -> None:
    from grafftui.history.database import FullError

    try:
        with progress("indexing what is new") as tell:
            store.search_index.catch_up(tell)
    except FullError as error:
        terminal.say(f"what is new is not searched: {error}")


def _found(store: Store, query: Query, limit: int) -> list[Hit]:
    hits: list[Hit] = []
    while len(hits) < limit:
        most = min(_PAGE, limit - len(hits))
        page = store.search(query, limit=most, before=hits[-1].entry_id if hits else None)
        hits += page
        if len(page) < most:
            break
    return hits


def _wire(hit: Hit) -> dict[str, Any]:
    return {
        **as_wire(hit.conversation),
        "entry": hit.entry,
        "kind": hit.kind,
        "taken_back": hit.taken_back,
        "snippet": _snippet(hit),
    }


def _snippet(hit: Hit) -> str:
    from grafftui.text.redact import redact

    return redact("".join(text for text, _ in hit.snippet))


def _print(hit: Hit, *, everywhere: bool) -> None:
    from grafftui.text import one_line
    from grafftui.text.redact import redact

    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(hit.at))
    title = one_line(redact(hit.conversation.title or "Untitled"), _TITLE_CELLS)
    parts = [hit.conversation.id[:SHORT], when, title]
    if everywhere:
        parts.append(one_line(redact(hit.conversation.workspace or "(folder unknown)"), 200))
    output.line("  ".join(parts))
    gone = ", taken back" if hit.taken_back else ""
    output.line(f"    {hit.entry} ({hit.kind}{gone}): {_snippet(hit)}")
