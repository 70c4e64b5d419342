"""`grafftui run PROMPT`: one turn without the screen."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final

from grafftui.approvals import Approver, Decision, Request, RequestKind, decline_everything
from grafftui.cancellation import Cancellation
from grafftui.errors import GrafftuiError, NotFoundError, TurnFailedError, UsageError
from grafftui.events import AgentEvent, markdown_text
from grafftui.text import display, one_line

if TYPE_CHECKING:
    from grafftui.core import Graff

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

_PROMPT_LIMIT: Final = 10_000_000
"""Most characters read from standard input."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `run` sub-command."""
    parser = subparsers.add_parser(
        "run",
        help="run one turn without the screen",
        description="Send PROMPT; the answer goes to stdout, notices to stderr."
        " Exit code: 0 done, 1 failed, 2 usage, 130 interrupted.",
    )
    parser.add_argument("prompt", metavar="PROMPT", help="what to say; - reads it from stdin")
    parser.add_argument("--json", action="store_true", help="one event per line on stdout")
    parser.add_argument("--provider", help="provider id, for example anthropic")
    parser.add_argument("--model", help="model id")
    parser.add_argument("--agent", help="forge, muse or sage")
    parser.add_argument("--cwd", help="workspace; the current directory by default")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--conversation", metavar="ID", help="continue this conversation")
    which.add_argument(
        "--continue", dest="resume", action="store_true", help="continue the newest one here"
    )
    parser.add_argument(
        "--approve",
        choices=("none", "edits", "all"),
        default="none",
        help="what runs without being asked, since nobody is (default: none)",
    )


class _ApproveKinds:
    """Accepts requests of some kinds, declines the others."""

    def __init__(self, *kinds: RequestKind) -> None:
        self._kinds = kinds

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        if request.kind in self._kinds:
            return Decision("accept", by="script")
        return Decision("decline", f"--approve does not cover this {request.kind}", by="nobody")


_APPROVERS: Final[dict[str, Approver]] = {
    "none": decline_everything,
    "edits": _ApproveKinds("edit"),
    "all": _ApproveKinds("edit", "command", "fetch", "read", "tool"),
}


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; returns the exit code."""
    try:
        prompt = _prompt(args.prompt)
        return _turn(args, prompt)
    except (UsageError, NotFoundError) as error:
        _say(error)
        return USAGE
    except TurnFailedError:
        return FAILED  # its event has been printed
    except GrafftuiError as error:
        _say(error)
        return FAILED


def _turn(args: argparse.Namespace, prompt: str) -> int:
    from grafftui.core import Graff

    graff = Graff(
        cwd=args.cwd,
        provider=args.provider,
        model=args.model,
        agent=args.agent,
        approver=_APPROVERS[args.approve],
    )
    try:
        conversation_id = args.conversation or (_newest(graff) if args.resume else None)
        printer = _print_json if args.json else _print_text
        last = ""
        stream = graff.chat(
            prompt,
            conversation_id=conversation_id,
            provider=args.provider if conversation_id else None,
            model=args.model if conversation_id else None,
            agent=args.agent if conversation_id else None,
        )
        with _interrupting(graff) as watch:
            for event in stream:
                watch(event)
                printer(event)
                last = event.type
    finally:
        graff.close()
    if last == "TurnInterrupted":
        return INTERRUPTED
    return DONE if last == "TaskComplete" else FAILED


@contextmanager
def _interrupting(graff: Graff) -> Iterator[Callable[[AgentEvent], None]]:
    """Ctrl+C interrupts the turn, so that its end is written and its commands are gone."""
    conversation: list[str] = []

    def watch(event: AgentEvent) -> None:
        if event.type == "ConversationStarted":
            conversation.append(event.data["conversationId"])

    def stop(number: int, frame: FrameType | None) -> None:
        if not conversation or not graff.interrupt(conversation[0]):
            raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield watch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _prompt(argument: str) -> str:
    if argument != "-":
        return argument
    text = sys.stdin.buffer.read(_PROMPT_LIMIT + 1)
    if len(text) > _PROMPT_LIMIT:
        raise UsageError(f"the prompt on stdin is longer than {_PROMPT_LIMIT:,} bytes")
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"the prompt on stdin is not UTF-8 (byte {error.start})") from None


def _newest(graff: Graff) -> str:
    newest = graff.last_conversation()
    if newest is None:
        raise NotFoundError(
            "there is no conversation here to continue", hint="leave --continue out"
        )
    return str(newest["id"])


def _print_json(event: AgentEvent) -> None:
    print(json.dumps({"type": event.type, "data": event.data}), flush=True)


def _print_text(event: AgentEvent) -> None:
    if (text := markdown_text(event)) is not None:
        print(display(text) if sys.stdout.isatty() else text, end="", flush=True)
        return
    if line := _notice(event):
        print(one_line(line, 500), file=sys.stderr, flush=True)
    if event.type in ("TaskComplete", "TurnInterrupted"):
        print(flush=True)


def _notice(event: AgentEvent) -> str:
    data = event.data
    match event.type:
        case "TaskMessage" if data["content"]["kind"] == "ToolInput":
            return f"▸ {data['content']['title']} {data['content']['sub_title'] or ''}".rstrip()
        case "ApprovalResolved" if data["decision"] in ("decline", "cancel"):
            return f"  declined: {data['reason'] or 'no reason given'}"
        case "FileChanged":
            added, removed = data["lines_added"], data["lines_removed"]
            return f"  {data['change']} {data['path']} +{added} −{removed}"
        case "RetryAttempt":
            return f"retrying in {data['duration_ms'] / 1000:.1f} s: {data['cause']}"
        case "Interrupt":
            return f"stopped: {data['reason']['kind']} ({data['reason']['limit']})"
        case "Notice":
            return str(data["text"])
        case "TurnFailed":
            return f"grafftui: {data['cause']}" + (f" — {data['hint']}" if data["hint"] else "")
        case "TurnInterrupted":
            return "interrupted"
        case _:
            return ""


def _say(error: GrafftuiError) -> None:
    line = f"grafftui: {error}" + (f" — {error.hint}" if error.hint else "")
    print(one_line(line, 1000), file=sys.stderr)
