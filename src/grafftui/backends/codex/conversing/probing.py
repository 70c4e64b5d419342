"""Tries Codex's own sandbox: whether it runs anything, and whether that could get out."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from typing import Final

from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.conversing.offers import CodexSandbox
from grafftui.backends.codex.errors import CodexError, shown
from grafftui.backends.codex.results import fields_of

_TRY: Final = '(: > "$0") 2>/dev/null && exit 3; exit 0'
_SECONDS: Final = 20


def probe(client: CodexClient, workspace: str) -> CodexSandbox:
    """Run a command that may only read, and have it try to write a file in the workspace."""
    place = os.path.join(workspace, f".grafftui-probe-{uuid.uuid4().hex[:12]}")
    try:
        done = fields_of(
            client.command_exec(
                ["/bin/sh", "-c", _TRY, place],
                cwd=workspace,
                sandbox_policy={"type": "readOnly"},
                timeout_ms=_SECONDS * 1000,
            )
        )
    except CodexError as error:
        return CodexSandbox(False, f"Codex's sandbox cannot be tried: {error}")
    wrote = os.path.lexists(place)
    with suppress(OSError):
        os.unlink(place)
    if wrote or done.get("exitCode") == 3:
        return CodexSandbox(False, "Codex's sandbox does not hold: a command could write.")
    if done.get("exitCode") != 0:
        why = shown(str(done.get("stderr") or "")) or f"exit code {done.get('exitCode')}"
        return CodexSandbox(False, f"Codex's sandbox runs nothing here: {why}")
    return CodexSandbox(True, "Codex's sandbox holds: a command could not write where it may not.")
