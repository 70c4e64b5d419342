"""Folder trust: nothing a folder says about grafftui counts before a person has looked at it.

Trust is in contents, not in a path: it holds for the bytes that were shown, in the folder that
was opened, and ends for whatever changes.
"""

from grafftui.trust.book import TrustBook
from grafftui.trust.contents import Contents, GovernedFile, Refused
from grafftui.trust.instructions import ProjectPolicy, project_instructions, project_policy
from grafftui.trust.record import TrustedFile, TrustRecord, TrustRecords
from grafftui.trust.state import Change, Changed, Nothing, State, Trusted, Unknown

__all__ = [
    "Change",
    "Changed",
    "Contents",
    "GovernedFile",
    "Nothing",
    "ProjectPolicy",
    "Refused",
    "State",
    "TrustBook",
    "TrustRecord",
    "TrustRecords",
    "Trusted",
    "TrustedFile",
    "Unknown",
    "project_instructions",
    "project_policy",
]
