"""Our modes as Codex's approval policies and sandboxes."""

from __future__ import annotations

from typing import Any

from grafftui.approvals import Mode

Json = dict[str, Any]


def turn_options(mode: Mode, about: Json) -> Json:
    """What a turn is told of `mode`.

    Codex asks about every act, and our policy decides: it knows the person's rules, and it writes
    down what was decided. Only in the mode "sandboxed" Codex's own sandbox lets go ahead what it
    holds, and our rules are about the rest: which of what it asks about would leave the sandbox
    it does not say for certain.

    Args:
        about: What was said of the thread when it was opened with a sandbox that lets it write
            in the workspace: the roots and the network of the person's own settings.
    """
    return {
        "approval_policy": "on-request" if escalates(mode) else "untrusted",
        "approvals_reviewer": "user",
        "sandbox_policy": _sandbox(mode, about.get("sandbox")),
    }


def _sandbox(mode: Mode, of_workspace: Any) -> Json:
    if mode == "plan":
        return {"type": "readOnly"}
    if mode == "full":
        return {"type": "dangerFullAccess"}
    is_one = isinstance(of_workspace, dict) and of_workspace.get("type") == "workspaceWrite"
    return dict(of_workspace) if is_one else {"type": "workspaceWrite"}


def escalates(mode: Mode) -> bool:
    """Whether what Codex asks about in `mode` would leave its sandbox: the rest it does not ask."""
    return mode == "sandboxed"
