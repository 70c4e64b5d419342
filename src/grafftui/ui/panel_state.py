"""What the side panel shows besides the conversation itself, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grafftui.errors import GrafftuiError

if TYPE_CHECKING:
    from grafftui.approvals import Mode
    from grafftui.core.attempts import Attempt
    from grafftui.core.local_policy import LocalPolicy
    from grafftui.tools import BackgroundCommands
    from grafftui.ui.foreign_hold import ForeignHold
    from grafftui.ui.sandbox_desk import Listed
    from grafftui.ui.widgets.approval.core import ApprovalCore


@dataclass(frozen=True, slots=True)
class Running:
    """A background command as it stood when it was looked at.

    Attributes:
        number: What it is called by.
        since: When it was started, monotonic seconds.
    """

    number: int
    text: str
    state: str
    running: bool
    since: float


@dataclass(frozen=True, slots=True)
class PanelState:
    """All of it; equal as long as nothing of it changed.

    Attributes:
        policy: What commands may do; None as long as nothing may be claimed.
        attempts: What was denied, the newest first.
        background: Commands in the background, of all conversations, the oldest first.
        sandboxes: Those that engines have told of.
        foreign: How a backend holds its commands, if not our own core runs them.
        problem: Why some of it could not be read; "" if it could.
    """

    policy: LocalPolicy | None = None
    attempts: tuple[Attempt, ...] = ()
    background: tuple[Running, ...] = ()
    sandboxes: tuple[Listed, ...] = ()
    foreign: ForeignHold | None = None
    problem: str = ""


def look(
    before: PanelState,
    core: ApprovalCore,
    background: BackgroundCommands,
    mode: Mode,
    conversation_id: str | None,
) -> PanelState:
    """What there is now, but for the sandboxes. Blocks: not for the event loop."""
    running = tuple(
        Running(one.number, one.text, one.state, one.running, one.started_at)
        for one in background.all()
    )
    try:
        policy = core.local_policy(mode, conversation_id)
        attempts = tuple(core.attempts(conversation_id)) if conversation_id else ()
    except GrafftuiError as error:
        return replace(before, background=running, problem=str(error))
    return PanelState(policy, attempts, running, before.sandboxes)
