"""What an undo would change in one file, as a diff."""

from __future__ import annotations

from typing import Final

from grafftui.checkpoints import Content, Item, Step
from grafftui.tools.diffs import Diff, unified
from grafftui.tools.path_names import shown_name
from grafftui.tools.source_text import SourceText

_LONGEST: Final = 1 << 20
"""Bytes of the longest text that is compared line by line."""


def step_diff(step: Step, content: Content) -> Diff:
    """The diff from what stands at a path to what would.

    Raises:
        CheckpointError: What would stand there is not to be had.
    """
    before, after = (_shown(item, content) for item in (step.now, step.target))
    if step.now and step.target and step.now.mode != step.target.mode:
        before, after = _with_mode(before, step.now), _with_mode(after, step.target)
    name = shown_name(step.path)
    return unified(before, after, name, created=step.now is None, removed=step.target is None)


def _shown(item: Item | None, content: Content) -> str:
    """The text of a file; of anything else a line that says what it is."""
    if item is None:
        return ""
    if item.kind == "dir":
        return "(directory)\n"
    found = content(item.content)
    if item.kind == "link":
        return f"(link to {found.decode('utf-8', 'replace')})\n"
    source = SourceText.decode(found) if len(found) <= _LONGEST else None
    if source is None:
        what = "binary file" if len(found) <= _LONGEST else "long file"
        return f"({what}, {len(found):,} bytes, {item.content[:12]})\n"
    return source.readable


def _with_mode(text: str, item: Item) -> str:
    return f"(mode {item.mode:04o})\n{text}"
