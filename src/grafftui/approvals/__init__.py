"""What is asked before anything is done, and what answers."""

from grafftui.approvals.approver import Approver, decline_everything
from grafftui.approvals.policy import Allow, Ask, Deny, Policy, Verdict
from grafftui.approvals.request import Decision, DecisionValue, FileEdit, Request, RequestKind

__all__ = [
    "Allow",
    "Approver",
    "Ask",
    "Decision",
    "DecisionValue",
    "Deny",
    "FileEdit",
    "Policy",
    "Request",
    "RequestKind",
    "Verdict",
    "decline_everything",
]
