"""`grafftui sandbox show|meter|preview`: what is known of a sandbox, and what it costs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from grafftui.cli import output

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting import Sandbox

_UNITS: Final = {"cpu": "processors", "memory": "GiB", "disk": "GiB", "autoStopMinutes": "minutes"}
_MICRO: Final = 1_000_000


def show(sandbox: Sandbox, args: argparse.Namespace) -> int:
    """All that its engine says of it."""
    return _told(sandbox.info(), args)


def preview(sandbox: Sandbox, args: argparse.Namespace) -> int:
    """Where a port of it is reached. The address is its engine's word, and is not opened."""
    return _told(sandbox.preview(args.port), args)


def meter(sandbox: Sandbox, args: argparse.Namespace) -> int:
    """What it has cost so far."""
    found = sandbox.meter()
    if args.json:
        return _told(found, args)
    return _told({_words(name): _amount(name, value) for name, value in found.items()}, args)


def _told(found: Mapping[str, Any], args: argparse.Namespace) -> int:
    if args.json:
        output.line(json.dumps(found, indent=2))
        return 0
    width = max((len(_line(str(name))) for name in found), default=0)
    for name, value in found.items():
        output.line(f"{_line(str(name)):<{width}}  {_shown(name, value)}".rstrip())
    return 0


def _shown(name: str, value: Any) -> str:
    if value is None or value == "" or value == {}:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _line(" ".join(f"{key}={held}" for key, held in value.items()))
    if isinstance(value, int | float) and name in _UNITS:
        return f"{value:g} {_UNITS[name]}"
    return _line(str(value))


def _words(name: str) -> str:
    """ "billed_so_far_micro_usd" as "billed so far"."""
    plain = name.removesuffix("_micro_usd").removesuffix("_cost").removesuffix("_seconds")
    return plain.replace("_", " ")


def _amount(name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if name.endswith("_micro_usd"):
        return f"${value / _MICRO:.6f}"
    return f"{value:g} s" if name.endswith("_seconds") else value


def _line(text: str) -> str:
    from grafftui.text import one_line

    return one_line(text, 300)
