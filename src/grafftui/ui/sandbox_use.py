"""What the desk does with sandboxes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.events import AgentEvent
    from grafftui.ui.desk import DeskView
    from grafftui.ui.live import LiveConversation
    from grafftui.ui.turns import Turns


class SandboxUse:
    """The part of `Desk` that speaks of sandboxes."""

    graff: Graff | None
    current: LiveConversation
    _turns: Turns | None
    _view: DeskView

    def bring(self, sandbox_id: str, engine: str) -> bool:
        """Have what a sandbox changed come into the workspace, as a turn of the conversation on
        screen. False when that cannot be now.
        """
        conversation, graff = self.current, self.graff
        if graff is None or self._turns is None or conversation.in_turn:
            return False

        def stream() -> Iterator[AgentEvent]:
            return graff.bring_changes(sandbox_id, engine=engine, conversation_id=conversation.id)

        conversation.begin("bringing changes")
        self._turns.run(conversation, stream)
        self._view.conversation_changed(conversation)
        return True
