"""`grafftui conversations import`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from grafftui.cli import output
from grafftui.cli.arguments import folder, plain
from grafftui.cli.conversation_ids import SHORT, here, open_store
from grafftui.errors import UsageError

if TYPE_CHECKING:
    from grafftui.exports.importing import Imported


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "import",
        help="take in a conversation that was exported as jsonl",
        description="Take in a conversation that was exported as jsonl: all of it, or nothing. It"
        " keeps its times and its id; if another conversation has that, it gets a new one. Nothing"
        " in the file allows anything here.",
    )
    parser.add_argument("file", metavar="FILE", type=plain, help="what to take in; - for stdin")
    parser.add_argument(
        "--workspace", metavar="DIR", type=folder, help="let it belong to this folder"
    )
    parser.add_argument("--json", action="store_true", help="say in JSON what has become of it")


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        UsageError: There is no such file, or it is no export.
        StoreError: It cannot be written.
    """
    from grafftui.exports.importing import import_conversation

    workspace = here(args.workspace) if args.workspace else None
    with _opened(args.file) as file, open_store() as store:
        imported = import_conversation(store, file, workspace=workspace)
    _say(imported, as_json=args.json)
    return 0


def _say(imported: Imported, *, as_json: bool) -> None:
    if as_json:
        done = {"id": imported.id, "title": imported.title, "was_there": imported.was_there}
        output.line(json.dumps(done))
    else:
        from grafftui.text import one_line

        what = "Nothing to do: the same conversation is here" if imported.was_there else "Imported"
        title = one_line(imported.title or "Untitled", 60)
        output.line(f"{what}: {imported.id[:SHORT]}  {title}")
    output.finish()


@contextmanager
def _opened(named: str) -> Iterator[IO[bytes]]:
    """The file, from its beginning, so that it can be read twice."""
    if named != "-":
        path = Path(named)
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is no file")
        try:
            file = path.open("rb")
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error
        with file:
            yield file
        return
    if sys.stdin is None:
        raise UsageError("stdin is closed: there is nothing to import")
    with tempfile.TemporaryFile() as copy:  # which nobody else can open
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.seek(0)
        yield copy
