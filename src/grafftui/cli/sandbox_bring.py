"""`grafftui sandbox bring`: what a sandbox changed comes into the workspace as one patch."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from grafftui.cli import output, terminal
from grafftui.cli.arguments import folder, plain
from grafftui.errors import TurnFailedError, UsageError

if TYPE_CHECKING:
    from grafftui.approvals import Decision, Request
    from grafftui.cancellation import Cancellation
    from grafftui.events import AgentEvent

_QUESTION: Final = "Bring these changes into the workspace? [y/N] "


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.description = (
        "Show what a sandbox made of its copy of the workspace, and apply it here as one patch."
        " Files that changed here meanwhile, links, and what git ignores are left out. It is a"
        " turn, which /undo in the screen takes back. Exit code: 0 brought or nothing to bring,"
        " 1 not brought, 2 usage."
    )
    parser.add_argument("--yes", action="store_true", help="without showing it and asking")
    parser.add_argument("--cwd", metavar="DIR", type=folder, help="the folder it began with")
    parser.add_argument(
        "--conversation", metavar="ID", type=plain, help="write it down in this conversation"
    )


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        UsageError: There is nobody to ask, or the sandbox did not begin with this folder.
        NotFoundError: There is no such sandbox.
        SandboxError: It cannot be looked at.
    """
    if args.engine:
        _require_comparing(args.engine)
    if not args.yes and (args.json or not _is_terminal()):
        raise UsageError(
            "there is no terminal to ask on" if not args.json else "--json does not ask",
            hint=f"look at it, then: {_with_yes(args)}",
        )
    from grafftui.cli.stopping import stopped_by_signals
    from grafftui.core import Graff
    from grafftui.core.hooks import aborted_by

    approver = _Looking(args.yes)
    with closing(Graff(cwd=args.cwd, approver=approver)) as graff, stopped_by_signals() as signals:
        try:
            turn = graff.bring_changes(
                args.id, conversation_id=args.conversation, engine=args.engine
            )
            seen = []
            for event in aborted_by(signals.cancellation, turn, graff.interrupt):
                signals.see(event)
                seen.append(event)
        except (TurnFailedError, KeyboardInterrupt):
            return 128 + signals.number if signals.number else 1
    if signals.number:
        return 128 + signals.number
    return _told(seen, as_json=args.json)


def _require_comparing(engine: str) -> None:
    """Raises `UsageError`: it does not know what its sandboxes began with, nor is it asked."""
    from grafftui.sandboxes.lasting import Engines
    from grafftui.sandboxes.lasting.engine import comparing
    from grafftui.settings.paths import Paths

    comparing(Engines(Paths.from_environment()).named(engine))


def _with_yes(args: argparse.Namespace) -> str:
    """The same command, which does not ask."""
    words = ["grafftui", "sandbox", "bring", "--yes"]
    for name in ("engine", "cwd", "conversation"):
        if value := getattr(args, name):
            words += [f"--{name}", str(value)]
    return shlex.join([*words, args.id])


class _Looking:
    """Shows the patch and asks, or says yes."""

    def __init__(self, yes: bool) -> None:
        self._yes = yes

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        """Part of `Approver`."""
        from grafftui.approvals import Decision

        if self._yes:
            return Decision("accept", "--yes", by="script")
        from grafftui.text.auditing import audit

        for edit in request.edits:
            output.line(audit(edit.path))
            for line in audit(edit.diff, single_line=False).lines():
                output.line(f"  {line}")
        output.line(audit(request.because))
        output.finish()
        try:
            answer = input(_QUESTION)
        except EOFError:
            answer = ""
        return Decision("accept" if answer.strip().lower() in ("y", "yes") else "decline")


def _told(events: list[AgentEvent], *, as_json: bool) -> int:
    """Say what came of it; the exit code."""
    done = [event.data for event in events if event.type == "FileChanged"]
    (end,) = (event.data["result"]["output"] for event in events if event.type == "ToolCallEnd")
    decided = [event.data for event in events if event.type == "ApprovalResolved"]
    declined = any(one["decision"] not in ("accept", "acceptForSession") for one in decided)
    words = end["values"][0]["text"]
    if declined:
        why = decided[-1]["reason"]
        words = f"nothing was brought: {why}" if why else "nothing was brought"
    failed = declined or end["is_error"]
    if as_json:
        files = [{"path": one["path"], "change": one["change"]} for one in done]
        output.line(json.dumps({"brought": files, "ok": not failed, "words": words}))
        return int(failed)
    from grafftui.text.auditing import audit

    for line in audit(words, single_line=False).lines():
        (terminal.say if failed else output.line)(line)
    return int(failed)


def _is_terminal() -> bool:
    found: list[Any] = [sys.stdin, sys.stdout]
    return all(stream is not None and stream.isatty() for stream in found)
