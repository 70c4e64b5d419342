"""What is asked before anything is done, and what answers."""

from grafftui.approvals.approver import Approver, decline_everything
from grafftui.approvals.grants import (
    Grant,
    GrantRule,
    GrantsInMemory,
    GrantStore,
    PastCommands,
)
from grafftui.approvals.mode import DEFAULT, MODES, Mode
from grafftui.approvals.policy import Policy
from grafftui.approvals.request import (
    Confinement,
    Decision,
    DecisionValue,
    Denial,
    FileEdit,
    HunkChoice,
    Request,
    RequestKind,
    Scope,
)
from grafftui.approvals.verdict import Allow, Ask, Deny, Offer, Part, PartState, Verdict

__all__ = [
    "DEFAULT",
    "MODES",
    "Allow",
    "Approver",
    "Ask",
    "Confinement",
    "Decision",
    "DecisionValue",
    "Denial",
    "Deny",
    "FileEdit",
    "Grant",
    "GrantRule",
    "GrantStore",
    "GrantsInMemory",
    "HunkChoice",
    "Mode",
    "Offer",
    "Part",
    "PartState",
    "PastCommands",
    "Policy",
    "Request",
    "RequestKind",
    "Scope",
    "Verdict",
    "decline_everything",
]
