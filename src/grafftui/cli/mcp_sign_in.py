"""`grafftui mcp login|logout`: sign in to a server in the browser, and no longer."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from grafftui.cli import output, terminal
from grafftui.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from grafftui.core import Graff


def run(graff: Graff, args: argparse.Namespace) -> None:
    """Run the action. Raises as `cli.mcp.run` does."""
    if args.action == "logout":
        if not graff.mcp.logout(args.name):
            raise NotFoundError(f"nobody is signed in to {args.name}")
        output.line(f"signed out of {args.name}: what it gave is forgotten")
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            "to sign in takes a person at a terminal",
            hint="where there is none, give it a token in its headers: {{.env.NAME}}",
        )
    from grafftui.cancellation import Cancellation

    graff.mcp.login(args.name, lambda url: _lead(url, args.no_browser), Cancellation())
    output.line(f"signed in to {args.name}")


def _lead(url: str, only_told: bool) -> None:
    from grafftui.mcp.browser import open_page

    if only_told or not open_page(url):
        terminal.say(f"open this page in a browser on this machine: {url}")
    else:
        terminal.say(f"waiting for the browser; if it shows nothing, open {url}")
