"""`grafftui sandbox`: places to run things in, besides this machine's own folders."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from grafftui.cli import (
    output,
    sandbox_bring,
    sandbox_create,
    sandbox_facts,
    sandbox_inside,
    terminal,
)
from grafftui.cli.arguments import count, plain
from grafftui.cli.sandbox_create import pair
from grafftui.errors import GrafftuiError

if TYPE_CHECKING:
    from grafftui.keys import KeyVault
    from grafftui.sandboxes.lasting import Engines, Sandbox

_TIMEOUT = 300


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `sandbox` sub-command."""
    parser = subparsers.add_parser(
        "sandbox",
        help="make sandboxes, run commands in them, bring files there and back",
        description="A sandbox has files of its own, and sees nothing of yours. A local one is"
        " held by bubblewrap and keeps its files from command to command; what runs in it ends"
        " with the command. It has no network unless --network is given. Exit code: 0 done, 1"
        " failed, 2 usage; of `exec` that of the command.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, words: str, *, of_one: bool = True) -> argparse.ArgumentParser:
        found: argparse.ArgumentParser = actions.add_parser(
            name, help=words, description=words[0].upper() + words[1:] + "."
        )
        if of_one:
            found.add_argument("id", metavar="ID", type=plain, help="as `sandbox list` shows it")
        if name not in ("engines", "prune"):
            found.add_argument("--engine", metavar="NAME", type=plain, help="by default: local")
        if name != "shell":
            found.add_argument("--json", action="store_true", help="as one JSON object")
        return found

    action("engines", "show what can make sandboxes here, and why not", of_one=False)
    action("list", "show the sandboxes", of_one=False)
    sandbox_create.add_to(action("create", "make a sandbox, and print its id", of_one=False))
    running = action("exec", "run a command, given as one argument or after --")
    running.add_argument("words", metavar="COMMAND", nargs="+")
    running.add_argument("--cwd", metavar="DIR", type=plain, help="where, in the sandbox")
    running.add_argument("--env", metavar="NAME=VALUE", action="append", type=pair, default=[])
    running.add_argument("--timeout", metavar="SECONDS", type=count, default=_TIMEOUT)
    uploading = action("upload", "copy a file, or what a folder holds, into a sandbox")
    uploading.add_argument("source", metavar="SOURCE", help="a file or folder of yours")
    uploading.add_argument("path", metavar="PATH", type=plain, help="what it is there: /tmp/file")
    downloading = action("download", "copy a file or a folder from a sandbox")
    downloading.add_argument("path", metavar="PATH", type=plain, help="a file or folder in it")
    downloading.add_argument("target", metavar="TARGET", help="what it becomes here; must be new")
    action("show", "show what is known of a sandbox")
    action("meter", "show what a sandbox has cost so far")
    looking = action("preview", "show the address at which a port of a sandbox is reached")
    looking.add_argument("port", metavar="PORT", type=count, help="3000, for example")
    listing = action("files", "show what is in a folder of a sandbox")
    listing.add_argument("path", metavar="PATH", type=plain, nargs="?", default="/workspace")
    action("log", "show what was run in a sandbox, and the end of what it printed")
    action("shell", "open a shell in a sandbox, on this terminal")
    action("diff", "show what became of the workspace that a sandbox was made with")
    sandbox_bring.add_to(action("bring", "bring what a sandbox changed into the workspace"))
    action("stop", "end what runs in a sandbox, and keep its files")
    action("start", "go on with a sandbox that was stopped")
    action("destroy", "remove a sandbox with all it holds")
    action("prune", "remove what crashes left of sandboxes", of_one=False)


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; the exit code.

    Raises:
        UsageError: What was given cannot be meant.
        NotFoundError: There is no such sandbox, or no such file in it.
        SandboxError: It could not be done.
    """
    if args.action == "bring":
        return sandbox_bring.run(args)
    from grafftui.sandboxes.lasting import Engines
    from grafftui.settings.paths import Paths

    engines = Engines(Paths.from_environment(), keys=_vault(), workspace=_here())
    match args.action:
        case "engines":
            _engines(engines, as_json=args.json)
        case "list":
            return _list(engines, args)
        case "prune":
            _prune(engines, as_json=args.json)
        case "create":
            sandbox_create.run(engines, args)
        case _:
            return _OF_ONE[args.action](_found(engines, args), args)
    return 0


def _here() -> str:
    import os

    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def _vault() -> KeyVault:
    from grafftui.keys import KeyVault
    from grafftui.settings import load_settings
    from grafftui.settings.paths import Paths

    return KeyVault(commands=load_settings(Paths.from_environment())[0].key_command)


def _found(engines: Engines, args: argparse.Namespace) -> Sandbox:
    from grafftui.sandboxes.lasting import Sandbox

    return Sandbox(engines.usable(args.engine), args.id, engines.log)


# -- of all ----------------------------------------------------------------------------------


def _engines(engines: Engines, *, as_json: bool) -> None:
    found = engines.described()
    if as_json:
        return _print({"engines": found})
    for one in found:
        state = one["problem"] or "can be used"
        output.line(f"{one['engine']:<8}  {_line(state)}{' (the default)' * one['default']}")
        if one["limits"]:
            output.line(f"{'':<8}  limits: {_line(one['limits'])}")


def _list(engines: Engines, args: argparse.Namespace) -> int:
    found: list[dict[str, Any]] = []
    failed = 0
    names = [args.engine] if args.engine else [one["engine"] for one in engines.described()]
    for name in names:
        engine = engines.usable(name) if args.engine else engines.named(name)
        if engine.problem():
            continue
        try:
            found += engine.list()
        except GrafftuiError as error:
            failed = 1
            terminal.say(f"{name}: {error}")
    if args.json:
        _print({"sandboxes": found})
        return failed
    for one in found:
        labels = " ".join(f"{key}={value}" for key, value in (one.get("labels") or {}).items())
        made = str(one.get("createdAt") or "")[:16].replace("T", " ")
        row = f"{one['id']:<14}  {one.get('engine', ''):<8}  {one.get('state', '')!s:<10}  {made}"
        output.line(_line(f"{row}  {labels}").rstrip())
    if not found and not failed:
        terminal.say("there are no sandboxes; make one: grafftui sandbox create")
    return failed


def _prune(engines: Engines, *, as_json: bool) -> None:
    removed = engines.prune()
    if as_json:
        return _print({"removed": removed})
    for words in removed:
        output.line(f"removed {_line(words)}")
    if not removed:
        terminal.say("nothing was left behind")


# -- of one ----------------------------------------------------------------------------------


def _exec(sandbox: Sandbox, args: argparse.Namespace) -> int:
    command = args.words[0] if len(args.words) == 1 else shlex.join(args.words)
    env = dict(args.env)
    with sandbox.exec_stream(
        command, cwd=args.cwd, env=env, timeout_seconds=args.timeout
    ) as execution:
        if not args.json:
            for piece in execution:
                _write(piece)
        result = execution.result()
    if args.json:
        _print(result)
    else:
        output.finish()
    return int(result["exitCode"]) & 0xFF


def _upload(sandbox: Sandbox, args: argparse.Namespace) -> int:
    sandbox.upload_path(args.source, args.path)
    return _done(f"{args.path} is there", sandbox, args)


def _download(sandbox: Sandbox, args: argparse.Namespace) -> int:
    sandbox.download_path(args.path, args.target)
    return _done(f"{args.target} is here", sandbox, args)


def _diff(sandbox: Sandbox, args: argparse.Namespace) -> int:
    changes = sandbox.diff()
    if args.json:
        _print({"changes": changes})
        return 0
    for change in changes:
        if change["note"] or not change["diff"]:
            _write(_noted(change))
        _write(change["diff"])
    output.finish()
    if not changes:
        terminal.say("nothing has changed")
    return 0


def _noted(change: Mapping[str, str]) -> str:
    from grafftui.tools.path_names import shown_name

    name, note = shown_name(change["path"]), shown_name(change["note"])
    return f"{change['kind']} {name}: {note}\n" if note else f"{change['kind']} {name}\n"


def _stop(sandbox: Sandbox, args: argparse.Namespace) -> int:
    said = sandbox.stop()
    cost = said.get("costMicro")
    so_far = f"; it has cost ${cost / 1e6:.4f}" if isinstance(cost, int) and cost else ""
    return _done(f"{sandbox.id} is stopped{so_far}", sandbox, args, said)


def _start(sandbox: Sandbox, args: argparse.Namespace) -> int:
    return _done(f"{sandbox.id} is started", sandbox, args, sandbox.start())


def _destroy(sandbox: Sandbox, args: argparse.Namespace) -> int:
    sandbox.destroy()
    return _done(f"{sandbox.id} is gone", sandbox, args)


_OF_ONE: dict[str, Callable[[Sandbox, argparse.Namespace], int]] = {
    "show": sandbox_facts.show,
    "meter": sandbox_facts.meter,
    "preview": sandbox_facts.preview,
    "files": sandbox_inside.files,
    "log": sandbox_inside.log,
    "shell": sandbox_inside.shell,
    "exec": _exec,
    "upload": _upload,
    "download": _download,
    "diff": _diff,
    "stop": _stop,
    "start": _start,
    "destroy": _destroy,
}


def _done(
    words: str, sandbox: Sandbox, args: argparse.Namespace, said: Mapping[str, Any] | None = None
) -> int:
    if args.json:
        _print({"id": sandbox.id, "action": args.action} | dict(said or {}))
    else:
        output.line(_line(words))
    return 0


# -- words -----------------------------------------------------------------------------------


def _print(found: Mapping[str, Any]) -> None:
    output.line(json.dumps(found, indent=2))


def _line(text: str) -> str:
    from grafftui.text import one_line

    return one_line(text, 300)


def _write(text: str) -> None:
    """What a command printed: to a program as it is, to a terminal without what moves it."""
    if sys.stdout is not None and sys.stdout.isatty():
        from grafftui.text import display

        text = display(text)
    output.write(text.encode(errors="replace"))
    output.finish()
