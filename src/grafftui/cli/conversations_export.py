"""`grafftui conversations show` and `export`."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grafftui.cli import output, terminal
from grafftui.cli.arguments import plain
from grafftui.cli.conversation_ids import add_id, find, open_store
from grafftui.errors import UsageError

if TYPE_CHECKING:
    from grafftui.exports.exporting import Writer
    from grafftui.exports.passage import Passage

_SUFFIXES: Final = {
    ".md": "markdown",
    ".html": "html",
    ".json": "json",
    ".jsonl": "jsonl",
    ".svg": "svg",
}
"""End of a file's name → the format that is meant."""
_RANGE: Final = re.compile(r"(\d{1,9})(?:-(\d{1,9})?)?\Z")


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the actions."""
    showing = subparsers.add_parser(
        "show",
        help="print a conversation",
        description="Print a conversation as Markdown, without secrets.",
    )
    add_id(showing)
    showing.add_argument("--json", action="store_true", help="as one JSON object")
    parser = subparsers.add_parser(
        "export",
        help="write a conversation to a file",
        description="Write a conversation, or some of its entries, to FILE or stdout. What looks"
        " like a key, or is one that grafftui knows, is taken out. Only jsonl can be imported"
        " again.",
    )
    add_id(parser)
    add = parser.add_argument
    add("file", metavar="FILE", nargs="?", type=plain, help="where to; stdout if left out, or -")
    add(
        "--format",
        choices=sorted(_SUFFIXES.values()),
        help="by default what the file's name says; markdown where it has no ending",
    )
    add("--entries", metavar="A-B", type=_range, help="only entries A to B, counted from 0")
    add("--unfold", action="store_true", help="svg: show tool calls with all that belongs to them")
    add("--light", action="store_true", help="svg: in the light theme")
    add("--force", action="store_true", help="replace a file that is there")
    add("--json", action="store_true", help="say in JSON what was written")


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        UsageError: What was given cannot be meant, or the file is there already.
        NotFoundError: There is no such conversation.
        GrafftuiError: It cannot be read or written.
    """
    if args.action == "show":
        return _export(args, "json" if args.json else "markdown", None)
    target = None if args.file in (None, "-") else Path(args.file)
    if target is None and args.json:
        raise UsageError("--json says what was written to a file", hint="name a FILE")
    return _export(args, args.format or _named_by(target), target)


def _named_by(target: Path | None) -> str:
    """The format that a file's name says. Raises `UsageError` where it says something else."""
    ending = target.suffix if target is not None else ""
    named = _SUFFIXES.get(ending.lower()) if ending else "markdown"
    if named is None:
        endings = ", ".join(_SUFFIXES)
        raise UsageError(f"no format ends in {ending!a}", hint=f"one of {endings}; or --format")
    return named


def _export(args: argparse.Namespace, format: str, target: Path | None) -> int:
    from grafftui.exports.exporting import export_file, passage, write_pieces

    first, end = getattr(args, "entries", None) or (0, None)
    if (first, end) != (0, None) and format == "jsonl":
        raise UsageError("jsonl is always of a whole conversation", hint="leave --entries out")
    with open_store() as store:
        write = _picture(args) if format == "svg" else _writer(format)
        with passage(store, find(store, args.id).id, first, end) as found:
            if target is None:
                write_pieces(write(found), output)
                output.finish()
                return 0
            size = export_file(store, write(found), target.absolute(), force=args.force)
    if args.json:
        done = {"id": found.conversation.id, "format": format, "file": str(target.absolute())}
        output.line(json.dumps({**done, "bytes": size}))
    else:
        terminal.say(f"{size:,} bytes are in {target}")
    output.finish()
    return 0


def _writer(format: str) -> Writer:
    from grafftui.exports.exporting import FORMATS

    return FORMATS[format].write


def _picture(args: argparse.Namespace) -> Writer:
    def write(passage: Passage) -> Iterator[str]:
        from grafftui.ui import themes
        from grafftui.ui.picture_app import draw_picture

        entries = [entry for _, entry in passage.entries()]
        opened = range(len(entries)) if args.unfold else ()
        theme = themes.LIGHT if args.light else themes.DARK
        return draw_picture(entries, opened, passage.title, theme)

    return write


def _range(value: str) -> tuple[int, int | None]:
    """An argument's type: `A`, `A-` or `A-B`, both included; as first and end."""
    found = _RANGE.match(value)
    if found is None:
        raise argparse.ArgumentTypeError(f"must be like 3-7: {value!a}")
    first = int(found[1])
    if not value.endswith("-"):
        end = int(found[2] or found[1]) + 1
        if end <= first:
            raise argparse.ArgumentTypeError(f"ends before it begins: {value}")
        return first, end
    return first, None
