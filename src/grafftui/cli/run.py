"""`grafftui run PROMPT`: one turn without the screen."""

from __future__ import annotations

import argparse
import json
import queue
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, Final

from grafftui.approvals import Decision, Request
from grafftui.cancellation import Cancellation
from grafftui.cli import terminal
from grafftui.cli.arguments import MODES, folder, plain
from grafftui.errors import NotFoundError, TurnFailedError, UsageError
from grafftui.events import AgentEvent, markdown_text
from grafftui.text import display, one_line

if TYPE_CHECKING:
    from grafftui.core import Graff

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2

_PROMPT_LIMIT: Final = 10_000_000
"""Most bytes read from standard input."""
_NOTICE_CELLS: Final = 500


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `run` sub-command."""
    parser = subparsers.add_parser(
        "run",
        help="run one turn without the screen",
        description="Send PROMPT; the answer goes to stdout, notices to stderr."
        " Exit code: 0 done, 1 failed, 2 usage, 130 interrupted.",
    )
    add = parser.add_argument
    add("prompt", metavar="PROMPT", help="what to say; - reads it from stdin")
    add("--json", action="store_true", help="one event per line on stdout")
    add("--provider", type=plain, help="provider id, for example anthropic")
    add("--model", type=plain, help="model id")
    add("--agent", type=plain, help="forge, muse or sage")
    add("--cwd", type=folder, help="workspace; the current directory by default")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--conversation", metavar="ID", type=plain, help="continue this conversation"
    )
    which.add_argument(
        "--continue", dest="resume", action="store_true", help="continue the newest one here"
    )
    add(
        "--mode",
        choices=MODES,
        help="how much goes ahead without asking (default: what the settings say, else ask)",
    )
    add(
        "--approve",
        choices=("none", "edits", "all"),
        default="none",
        help="what is done without asking, since nobody is there: nothing, edits of files in the"
        " workspace, or everything (default: none)",
    )
    add(
        "--untrusted",
        action="store_true",
        help="go on though the folder has files that nobody has trusted; they are not loaded",
    )


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; returns the exit code.

    Raises:
        UsageError: An argument cannot be meant, or the folder is not trusted.
        GrafftuiError: The turn could not begin.
    """
    prompt = _prompt(args.prompt)
    _tolerate_any_character(sys.stdout)
    from grafftui.core import Graff

    approver = _Unattended(args.approve)
    graff = Graff(
        cwd=args.cwd,
        provider=args.provider,
        model=args.model,
        agent=args.agent,
        mode=args.mode,
        approver=approver,
    )
    approver.workspace = graff.workspace
    with closing(graff):
        if not args.untrusted:
            _require_trust(graff)
        try:
            code = _turn(graff, args, prompt)
        except NotFoundError as error:  # what an argument names
            raise UsageError(error.message, hint=error.hint) from error
    if approver.declined:
        ways = " or ".join(f"--approve {mode}" for mode in approver.would_do)
        terminal.say(f"{approver.declined} declined, since nobody is there to ask; see {ways}")
    return code


def _require_trust(graff: Graff) -> None:
    """Nobody is there to ask, so what a folder would have loaded must have been settled before."""
    from grafftui.trust import Changed, TrustBook, Unknown

    state = TrustBook(graff.store.trusted_folders).state(graff.workspace)
    if not isinstance(state, Unknown | Changed):
        return
    what = "has changed since it was trusted" if isinstance(state, Changed) else "is not trusted"
    raise UsageError(
        f"this folder {what}, and would have grafftui load files of it: {graff.workspace}",
        hint=f"look at them: grafftui trust {shlex.quote(graff.workspace)}; or go on without"
        " them: --untrusted",
    )


def _turn(graff: Graff, args: argparse.Namespace, prompt: str) -> int:
    conversation_id = args.conversation or (_newest(graff) if args.resume else None)
    stream = graff.chat(
        prompt,
        conversation_id=conversation_id,
        provider=args.provider if conversation_id else None,
        model=args.model if conversation_id else None,
        agent=args.agent if conversation_id else None,
    )
    show = _print_json if args.json else _Printer().print
    last = ""
    with _interrupting(graff) as signals, closing(stream):
        try:
            for event in stream:
                signals.see(event)
                show(event)
                last = event.type
        except TurnFailedError as failure:  # its event has been printed
            asked_amiss = isinstance(failure.__cause__, (UsageError, NotFoundError))
            return USAGE if asked_amiss else FAILED
        except KeyboardInterrupt:
            return 128 + signals.number
    if last == "TurnInterrupted":
        return 128 + (signals.number or signal.SIGINT)
    return DONE if last == "TaskComplete" else FAILED


# -- who answers -----------------------------------------------------------------------------


