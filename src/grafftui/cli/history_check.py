"""`grafftui history check`."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from grafftui.cli import output, terminal

if TYPE_CHECKING:
    from grafftui.history.checking import Report
    from grafftui.history.retention import Due
    from grafftui.settings.paths import Paths


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "check",
        help="say whether it is sound, and what takes how much room",
        description="Look at all of the history and change nothing: whether it is sound, what"
        " cannot be read, what the conversations of each folder take, and what retention would"
        " remove. Exit code: 0 sound, 1 damaged.",
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        NotFoundError: There is no history yet.
        StoreError: It cannot be opened.
    """
    from grafftui.history.checking import check
    from grafftui.settings import load_settings
    from grafftui.settings.paths import Paths

    paths = Paths.from_environment()
    settings, problems = load_settings(paths)
    for problem in problems:
        terminal.say(str(problem))
    report = check(paths)
    due = _due(paths, settings.retention_days) if report.sound and report.current else None
    if args.json:
        output.line(json.dumps(_wire(report, settings.retention_days, due)))
    else:
        _print(report, settings.retention_days, due)
    output.finish()
    return 0 if report.sound else 1


def _due(paths: Paths, days: int | None) -> Due | None:
    from grafftui.history.retention import due

    return None if days is None else due(paths.database, days, time.time())


def _wire(report: Report, days: int | None, due: Due | None) -> dict[str, Any]:
    retention = None
    if due is not None:
        retention = {"days": days, "to_bin": due.unused, "to_delete": due.binned}
    return {
        "path": str(report.path),
        "sound": report.sound,
        "version": report.version,
        "bytes": report.size,
        "flaws": report.flaws,
        "unreadable": report.unreadable,
        "dropped": report.dropped,
        "workspaces": [asdict(share) | {"total": share.total} for share in report.shares],
        "retention": retention,
    }


def _print(report: Report, days: int | None, due: Due | None) -> None:
    from grafftui.text import one_line

    path = one_line(str(report.path), 400)
    output.line(f"{path}  {report.size:,} bytes, version {report.version}")
    for flaw in report.flaws:
        output.line(f"damaged: {one_line(flaw, 400)}")
    for table, count in report.unreadable.items():
        if count:
            output.line(f"damaged: {count:,} of {table} cannot be read")
    if not report.current:
        output.line("of another version of grafftui: only looked at as a file")
    if report.dropped:
        output.line(f"{report.dropped:,} large texts were dropped to save space")
    if report.flaws:
        output.line("the next start of grafftui repairs what it can")
    else:
        output.line(
            "sound" if report.sound else "all else is sound, and it says so where these stood"
        )
    if report.shares:
        output.line(f"{'rows':>15}{'large texts':>15}{'search index':>15}  conversations, folder")
    for share in report.shares:
        folder = one_line(share.workspace or "(folder unknown)", 200)
        sizes = f"{share.rows:>15,}{share.blobs:>15,}{share.index:>15,}"
        output.line(f"{sizes}  {share.conversations:,}  {folder}")
    if due is None:
        output.line("retention: off" if days is None else f"retention: {days} days")
    else:
        output.line(
            f"retention: {days} days; the next start puts {len(due.unused):,} conversations in the"
            f" bin and deletes {len(due.binned):,} of those in it for good"
        )
