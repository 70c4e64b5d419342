"""An edit as the person changed it before saying yes: without some hunks, or with other text."""

from __future__ import annotations

from grafftui.approvals import Decision, HunkChoice
from grafftui.tools.base import AllRejected, ToolFailure, element
from grafftui.tools.diffs import Diff, with_choices
from grafftui.tools.source_text import SourceText


def proposed_text(after: bytes | None) -> str | None:
    """The text an edit would leave; None when it leaves none."""
    source = SourceText.decode(after) if after is not None else None
    return source.readable if source else None


def revised_content(
    before: bytes | None, after: bytes | None, path: str, decision: Decision
) -> bytes:
    """The bytes that `decision` wants at `path`, where `after` was proposed.

    Raises:
        AllRejected: Nothing is left to do.
        ToolFailure: It names a hunk or file that is not there, or the edit is of a kind that is
            made whole or not at all.
    """
    source = SourceText.decode(after) if after is not None else None
    old = SourceText.decode(before) if before is not None else SourceText("")
    if source is None or old is None:
        raise ToolFailure("A removal, or an edit of a binary file, is made whole or not at all.")
    other = {choice.path for choice in decision.hunks} | {name for name, _ in decision.contents}
    if other - {path}:
        raise ToolFailure(f"The answer names a file that this edit does not change: {other}.")
    rewritten = dict(decision.contents).get(path)
    if rewritten is not None:
        text = source.in_my_style(rewritten)
    else:
        choices = {choice.number: _lines(choice) for choice in decision.hunks if _differs(choice)}
        try:
            text = with_choices(old.text, source.text, choices)
        except ValueError as error:
            raise ToolFailure(f"The answer cannot be meant: {error}.") from error
    content = source.encode(text)
    if content == before:
        raise AllRejected("The person rejected every part of this edit; nothing was written.")
    return content


def told_of_revision(shown: str, diff: Diff, decision: Decision) -> str:
    """What the model hears of an edit that was made as the person changed it."""
    words = ["The person changed this edit before it was made."]
    if rejected := [str(choice.number + 1) for choice in decision.hunks if not choice.keep]:
        words.append(f"Left out: hunk {', '.join(rejected)} of your edit.")
    if decision.reason:
        words.append(f"They say: {decision.reason}")
    words.append("This is what was made of it; do not make the rest again:")
    return element("file_diff", {"path": shown}, [*words, *diff.lines])


def _differs(choice: HunkChoice) -> bool:
    return not choice.keep or choice.lines is not None


def _lines(choice: HunkChoice) -> tuple[str, ...] | None:
    return choice.lines if choice.keep else None
