"""What an approval says, in words and signs; all that is not ours is in audit mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from grafftui.approvals.request import WHY_ASK
from grafftui.text.auditing import audit
from grafftui.ui.places import home_as_tilde
from grafftui.ui.themes import signs

if TYPE_CHECKING:
    from grafftui.approvals import Confinement, Offer, Part, PartState, Request, RequestKind
    from grafftui.ui.widgets.approval.open_request import OpenRequest

QUESTIONS: Final[dict[RequestKind, str]] = {
    "command": "Run this command?",
    "unsandboxed": "Run this OUTSIDE the sandbox?",
    "edit": "Make this edit?",
    "fetch": "Send this request?",
    "read": "Read outside the workspace?",
    "tool": "Call this tool?",
}

_MORE: Final = "Run this with MORE than the sandbox gives?"

_COMMANDS: Final = ("command", "unsandboxed")

_STATES: Final[dict[PartState, tuple[str, str]]] = {
    "allowed": ("allowed", "$text-success"),
    "new": ("new", "$text-warning"),
    "dangerous": ("dangerous", "bold $text-error"),
    "denied": ("denied", "bold $text-error"),
    "unreadable": ("cannot be read", "$text-error"),
}

_SCOPES: Final = {
    "times": "3 more times",
    "minutes": "for 15 minutes",
    "session": "this session",
    "project": "this project",
    "always": "always",
}
_WIDEST: Final = 46
"""Columns of a part beside which its state still stands in line."""


def question(open_request: OpenRequest, position: int, total: int, title: str) -> Content:
    """`Run this command?  2 of 3  in the sandbox 3f9a  for the agent Sage  in “Fix flaky test”`,
    which is another conversation's title."""
    request = open_request.request
    style = "bold $text-error" if request.kind == "unsandboxed" else "bold $text-warning"
    asked = QUESTIONS[request.kind]
    if request.kind == "unsandboxed" and request.confinement is not None:
        asked = _MORE
    count = f"  {position} of {total}" if total > 1 else ""
    who = (f"  for the agent {audit(request.agent)}", "$text-accent") if request.agent else ""
    where = (f"  in “{audit(title)}”", "$text-accent") if title else ""
    box = (
        (f"  in the sandbox {audit(_sandbox(request))}", "$text-accent")
        if request.in_sandbox
        else ""
    )
    return Content.assemble((asked, style), (count, "$text-muted"), box, who, where)


def _sandbox(request: Request) -> str:
    """`3f9a (local)`."""
    _, engine, sandbox_id = request.executor.split(":", 2)
    return f"{sandbox_id} ({engine})"


def summary(open_request: OpenRequest) -> Content:
    """What stands under the question whatever is scrolled: what would be lost, and the file."""
    lines = list(dangers(open_request))
    request = open_request.request
    if request.kind == "edit":
        lines.append(Content.styled(audit(request.subject), "$text-muted"))
        lines += [Content.styled(words, "$text-muted") for words in _said(request)]
    return Content("\n").join(lines)


def dangers(open_request: OpenRequest) -> list[Content]:
    """What would be lost, and why it is asked, where the question has not said it."""
    asked, parts = open_request.question, open_request.question.parts
    grave = [why for part in parts if part.state == "dangerous" for why in part.reasons]
    told = {why for part in parts for why in part.reasons} | {open_request.request.because}
    told.add(WHY_ASK[open_request.request.kind])
    lines = [Content.styled(f"! {audit(why)}", "bold $text-error") for why in dict.fromkeys(grave)]
    if because := open_request.request.because:
        lines.append(Content.styled(audit(because), "$text-warning"))
    others = [audit(why) for why in asked.reasons if why not in told]
    if others:
        lines.append(Content.styled("; ".join(others), "$text-warning"))
    return lines


def facts(open_request: OpenRequest) -> list[Content]:
    """Under a command: its parts, where it runs, what holds it."""
    request, parts = open_request.request, open_request.question.parts
    lines: list[Content] = []
    if parts:
        width = min(_WIDEST, max(len(audit(part.text)) for part in parts))
        lines += [Content(""), *(_part(part, width) for part in parts), Content("")]
    if request.kind in _COMMANDS:
        lines.append(Content.assemble((f"in {audit(home_as_tilde(request.cwd))}", "$text-muted")))
        lines.append(held(request.confinement))
    elif request.kind == "tool":
        lines.append(Content.styled(f"tool {audit(request.tool)}", "$text-muted"))
    if request.environment:
        pairs = (f"{audit(name)}={audit(value)}" for name, value in request.environment)
        lines.append(Content.styled("with " + " ".join(pairs), "$text-muted"))
    return lines + [Content.styled(words, "$text-muted") for words in _said(request)]


def held(confinement: Confinement | None) -> Content:
    """`in the sandbox: workspace-write, network off (bubblewrap)`."""
    if confinement is None:
        return Content.styled(f"{signs().failed} NOT in a sandbox", "bold $text-error")
    network = "network ON" if confinement.network else "network off"
    more = [f"may write {audit(home_as_tilde(path))}" for path in confinement.writable]
    what = ", ".join([confinement.mode, network, *more])
    style = "$text-warning" if confinement.network or more else "$text-success"
    words = f"{signs().done} in the sandbox: {what} ({confinement.engine})"
    return Content.styled(words, style)


def _said(request: Request) -> list[str]:
    return [f"the model says: {audit(request.description)}"] if request.description else []


def _part(part: Part, width: int) -> Content:
    """`✓ git status   allowed by git status, always`."""
    marks = signs()
    sign = {
        "allowed": marks.done, "new": marks.pending, "dangerous": "!",
        "denied": marks.failed, "unreadable": "?",
    }[part.state]  # fmt: skip
    word, style = _STATES[part.state]
    if part.rule:
        word += f" by {audit(part.rule)}"
    if part.state != "dangerous" and part.reasons:  # those of a danger stand above
        word += ": " + "; ".join(map(audit, part.reasons))
    text = Content(audit(part.text))
    gap = " " * max(2, width + 2 - text.cell_length)
    return Content.assemble((f"{sign} ", style), text, gap, (word, style))


def scope_words(offer: Offer) -> str:
    """How far a yes reaches."""
    return _SCOPES.get(offer.scope, offer.scope)
