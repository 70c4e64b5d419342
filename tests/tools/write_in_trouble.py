"""Run in a sandbox by the edit tests: edits /mnt/a.txt where that cannot work."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

from grafftui.cancellation import Cancellation
from grafftui.tools import (
    BackgroundCommands,
    ReadLog,
    Snapshots,
    TodoList,
    Toolbox,
    ToolContext,
    ToolFailure,
    ToolLimits,
    Workspace,
)

DATA = Path("/var/tmp/data")
FILE = Path("/mnt/a.txt")


def main(trouble: str) -> None:
    if trouble != "read-only":
        FILE.write_text("original\n")
    context = ToolContext(
        workspace=Workspace(Path("/mnt"), lambda path: False),
        conversation_id="c",
        cancellation=Cancellation(),
        limits=ToolLimits(),
        snapshots=Snapshots(DATA / "snapshots"),
        reads=ReadLog(),
        todos=TodoList(),
        shell_output_dir=DATA / "output",
        background=BackgroundCommands(),
    )
    box = Toolbox(["read", "write"])
    box.prepare("read", {"path": "a.txt"}, context).execute(context)
    arguments = {"path": "a.txt", "content": "x" * 200_000, "overwrite": True}
    call = box.prepare("write", arguments, context)
    if trouble == "forbidden":
        os.chmod("/mnt", 0o555)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if trouble == "no descriptors":
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        call.execute(context)
    except ToolFailure as failure:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        whole = FILE.read_text() == "original\n" and os.listdir("/mnt") == ["a.txt"]
        kept = list(DATA.rglob("*.snap"))
        sys.stdout.write(f"{failure} {'intact' if whole and not kept else 'damaged'}\n")


if __name__ == "__main__":
    main(sys.argv[1])
