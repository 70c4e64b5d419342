"""What `grafftui sandbox` does inside a sandbox, with a person at the terminal."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from grafftui.cli import output, terminal
from grafftui.errors import AbortedError, UsageError

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting import Sandbox


def shell(sandbox: Sandbox, args: argparse.Namespace) -> int:
    """A shell in it, on our terminal; its exit code.

    Raises:
        UsageError: There is no terminal, here or there.
    """
    from grafftui.sandboxes.lasting.lending import WAY_BACK, lend

    if not (os.isatty(terminal.STDIN) and os.isatty(terminal.STDOUT)):
        raise UsageError(
            "a shell needs a terminal on stdin and stdout",
            hint="run single commands: grafftui sandbox exec",
        )
    greeting = f"In the {sandbox.engine} sandbox {sandbox.id}. {WAY_BACK[0].upper()}{WAY_BACK[1:]}"
    try:
        return lend(sandbox.shell, greeting=f"{greeting} leaves it.")
    except AbortedError:
        return 0


def files(sandbox: Sandbox, args: argparse.Namespace) -> int:
    """What is in a folder of it, a line each."""
    import json
    from dataclasses import asdict
    from datetime import datetime

    from grafftui.text import one_line

    found = sandbox.list_folder(args.path)
    if args.json:
        output.line(json.dumps(asdict(found), indent=2))
        return 0
    for one in found.entries:
        size = "" if one.size is None or one.kind == "folder" else f"{one.size:,}"
        changed = ""
        if one.changed_at is not None:
            with suppress(ValueError, OverflowError, OSError):
                changed = f"{datetime.fromtimestamp(one.changed_at):%Y-%m-%d %H:%M}"
        name = one_line(one.name + "/" * (one.kind == "folder"), 300)
        output.line(f"{size:>15}  {changed:<16}  {name}")
    if found.cut:
        terminal.say("there are more; only these are shown")
    return 0


def log(sandbox: Sandbox, args: argparse.Namespace) -> int:
    """What was run in it, oldest first."""
    import json
    from dataclasses import asdict
    from datetime import datetime

    from grafftui.text import display, one_line

    runs = sandbox.runs()
    if args.json:
        output.line(json.dumps({"runs": [asdict(ran) for ran in runs]}, indent=2))
        return 0
    for ran in runs:
        ended = "cut short" if ran.exit_code is None else f"exit code {ran.exit_code}"
        when = f"{datetime.fromtimestamp(ran.at):%Y-%m-%d %H:%M:%S}"
        output.line(one_line(f"{when}  {ran.by}, {ended}, {ran.seconds:g} s", 200))
        output.line(one_line(f"$ {ran.command}", 1_000))
        if ran.tail.strip():
            output.line(display(ran.tail.rstrip()))
    if not runs:
        terminal.say("nothing that is known here; what is typed in a shell is not kept")
    return 0