class _Unattended:
    """Accepts what `--approve` covers, declines the rest.

    Attributes:
        workspace: Where edits are ordinary.
        declined: How many requests were.
        would_do: Values of `--approve` that would have covered them.
    """

    def __init__(self, mode: str) -> None:
        self.workspace = ""
        self.declined = 0
        self.would_do = ["edits", "all"]
        self._mode = mode

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        """Part of `Approver`."""
        is_edit_here = self._is_plain_edit(request)
        if self._mode == "all" or (self._mode == "edits" and is_edit_here):
            return Decision("accept", f"--approve {self._mode}", by="script")
        self.declined += 1
        if not is_edit_here:
            self.would_do = ["all"]
        return Decision("decline", by="nobody")

    def _is_plain_edit(self, request: Request) -> bool:
        """Whether it edits files of the workspace, and none that decides what programs do."""
        from grafftui.approvals.governed import governed

        here = request.kind == "edit" and request.cwd == self.workspace
        return here and not any(governed(edit.path) for edit in request.edits)


# -- how it is stopped -----------------------------------------------------------------------


class _Signals:
    """Interrupts the turn when a signal asks for it.

    Its end is written and its commands are gone before the process ends. A second signal ends
    it at once, as does one before the turn has begun.

    Attributes:
        number: The signal that came, or 0.
    """

    def __init__(self, graff: Graff) -> None:
        self.number = 0
        self._graff = graff
        self._conversation_id = ""
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        # Not from the handler itself: the thread it comes upon may hold the locks it needs.
        threading.Thread(target=self._wait, name="signals", daemon=True).start()

    def see(self, event: AgentEvent) -> None:
        """Note which conversation it is."""
        if event.type == "ConversationStarted":
            self._conversation_id = event.data["conversationId"]

    def handle(self, number: int, frame: FrameType | None) -> None:
        """A signal has come."""
        again, self.number = self.number, number
        if again or not self._conversation_id:
            raise KeyboardInterrupt
        self._asked.put(self._conversation_id)

    def _wait(self) -> None:
        self._graff.interrupt(self._asked.get())


@contextmanager
def _interrupting(graff: Graff) -> Iterator[_Signals]:
    signals = _Signals(graff)
    before = {
        number: signal.signal(number, signals.handle)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN  # as `nohup` and `&` have it
    }
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# -- what is said to it ----------------------------------------------------------------------


def _prompt(argument: str) -> str:
    if argument != "-":
        return argument
    if sys.stdin is None:
        raise UsageError("stdin is closed: there is no prompt to read")
    text = sys.stdin.buffer.read(_PROMPT_LIMIT + 1)
    if len(text) > _PROMPT_LIMIT:
        raise UsageError(f"the prompt on stdin is longer than {_PROMPT_LIMIT:,} bytes")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"the prompt on stdin is not UTF-8 (byte {error.start})") from None


def _newest(graff: Graff) -> str:
    newest = graff.store.last_conversation(graff.workspace)
    if newest is None:
        raise UsageError("there is no conversation here to continue", hint="leave --continue out")
    return newest.id


# -- what is said by it ----------------------------------------------------------------------


def _print_json(event: AgentEvent) -> None:
    from grafftui.core.redaction import redacted

    print(json.dumps({"type": event.type, "data": redacted(event.data)}), flush=True)


class _Printer:
    """The answer on stdout, what is done for it on stderr."""

    def __init__(self) -> None:
        self._in_line = False
        self._shown = display if sys.stdout is not None and sys.stdout.isatty() else str

    def print(self, event: AgentEvent) -> None:
        """Show an event."""
        if text := markdown_text(event):
            print(self._shown(text), end="", flush=True)
            self._in_line = not text.endswith("\n")
            return
        line = _notice(event)
        if self._in_line and (line or event.type == "TaskComplete"):
            print(flush=True)
            self._in_line = False
        if line and sys.stderr is not None:
            print(one_line(line, _NOTICE_CELLS), file=sys.stderr, flush=True)


def _notice(event: AgentEvent) -> str:
    data = event.data
    match event.type:
        case "TaskMessage" if data["content"]["kind"] == "ToolInput":
            return f"▸ {data['content']['title']} {data['content']['sub_title'] or ''}".rstrip()
        case "FileChanged":
            added, removed = data["lines_added"], data["lines_removed"]
            return f"  {data['change']} {data['path']} +{added} −{removed}"
        case "RetryAttempt":
            return f"retrying in {data['duration_ms'] / 1000:.1f} s: {data['cause']}"
        case "Interrupt":
            return f"grafftui: stopped: {data['reason']['kind']} ({data['reason']['limit']})"
        case "Notice":
            return f"grafftui: {data['text']}"
        case "TurnFailed":
            return f"grafftui: {data['cause']}" + (f" — {data['hint']}" if data["hint"] else "")
        case "TurnInterrupted":
            return "grafftui: interrupted"
        case _:
            return ""


def _tolerate_any_character(stream: IO[str] | None) -> None:
    """What the locale cannot write is written as `?`, not the end of the run."""
    if stream is not None and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
