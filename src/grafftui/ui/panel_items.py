"""What can be chosen in the side panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grafftui.core.attempts import Attempt


@dataclass(frozen=True, slots=True)
class PolicyItem:
    """The policy: all of it in words."""


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """A command that its sandbox kept from something, and that waits for the person."""

    request_id: str


@dataclass(frozen=True, slots=True)
class AttemptItem:
    """What was denied: what would let it go ahead."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class BackgroundItem:
    """A command in the background: what it prints, or its end."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class SandboxItem:
    """A sandbox: all that can be done with it."""

    engine: str
    id: str


@dataclass(frozen=True, slots=True)
class MoreItem:
    """There is more than there is room for."""


Item = PolicyItem | WaitingItem | AttemptItem | BackgroundItem | SandboxItem | MoreItem
