"""`grafftui trust`: look at what a folder would have grafftui load, and say yes or no to it."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

from grafftui.cli import terminal
from grafftui.cli.arguments import folder
from grafftui.errors import UsageError

if TYPE_CHECKING:
    from grafftui.trust import State, TrustBook


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `trust` sub-command."""
    parser = subparsers.add_parser(
        "trust",
        help="trust what a folder has grafftui load, or no longer",
        description="Show the files of a folder that grafftui would load (AGENTS.md,"
        " .grafftui/, .mcp.json and the like), or what has changed in them, and ask. Nothing of"
        " a folder is loaded before; what changes later is not, until it is trusted again."
        " Exit code: 0 trusted, or nothing to trust; 1 not trusted; 2 usage.",
    )
    add = parser.add_argument
    add("folder", metavar="DIR", nargs="?", type=folder, help="the folder; the current by default")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--yes", action="store_true", help="trust it as it is, without asking")
    which.add_argument("--revoke", action="store_true", help="trust it no longer")
    which.add_argument("--list", action="store_true", help="show which folders are trusted")
    add("--json", action="store_true", help="print as JSON; asks nothing")


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; the exit code.

    Raises:
        UsageError: The folder cannot be opened, or there is nobody to ask.
        StoreError: The history, which keeps this, cannot be used.
    """
    from grafftui.history import Store
    from grafftui.settings.paths import Paths
    from grafftui.trust import TrustBook

    if args.list and args.folder:
        raise UsageError("--list is about every folder; leave the folder out")
    place = "" if args.list else args.folder or _here()
    with Store.open(Paths.from_environment()) as store:
        for notice in store.notices:
            terminal.say(notice)
        book = TrustBook(store.trusted_folders)
        if args.list:
            return _list(book, as_json=args.json)
        if args.revoke:
            return _revoke(book, place, as_json=args.json)
        return _trust(book, place, yes=args.yes, as_json=args.json)


def _here() -> str:
    try:
        return folder(".")
    except argparse.ArgumentTypeError as error:
        raise UsageError(str(error)) from None


def _list(book: TrustBook, *, as_json: bool) -> int:
    for record in book.trusted():
        if as_json:
            files = [{"path": f.path, "size": f.size, "sha256": f.sha256} for f in record.files]
            _print(json.dumps({"folder": record.folder, "at": record.at, "files": files}))
        else:
            _print(f"{_shown(record.folder)}  ({_count(len(record.files))})")
    return 0


def _revoke(book: TrustBook, place: str, *, as_json: bool) -> int:
    if not book.distrust(place):
        raise UsageError(f"{_shown(place)} is not trusted", hint="see grafftui trust --list")
    if as_json:
        _print(json.dumps(_as_dict(book.state(place))))
    else:
        _print(f"Nothing in {_shown(place)} is trusted any more.")
    return 0


def _trust(book: TrustBook, place: str, *, yes: bool, as_json: bool) -> int:
    from grafftui.trust import Nothing, Trusted

    state = book.state(place)
    if not as_json:
        for line in described(state):
            _print(line)
    settled = isinstance(state, Nothing | Trusted)
    if not settled and (yes or (not as_json and _agreed(place))):
        book.trust(state.contents)
        state = book.state(place)
        settled = isinstance(state, Nothing | Trusted)
        if not as_json:
            _print("Trusted." if settled else "It changed meanwhile: look at it again.")
    if as_json:
        _print(json.dumps(_as_dict(state)))
    return 0 if settled else 1


def described(state: State) -> list[str]:
    """What a person has to know before trusting a folder, in lines that are safe to print."""
    from grafftui.text.auditing import audit
    from grafftui.trust import Changed, Nothing, Trusted

    place = _shown(state.contents.folder)
    if isinstance(state, Changed):
        lines = [f"{place} has changed since it was trusted; what changed is not used:"]
        if state.replaced:
            lines.append("  another directory stands at this path; nothing of it is used")
        for change in state.changes:
            lines.append(f"  {change.kind} {_shown(change.path)}")
            lines += [f"    {line}" for line in audit(change.diff, single_line=False).lines()]
    elif isinstance(state, Nothing):
        lines = [f"{place} has no file that grafftui would load: there is nothing to trust."]
    else:
        words = "is trusted, with" if isinstance(state, Trusted) else "would have grafftui load"
        lines = [f"{place} {words}:"]
        lines += [f"  {_shown(f.path)}  {f.size:,} bytes" for f in state.contents.files]
    lines += [f"  never loaded: {_shown(r.path)} {r.why}" for r in state.contents.refused]
    return lines


def _agreed(place: str) -> bool:
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
        raise UsageError(
            "there is no terminal to ask on",
            hint=f"look at it, then: grafftui trust --yes {shlex.quote(place)}",
        )
    try:
        answer = input("Trust this? It may tell the model what to do. [y/N] ")
    except EOFError:
        answer = ""
    agreed = answer.strip().lower() in ("y", "yes")
    if not agreed:
        terminal.say("not trusted; nothing of it is loaded")
    return agreed


def _as_dict(state: State) -> dict[str, Any]:
    from grafftui.trust import Changed

    changes, replaced = (
        (state.changes, state.replaced) if isinstance(state, Changed) else ((), False)
    )
    return {
        "folder": state.contents.folder,
        "state": type(state).__name__.lower(),
        "files": [
            {"path": f.path, "size": f.size, "sha256": f.sha256} for f in state.contents.files
        ],
        "refused": [{"path": r.path, "why": r.why} for r in state.contents.refused],
        "replaced": replaced,
        "changes": [
            {"path": change.path, "kind": change.kind, "diff": change.diff} for change in changes
        ],
    }


def _shown(path: str) -> str:
    from grafftui.text.auditing import audit

    return audit(path)


def _count(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"


def _print(line: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding))
