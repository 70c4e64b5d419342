"""Says which files that decide what programs do have changed while a command ran."""

from __future__ import annotations

from collections.abc import Sequence

from grafftui.tools.base import ToolContext
from grafftui.tools.path_names import shown_name

_MOST = 10
"""One for each file; a clone brings many."""


def by_the_command(changed: Sequence[str]) -> list[str]:
    """What is said of one that was waited for."""
    return _in_words(changed, "The command changed {}, which decides what programs do.")


def in_the_background(context: ToolContext) -> list[str]:
    """What is said, once, of those of the conversation that have ended in the background."""
    changed = context.background.take_changes(context.conversation_id)
    said = "While a command ran in the background {} changed, which decides what programs do."
    return _in_words(changed, said)


def _in_words(changed: Sequence[str], sentence: str) -> list[str]:
    told = [sentence.format(shown_name(path)) for path in changed[:_MOST]]
    if more := len(changed) - len(told):
        told.append(f"And {more} more such files.")
    return told
