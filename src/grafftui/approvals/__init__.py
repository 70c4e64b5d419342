"""What is asked before anything is done, and what answers.

Where rules come from is loaded when it is named: `RuleFile`, `ForgePermissions`,
`RuleBasedPolicyEngine`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from grafftui.approvals.question import Question, Questioner, Reply
from grafftui.approvals.request import (
    SANDBOX,
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

if TYPE_CHECKING:
    from grafftui.approvals.forge_permissions import ForgePermissions
    from grafftui.approvals.rubric import PolicyRubric
    from grafftui.approvals.rule_based import PolicyContext, RuleBasedPolicyEngine
    from grafftui.approvals.rule_files import RuleFile
    from grafftui.approvals.rules import Rule, RuleSource

_LAZY = {
    "ForgePermissions": "forge_permissions",
    "PolicyContext": "rule_based",
    "PolicyRubric": "rubric",
    "Rule": "rules",
    "RuleBasedPolicyEngine": "rule_based",
    "RuleFile": "rule_files",
    "RuleSource": "rules",
}

__all__ = [
    "DEFAULT",
    "MODES",
    "SANDBOX",
    "Allow",
    "Approver",
    "Ask",
    "Confinement",
    "Decision",
    "DecisionValue",
    "Denial",
    "Deny",
    "FileEdit",
    "ForgePermissions",
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
    "PolicyContext",
    "PolicyRubric",
    "Question",
    "Questioner",
    "Reply",
    "Request",
    "RequestKind",
    "Rule",
    "RuleBasedPolicyEngine",
    "RuleFile",
    "RuleSource",
    "Scope",
    "Verdict",
    "decline_everything",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
