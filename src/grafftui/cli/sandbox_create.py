"""`grafftui sandbox create`: a new sandbox, by its options."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grafftui.cli import output
from grafftui.cli.arguments import count, folder, plain
from grafftui.errors import UsageError

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting import Engines


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add its options."""
    add = parser.add_argument
    add("--language", metavar="NAME", type=plain, default="javascript")
    add("--auto-stop", metavar="MINUTES", type=_minutes, default=30, help="0 for never")
    add("--label", metavar="NAME=VALUE", action="append", type=pair, default=[])
    add("--image", metavar="NAME", type=plain, help="a container image; of e2b a template")
    add("--network", action=argparse.BooleanOptionalAction, help="let it reach the network")
    add("--cpu", metavar="NUMBER", type=float, help="processors it may use")
    add("--memory", metavar="GIB", type=float, help="memory it may use")
    add("--disk", metavar="GIB", type=float, help="disk it may use")
    add("--seed", action="store_true", help="begin with a copy of this folder, in /workspace")
    add("--cwd", metavar="DIR", type=folder, help="the folder that --seed copies")


def run(engines: Engines, args: argparse.Namespace) -> None:
    """Make it, and print its id."""
    from grafftui.sandboxes.lasting import Sandbox
    from grafftui.text import one_line

    made = Sandbox.create(
        _Here(engines, args.cwd or _current_folder()),
        language=args.language,
        auto_stop_minutes=args.auto_stop,
        labels=dict(args.label),
        engine=args.engine,
        image=args.image,
        network=args.network,
        cpu=args.cpu,
        memory=args.memory,
        disk=args.disk,
        seed=args.seed,
    )
    if args.json:
        return output.line(json.dumps(made.info(), indent=2))
    output.line(one_line(made.id, 300))


@dataclass(frozen=True, slots=True)
class _Here:
    """As much of a `Graff` as sandboxes need."""

    sandbox_engines: Engines
    workspace: str


def pair(value: str) -> tuple[str, str]:
    """`NAME=VALUE` as an option has it."""
    name, sign, content = value.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"is not NAME=VALUE: {value!a}")
    return name, content


def _minutes(value: str) -> int:
    return 0 if value == "0" else count(value)


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise UsageError("the current folder no longer exists", hint="name one: --cwd") from error
