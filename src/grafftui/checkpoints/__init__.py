"""Checkpoints: a workspace as it was before something was done in it, and the way back.

Git's own folder is never touched, nor anything the workspace's rules ignore. What is not covered
is told, never guessed at.
"""

from grafftui.checkpoints.checkpoints import Checkpoints, Taken
from grafftui.checkpoints.copies import Content
from grafftui.checkpoints.going_back import GoneBack, finish, go_back, is_unfinished, settle
from grafftui.checkpoints.items import Changes, Item, Why
from grafftui.checkpoints.limits import Limits, TooMuchError
from grafftui.checkpoints.planning import Plan, Step, plan
from grafftui.checkpoints.pruning import Kept, kept_in, prune, tidy
from grafftui.checkpoints.records import Act, Record, Records
from grafftui.checkpoints.state import State

__all__ = [
    "Act",
    "Changes",
    "Checkpoints",
    "Content",
    "GoneBack",
    "Item",
    "Kept",
    "Limits",
    "Plan",
    "Record",
    "Records",
    "State",
    "Step",
    "Taken",
    "TooMuchError",
    "Why",
    "finish",
    "go_back",
    "is_unfinished",
    "kept_in",
    "plan",
    "prune",
    "settle",
    "tidy",
]
