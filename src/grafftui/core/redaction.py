"""Secrets stay out of the history and away from the model.

What a tool gives is redacted here, once, before anything is made of it. What a person is asked
to approve is not (it would hide a command, a path or a destination), only what is kept of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from grafftui.text.redact import redact
from grafftui.tools import ToolResult

KEY_TAKEN_OUT: Final = (
    "What looks like a key was taken out of the prompt: keys are neither kept nor sent to models."
)
"""What is said of a prompt that was redacted."""

_PLACEHOLDER: Final = "‹redacted:"


def redacted(value: Any) -> Any:
    """A JSON value without secrets, in any depth."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redacted(key): redacted(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redacted(item) for item in value]
    return value


def redacted_result(result: ToolResult) -> ToolResult:
    """What a tool gave, without secrets. Pictures are left as they are."""
    return replace(
        result,
        text=redact(result.text),
        output=None if result.output is None else redact(result.output),
        changes=[replace(change, diff=redact(change.diff)) for change in result.changes],
        todos=redacted(result.todos),
        values=[value if "image" in value else redacted(value) for value in result.values],
    )


def holds_placeholder(arguments: Any) -> bool:
    """Whether an edit's arguments hold what stands for a secret: written, it would replace it."""
    if isinstance(arguments, str):
        return _PLACEHOLDER in arguments
    if isinstance(arguments, Mapping):
        return any(map(holds_placeholder, arguments.values()))
    if isinstance(arguments, list):
        return any(map(holds_placeholder, arguments))
    return False
