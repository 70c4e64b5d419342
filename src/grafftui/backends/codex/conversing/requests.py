"""What Codex asks to do, as requests of ours, and our decisions as its answers.

A yes is sent as `accept`, also where it reaches further than this one act: how far is kept by our
policy, which answers the next question, writes that down, and forgets it when the person says so.
Codex's own `acceptForSession` would not ask again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from grafftui.approvals import Decision, Mode, Request
from grafftui.backends.codex.conversing.changes import changes_in, shown_path
from grafftui.backends.codex.conversing.modes import escalates
from grafftui.backends.codex.conversing.shells import argv_of, script_of
from grafftui.backends.codex.hooks import COMMAND, ELICITATION, FILE_CHANGE, PERMISSIONS
from grafftui.backends.codex.messages import ServerRequest
from grafftui.text import one_line

Json = dict[str, Any]

EXECUTOR: Final = "codex"
"""Where it happens: a yes to our own tools is none to Codex, nor the other way round."""

_MOST_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class Wish:
    """Something Codex wants to do.

    Attributes:
        request: As a person decides about it.
        proposed: Path → the whole text an edit would leave there.
    """

    request: Request
    proposed: Mapping[str, str] = field(default_factory=dict)


def wish_of(question: ServerRequest, item: Json, root: str, mode: Mode) -> Wish | None:
    """What `question` wants to be allowed; None where it asks for no permission.

    Args:
        item: The item it is about, as it was begun; {} where that is not known.
        root: Real path of the workspace.
    """
    params = question.params
    match question.method:
        case method if method == COMMAND:
            return _command(params, root, mode)
        case method if method == FILE_CHANGE:
            return _file_change(params, item, root)
        case method if method == PERMISSIONS:
            return _permissions(params, root)
        case method if method == ELICITATION and is_tool_call(params):
            return _mcp_call(params, item, root)
    return None


def is_tool_call(params: Json) -> bool:
    """Whether an elicitation asks for the call of a tool, not for something to fill in."""
    meta = params.get("_meta")
    return isinstance(meta, dict) and meta.get("codex_approval_kind") == "mcp_tool_call"


def answer_to(question: ServerRequest, decision: Decision) -> Json:
    """`decision` as the app-server takes it."""
    if question.method == PERMISSIONS:
        granted = question.params.get("permissions") if decision.accepted else {}
        return {"permissions": granted or {}, "scope": "turn"}
    if question.method == ELICITATION:
        action = "accept" if decision.accepted else decision.value
        return {"action": action, "content": {} if decision.accepted else None}
    return {"decision": "accept" if decision.accepted else decision.value}


def is_whole(decision: Decision) -> bool:
    """Whether a yes is one to all of it: Codex makes a patch whole or not at all."""
    kept = all(choice.keep and choice.lines is None for choice in decision.hunks)
    return kept and not decision.contents


def _command(params: Json, root: str, mode: Mode) -> Wish:
    cwd = _cwd(params, root)
    network = params.get("networkApprovalContext")
    if isinstance(network, dict):
        return Wish(_network(params, network, cwd))
    text = str(params.get("command") or "")
    if params.get("kind") not in (None, "command", "humanCommand") or not text:
        subject = one_line(text or str(params.get("kind")), _MOST_WORDS)
        request = Request("tool", "write_stdin", subject, cwd, EXECUTOR)
        return Wish(replace(request, description=_reason(params)))
    script = script_of(text)
    more = params.get("additionalPermissions")
    because = "; ".join(part for part in (_wants(more), _proposes(params)) if part)
    request = Request(
        "unsandboxed" if more or escalates(mode) else "command",
        "shell",
        script,
        cwd,
        EXECUTOR,
        command=script,
        argv=argv_of(text),
        because=because,
        description=_reason(params),
    )
    return Wish(request)


def _network(params: Json, network: Json, cwd: str) -> Request:
    host = one_line(f"{network.get('protocol') or 'network'}://{network.get('host')}", _MOST_WORDS)
    command = one_line(script_of(str(params.get("command") or "")), _MOST_WORDS)
    because = f"reaches the network, for: {command}" if command else "reaches the network"
    return Request(
        "tool", "network", host, cwd, EXECUTOR, because=because, description=_reason(params)
    )


def _file_change(params: Json, item: Json, root: str) -> Wish | None:
    """None where nobody said what would be changed: then nobody can say yes to it."""
    changes = changes_in(item, root)
    if not changes:
        return None
    grant = params.get("grantRoot")
    request = Request(
        "edit",
        "patch",
        ", ".join(dict.fromkeys(shown_path(change.path, root) for change in changes)),
        root,
        EXECUTOR,
        edits=tuple(change.edit() for change in changes),
        because=f"wants to write anywhere below {grant} from now on" if grant else "",
        description=_reason(params),
    )
    return Wish(request, {c.path: c.after for c in changes if c.after is not None})


def _permissions(params: Json, root: str) -> Wish:
    wanted = _wants(params.get("permissions")) or "wants permissions it does not name"
    cwd = _cwd(params, root)
    return Wish(
        Request(
            "unsandboxed",
            "request_permissions",
            wanted,
            cwd,
            EXECUTOR,
            because=f"{wanted}, for the rest of the turn",
            description=_reason(params),
        )
    )


def _mcp_call(params: Json, item: Json, root: str) -> Wish:
    server, message = str(params.get("serverName") or ""), str(params.get("message") or "")
    tool = str(item.get("tool") or "")
    arguments = params["_meta"].get("tool_params")
    given = json.dumps(arguments, ensure_ascii=False, sort_keys=True) if arguments else ""
    request = Request(
        "tool",
        f"mcp_{server}_tool_{tool}",
        f"{server}: {tool} {given}".strip(),
        root,
        EXECUTOR,
        description=message,
    )
    if not tool:  # which one it is stands in the message only: no rule can be about it
        words = "calls a tool of an MCP server that is not named for certain"
        request = replace(request, kind="unsandboxed", tool=f"mcp_{server}", because=words)
    return Wish(request)


def _cwd(params: Json, root: str) -> str:
    cwd = str(params.get("cwd") or root)
    return os.path.realpath(os.path.join(root, cwd))


def _reason(params: Json) -> str:
    return str(params.get("reason") or "")


def _wants(permissions: Any) -> str:
    if not permissions:
        return ""
    return f"wants {json.dumps(permissions, ensure_ascii=False, sort_keys=True)}"


def _proposes(params: Json) -> str:
    """Codex's own rule, word for word. It is shown; what a yes grants is what we offer."""
    rule = params.get("proposedExecpolicyAmendment")
    return f"Codex proposes the rule {json.dumps(rule, ensure_ascii=False)}" if rule else ""
