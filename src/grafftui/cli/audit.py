"""`grafftui audit`: what was asked, who decided, and what was done about it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from grafftui.cli import terminal
from grafftui.cli.arguments import count, plain

if TYPE_CHECKING:
    from grafftui.history import AuditRow

_SHORT = 12
"""Characters of a hash that are shown; --json gives all."""


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `audit` sub-command."""
    parser = subparsers.add_parser(
        "audit",
        help="print what was asked, decided and done",
        description="Print the audit log, oldest first: when, who decided what, what came of it,"
        " the hash of what was asked, and what it was. What was asked in a conversation that was"
        " deleted is gone; that it was asked, and its hash, are not.",
    )
    add = parser.add_argument
    add("--json", action="store_true", help="one object per line")
    add("--limit", metavar="N", type=count, default=100, help="the latest N (default: 100)")
    add("--conversation", metavar="ID", type=plain, help="only those of this conversation")


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; the exit code.

    Raises:
        StoreError: The history cannot be read.
    """
    from grafftui.history import Store
    from grafftui.settings.paths import Paths

    with Store.open(Paths.from_environment()) as store:
        for notice in store.notices:
            terminal.say(notice)
        rows = store.audit(args.limit, conversation_id=args.conversation)
    for row in reversed(rows):
        _print(json.dumps(row.to_wire()) if args.json else _line(row))
    if not rows and not args.json:
        terminal.say("nothing was asked yet")
    return 0


def _line(row: AuditRow) -> str:
    """A row in one line; a second one says why, a third what was done instead."""
    from grafftui.text.auditing import audit

    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.at))
    what = "(deleted)" if row.subject is None else audit(row.subject)
    scope = f" ({audit(row.scope)})" if row.scope else ""
    decided = f"{audit(row.by)}: {audit(row.decision)}{scope}"
    parts = [
        f"{when}  {decided:<24}  {row.outcome:<10}  {row.digest[:_SHORT]}  "
        f"{audit(row.kind) or '?':<8}  {what}"
    ]
    if row.reason:
        parts.append(f"    because: {audit(row.reason)}")
    if row.acted not in (None, row.digest):
        parts.append(f"    what was done differs from what was asked: {str(row.acted)[:_SHORT]}")
    return "\n".join(parts)


def _print(line: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding))
