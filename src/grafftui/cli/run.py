"""`grafftui run PROMPT`: one turn without the screen."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from typing import IO, TYPE_CHECKING, Any, Final

from grafftui.backends.registry import OURS, Backends
from grafftui.cli import output, terminal
from grafftui.cli.arguments import BACKENDS, MODES, folder, not_for, plain
from grafftui.cli.conversation_ids import find
from grafftui.cli.schema_file import read_schema
from grafftui.cli.stopping import Signals, stopped_by_signals
from grafftui.cli.unattended import Unattended
from grafftui.errors import NotFoundError, TurnFailedError, UsageError
from grafftui.events import AgentEvent

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.core.chat_options import ChatOptions

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2

_PROMPT_LIMIT: Final = 10_000_000
"""Most bytes read from standard input."""


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `run` sub-command."""
    parser = subparsers.add_parser(
        "run",
        help="run one turn without the screen",
        description="Send PROMPT; the answer goes to stdout, notices to stderr."
        " Exit code: 0 done, 1 failed, 2 usage, 130 interrupted (SIGTERM: 143, SIGHUP: 129).",
    )
    add = parser.add_argument
    add("prompt", metavar="PROMPT", help="what to say; - reads it from stdin")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one event per line on stdout")
    form.add_argument(
        "--json-schema",
        metavar="FILE",
        type=plain,
        help="have the answer follow this JSON schema; prints the JSON value",
    )
    add("--backend", choices=BACKENDS, help="who answers: grafftui's own core, or Codex")
    add("--provider", type=plain, help="provider id, for example anthropic")
    add("--model", type=plain, help="model id")
    add("--effort", type=plain, help="how much the model thinks, with --backend codex")
    add("--agent", type=plain, help="forge, muse or sage")
    add("--cwd", type=folder, help="workspace; the current directory by default")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--conversation", metavar="ID", type=plain, help="continue it: id, its beginning, or last"
    )
    which.add_argument(
        "--continue", dest="resume", action="store_true", help="continue the newest one here"
    )
    add("--sandbox", metavar="ID", type=plain, help="have the agent's tools act in this sandbox")
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
        StoreError: Likewise; or at its end what was said could not be saved.
    """
    if wrong := not_for(args):
        raise UsageError(wrong)
    prompt = _prompt(args.prompt)
    if args.json_schema is not None:
        args.json_schema = read_schema(args.json_schema)
    _tolerate_any_character(sys.stdout)
    from grafftui.core import Graff

    approver = Unattended(args.approve)
    graff = Graff(
        cwd=args.cwd,
        provider=args.provider,
        model=args.model if args.backend in (None, OURS) else None,
        agent=args.agent,
        mode=args.mode,
        approver=approver,
    )
    approver.workspace = graff.workspace
    with graff:
        if not args.untrusted:
            _require_trust(graff)
        try:
            if args.conversation:
                args.conversation = find(graff.store, args.conversation, graff.workspace).id
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
    with stopped_by_signals() as signals:
        try:
            backend = _backend(graff, args)
            if args.sandbox and backend != OURS:
                raise UsageError(f"only {OURS} works in sandboxes", hint=f"--backend {OURS}")
            if args.effort and backend == OURS:
                raise UsageError("how much a model thinks is a setting: reasoning_effort")
            if args.json_schema is None:
                return _streamed(graff, args, prompt, signals, backend)
            if backend != OURS:
                raise UsageError(f"only {OURS} answers by a schema", hint=f"--backend {OURS}")
            return _structured(graff, args, prompt, signals)
        except TurnFailedError as failure:  # its event has been printed
            if signals.number:
                return 128 + signals.number
            asked_amiss = isinstance(failure.__cause__, (UsageError, NotFoundError))
            return USAGE if asked_amiss else FAILED
        except KeyboardInterrupt:
            return 128 + signals.number


def _streamed(
    graff: Graff, args: argparse.Namespace, prompt: str, signals: Signals, backend: str
) -> int:
    from grafftui.core.hooks import aborted_by
    from grafftui.core.renderer import Renderer

    show = _answering(_print_json if args.json else Renderer().show)
    last = ""
    with closing(Backends(graff)) as backends:
        turn = backends.get(backend).chat(prompt, **_choices(graff, args, backend))
        with closing(aborted_by(signals.cancellation, turn, graff.interrupt)) as stream:
            for event in stream:
                signals.see(event)
                show(event)
                last = event.type
    if last == "TurnInterrupted":
        return 128 + (signals.number or signal.SIGINT)
    return DONE if last == "TaskComplete" else FAILED


def _structured(graff: Graff, args: argparse.Namespace, prompt: str, signals: Signals) -> int:
    """The answer as a JSON value on stdout, once it follows its schema."""
    from grafftui.core.hooks import EventHooks
    from grafftui.core.renderer import Renderer

    show = _answering(Renderer(answer=False).show)

    def see(event: AgentEvent) -> None:
        signals.see(event)
        show(event)

    found = graff.run_json(
        prompt,
        args.json_schema,
        hooks=EventHooks(see),
        signal=signals.cancellation,
        **_options(graff, args),
    )
    output.line(_as_json(found.output))
    output.finish()
    return DONE


def _backend(graff: Graff, args: argparse.Namespace) -> str:
    """Who answers: a conversation stays with whom it is."""
    conversation_id = _conversation_id(graff, args)
    if conversation_id is None:
        ours = args.provider or args.agent
        return str(args.backend or (OURS if ours else graff.settings.backend))
    known = graff.store.conversation(conversation_id)
    with_whom = known.backend if known is not None else OURS
    if args.backend not in (None, with_whom):
        raise UsageError(
            f"this conversation is one with {with_whom}",
            hint="/hand-over, in the screen, has it go on with another",
        )
    return with_whom


def _conversation_id(graff: Graff, args: argparse.Namespace) -> str | None:
    return args.conversation or (_newest(graff) if args.resume else None)


def _choices(graff: Graff, args: argparse.Namespace, backend: str) -> dict[str, Any]:
    """What the turn is to be run with, as the backend takes it."""
    if backend == OURS:
        return dict(_options(graff, args))
    return {
        "conversation_id": _conversation_id(graff, args),
        "model": args.model,
        "effort": args.effort,
    }


def _options(graff: Graff, args: argparse.Namespace) -> ChatOptions:
    """Which conversation, and what it is to be from now on."""
    conversation_id = _conversation_id(graff, args)
    sandbox: ChatOptions = {"sandbox": args.sandbox} if args.sandbox else {}
    if conversation_id is None:
        return sandbox
    return {
        **sandbox,
        "conversation_id": conversation_id,
        "provider": args.provider,
        "model": args.model,
        "agent": args.agent,
    }


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


def _answering(show: Callable[[AgentEvent], None]) -> Callable[[AgentEvent], None]:
    """`show`, for which an output that takes no more is no fault of ours."""

    def answering(event: AgentEvent) -> None:
        try:
            show(event)
        except OSError as error:
            output.give_up(error)

    return answering


def _print_json(event: AgentEvent) -> None:
    print(_as_json({"type": event.type, "data": event.data}), flush=True)


def _as_json(value: Any) -> str:
    from grafftui.core.redaction import redacted

    return json.dumps(redacted(value))


def _tolerate_any_character(stream: IO[str] | None) -> None:
    """What the locale cannot write is written as `?`, not the end of the run."""
    if stream is not None and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
