"""What the command line asked the screen for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grafftui.approvals import Mode


@dataclass(frozen=True, slots=True)
class Options:
    """How the app was started.

    Attributes:
        cwd: Workspace; None for the current directory.
        backend: What runs the turns of new conversations; None for what the settings say.
        mode: How much goes ahead without asking; None for what the settings say.
        demo: Run the guided tour.
        conversation: Id of the conversation to open, or None.
        resume: Open the newest conversation of the workspace.
    """

    cwd: str | None = None
    backend: str | None = None
    provider: str | None = None
    model: str | None = None
    agent: str | None = None
    mode: Mode | None = None
    demo: bool = False
    conversation: str | None = None
    resume: bool = False
