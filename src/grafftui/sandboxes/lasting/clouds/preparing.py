"""Where the workspace is in a sandbox of a cloud."""

from __future__ import annotations

import shlex
from typing import Any, Final

from grafftui.errors import SandboxError

READY: Final = (
    "mkdir -p /workspace 2>/dev/null && [ -w /workspace ]"
    ' || sudo -n install -d -o "$(id -u)" /workspace'
)
"""Makes the folder for it, also where that is root's to do."""


def require_ready(done: dict[str, Any]) -> None:
    """Raises `SandboxError`: the folder could not be made."""
    if done["exitCode"] != 0:
        said = ascii(done["result"])[1:200]
        raise SandboxError(f"/workspace cannot be made in the sandbox: {said}")


def beginning(cwd: str | None) -> str:
    """What a shell is to do first: be in `cwd`, or else where the workspace is, if it is there."""
    return "cd /workspace 2>/dev/null;" if cwd is None else f"cd {shlex.quote(cwd)} || exit;"
