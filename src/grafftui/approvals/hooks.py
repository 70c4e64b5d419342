"""Hooks: what a program adds to the policy. A hook narrows and never widens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from grafftui.approvals.verdict import Allow, Ask, Deny, Verdict

if TYPE_CHECKING:
    from grafftui.approvals.request import Decision, Request

    BeforeApproval = Callable[[Request, Verdict], Verdict | None]
    """Told of a verdict before it counts; returns a stricter one, or None to leave it."""

    AfterApproval = Callable[[Request, Decision], None]
    """Told of every decision, also of those that policy made."""


def narrowed(request: Request, verdict: Verdict, hook: BeforeApproval | None) -> Verdict:
    """`verdict`, or the stricter one that `hook` wants; it asks when the hook fails."""
    if hook is None or isinstance(verdict, Deny):
        return verdict
    try:
        wanted: object = hook(request, verdict)
    except Exception as error:
        return _asking(verdict, f"the program's before_approval failed ({type(error).__name__})")
    if wanted is None:
        return verdict
    if isinstance(wanted, Deny):
        return replace(wanted, parts=verdict.parts)
    if isinstance(wanted, Ask):
        return _asking(verdict, *wanted.reasons)
    if isinstance(wanted, Allow):
        return verdict
    return _asking(verdict, f"the program's before_approval returned {type(wanted).__name__}")


def after_failed(verdict: Verdict, error: Exception) -> Verdict:
    """What becomes of a verdict when the hook that is told of it fails."""
    if isinstance(verdict, Deny):
        return verdict
    return _asking(verdict, f"the program's after_approval failed ({type(error).__name__})")


def _asking(verdict: Verdict, *reasons: str) -> Verdict:
    """The question with these reasons, and without a wider yes: the hook would be asked anew."""
    before = verdict.reasons if isinstance(verdict, Ask) else ()
    return Ask(tuple(dict.fromkeys((*before, *reasons))), verdict.parts)
