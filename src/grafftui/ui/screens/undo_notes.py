"""What the person should know of a plan before it is done, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafftui.text import one_line

if TYPE_CHECKING:
    from grafftui.core.undo_plans import UndoPlan

ROOM: Final = 60
"""Characters of why no files are known that stand where else the number of files does."""

_CUT_OFF: Final = (
    "grafftui was ended during this work: what anybody changed until it was looked at next counts "
    "as a part of it."
)
_WHYS: Final = {
    "ignored": "ignored by git",
    "large": "too large",
    "unreadable": "not readable",
    "special": "no file",
    "repository": "git's own: commits and branches stay",
    "outside": "outside of the folder",
    "missed": "a turn had no checkpoint",
    "dropped": "a checkpoint was dropped for room",
}


def notes(plan: UndoPlan) -> str:
    """A line for each; "" for none."""
    said = [_CUT_OFF if plan.files.cut_off else "", _not_known(plan), _uncovered(plan)]
    return "\n".join(filter(None, said))


def _not_known(plan: UndoPlan) -> str:
    if not plan.no_files or (len(plan.no_files) <= ROOM and not plan.files.steps):
        return ""
    return f"Not all files are known: {one_line(plan.no_files, 300)}."


def _uncovered(plan: UndoPlan) -> str:
    uncovered = plan.files.uncovered
    if not uncovered:
        return ""
    named = [
        f"{one_line(path, 40)} ({_WHYS[why]})" if path else _WHYS[why]
        for path, why in uncovered[:6]
    ]
    more = f" and {len(uncovered) - 6:,} more" if len(uncovered) > 6 else ""
    return f"Not covered, and left as it is: {', '.join(named)}{more}."
