"""What a mode lets go ahead that no rule speaks of."""

from __future__ import annotations

from collections.abc import Sequence

from grafftui.approvals.commands import CommandReading
from grafftui.approvals.mode import Mode
from grafftui.approvals.path_rules import is_inside
from grafftui.approvals.request import Request
from grafftui.approvals.verdict import Part


def goes_ahead(
    mode: Mode,
    request: Request,
    reading: CommandReading | None,
    parts: Sequence[Part],
    workspace: str,
) -> bool:
    """Whether `request` goes ahead in `mode`.

    Args:
        reading: What its command says, if it has one.
        parts: Of that command.
        workspace: Real path.
    """
    if mode in ("edits", "sandboxed") and request.kind == "edit":
        inside = all(is_inside(edit.path, workspace) for edit in request.edits)
        return inside and is_plain_edit(request, workspace)
    if mode == "sandboxed" and request.kind == "command":
        return _is_held(request, reading, workspace)
    if mode == "plan" and reading is not None:
        return reading.only_reads and all(part.argv[0] != "git" for part in parts)
    return mode == "full"


def is_plain_edit(request: Request, workspace: str) -> bool:
    """Whether it writes the files it names, and not through a link or another name."""
    if request.description or request.because:
        return False
    inside = all(is_inside(edit.path, workspace) for edit in request.edits)
    return bool(request.edits) and (not inside or request.cwd == workspace)


def is_plan(request: Request) -> bool:
    """Whether it is the plan itself, in a file that does not exist yet."""
    return request.tool == "plan" and all(edit.before_sha256 is None for edit in request.edits)


def _is_held(request: Request, reading: CommandReading | None, workspace: str) -> bool:
    """Whether the kernel keeps the command in the workspace, and off the network.

    A lasting sandbox holds nothing of the person's but a copy, wherever in it the command runs:
    without a network it can neither spoil nor give away anything.
    """
    held = request.confinement
    if held is None or not (held.carves or (reading and reading.only_reads)):
        return False
    if request.in_sandbox:
        return not held.network
    return (
        not held.network
        and all(is_inside(path, workspace) for path in held.writable)
        and is_inside(request.cwd, workspace)
    )
