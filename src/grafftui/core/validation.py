"""Checks arguments at the SDK's boundary, before anything leaves the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from grafftui.errors import UsageError

_TYPES: Final[dict[str, dict[str, tuple[type, ...]]]] = {
    "init": {
        "cwd": (str, type(None)),
        "provider": (str, type(None)),
        "api_key": (str, type(None)),
        "model": (str, type(None)),
        "agent": (str, type(None)),
        "max_tokens": (int, type(None)),
    },
    "chat": {
        "prompt": (str,),
        "conversation_id": (str, type(None)),
        "model": (str, type(None)),
        "provider": (str, type(None)),
        "agent": (str, type(None)),
    },
}
_NAMES: Final = {str: "a string", int: "an integer", type(None): "None"}


def validate(kind: str, options: Mapping[str, Any]) -> None:
    """Raise `UsageError` (a ValueError) unless `options` have the types that `kind` takes.

    Args:
        kind: "init" or "chat"; the message begins `grafftui {kind}: invalid options — `.
    """
    for name, types in _TYPES[kind].items():
        value = options.get(name)
        if not isinstance(value, types) or isinstance(value, bool):
            expected = " or ".join(_NAMES[allowed] for allowed in types)
            raise UsageError(
                f"grafftui {kind}: invalid options — {name} must be {expected},"
                f" not {type(value).__name__}"
            )
    if kind == "chat" and not options["prompt"].strip():
        raise UsageError("grafftui chat: invalid options — prompt is empty")
    max_tokens = options.get("max_tokens")
    if max_tokens is not None and not 1 <= max_tokens <= 1_000_000:
        raise UsageError(
            f"grafftui init: invalid options — max_tokens must be 1 to 1000000, not {max_tokens}"
        )
