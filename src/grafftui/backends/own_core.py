"""Our own core as one of the backends."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Final

from grafftui.events import AgentEvent

if TYPE_CHECKING:
    from grafftui.approvals import Mode
    from grafftui.backends.backend import Capability
    from grafftui.core import Graff

CAPABILITIES: Final[frozenset[Capability]] = frozenset(
    ("steer", "compact", "fork", "archive", "agents", "shell", "undo", "context")
)


class OwnCore:
    """`Graff`, by the names all backends share.

    Args:
        graff: Runs the turns. It is not closed with this.
    """

    name: Final = "graff"
    capabilities: Final = CAPABILITIES

    def __init__(self, graff: Graff) -> None:
        self._graff = graff

    def problem(self) -> str:
        """Nothing is ever in its way."""
        return ""

    def chat(
        self,
        prompt: str,
        *,
        conversation_id: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        agent: str | None = None,
        effort: str | None = None,
        mode: Mode | None = None,
        sandbox: str | None = None,
    ) -> Generator[AgentEvent]:
        """Run one turn, see `Graff.chat`. How much a model thinks is a setting: `effort` is not
        looked at.
        """
        return self._graff.chat(
            prompt,
            conversation_id=conversation_id,
            provider=provider,
            model=model,
            agent=agent,
            mode=mode,
            sandbox=sandbox,
        )

    def steer(self, conversation_id: str, text: str) -> bool:
        """Say something into the turn that runs, see `Graff.steer`."""
        return self._graff.steer(conversation_id, text)

    def interrupt(self, conversation_id: str) -> bool:
        """Stop the turn that runs. False when none does."""
        return self._graff.interrupt(conversation_id)

    def compact(self, conversation_id: str) -> Generator[AgentEvent]:
        """Replace the older part by a summary, see `Graff.compact`."""
        return self._graff.compact(conversation_id)

    def fork(self, conversation_id: str, entry: int | None = None) -> str:
        """Copy a conversation into this workspace, see `Graff.fork_conversation`."""
        return self._graff.fork_conversation(conversation_id, entry, here=True)

    def archive(self, conversation_id: str, on: bool = True) -> None:
        """Put a conversation into the archive, or take it out."""
        order = self._graff.store.order
        (order.archive if on else order.unarchive)(conversation_id)

    def close(self) -> None:
        """Nothing was opened here."""
