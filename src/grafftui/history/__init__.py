"""The history: everything that was said and done, on disk before it is shown."""

from grafftui.history.audit import AuditRow
from grafftui.history.leases import ConversationBusyError, LeaseLostError
from grafftui.history.recorder import TurnEnd, TurnRecorder
from grafftui.history.rows import Conversation, ConversationState
from grafftui.history.store import Store

__all__ = [
    "AuditRow",
    "Conversation",
    "ConversationBusyError",
    "ConversationState",
    "LeaseLostError",
    "Store",
    "TurnEnd",
    "TurnRecorder",
]
