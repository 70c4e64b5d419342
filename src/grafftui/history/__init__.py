"""The history: everything that was said and done, on disk before it is shown."""

from grafftui.history.audit import AuditRow
from grafftui.history.compacting import CompactionPlan
from grafftui.history.context_rows import (
    CompactedBy,
    Compaction,
    ContextLedger,
    ContextMessage,
    Fate,
    Summariser,
)
from grafftui.history.leases import ConversationBusyError, LeaseLostError
from grafftui.history.recorder import TurnEnd, TurnRecorder
from grafftui.history.rows import Conversation, ConversationState
from grafftui.history.store import Store

__all__ = [
    "AuditRow",
    "CompactedBy",
    "Compaction",
    "CompactionPlan",
    "ContextLedger",
    "ContextMessage",
    "Conversation",
    "ConversationBusyError",
    "ConversationState",
    "Fate",
    "LeaseLostError",
    "Store",
    "Summariser",
    "TurnEnd",
    "TurnRecorder",
]
