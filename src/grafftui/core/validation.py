"""Checks arguments at the SDK's boundary, before anything leaves the process."""

from __future__ import annotations

from typing import Any, Final

from grafftui.errors import UsageError

_TEXT: Final = (str,)
_MAYBE_TEXT: Final = (str, type(None))
_MAYBE_NUMBER: Final = (int, float, type(None))
_MAYBE_OBJECT: Final = (dict, type(None))
_MAYBE_COUNT: Final = (int, type(None))

_TYPES: Final[dict[str, dict[str, tuple[type, ...]]]] = {
    "init": {
        "cwd": _MAYBE_TEXT,
        "provider": _MAYBE_TEXT,
        "api_key": _MAYBE_TEXT,
        "model": _MAYBE_TEXT,
        "agent": _MAYBE_TEXT,
        "max_tokens": _MAYBE_COUNT,
    },
    "chat": {
        "prompt": _TEXT,
        "conversation_id": _MAYBE_TEXT,
        "model": _MAYBE_TEXT,
        "provider": _MAYBE_TEXT,
        "agent": _MAYBE_TEXT,
        "system_prompt": _MAYBE_TEXT,
        "custom_rules": _MAYBE_TEXT,
        "temperature": _MAYBE_NUMBER,
        "json_schema": _MAYBE_OBJECT,
        "sandbox": _MAYBE_TEXT,
    },
    "command": {"command": _TEXT, "conversation_id": _MAYBE_TEXT},
    "command_prompt": {"name": _TEXT, "parameters": _TEXT},
    "help": {
        "prompt": _TEXT,
        "guidance": _TEXT,
        "id": _MAYBE_TEXT,
        "provider": _MAYBE_TEXT,
        "model": _MAYBE_TEXT,
    },
    "steer": {"conversation_id": _TEXT, "text": _TEXT},
    "conversation": {"id": _TEXT, "title": _TEXT, "entry": _MAYBE_COUNT},
    "compaction": {"instructions": _TEXT},
    "agent": {"id": _MAYBE_TEXT},
    "list": {"limit": _MAYBE_COUNT},
    "setting": {"name": _TEXT, "value": _TEXT},
    "info": {"id": _MAYBE_TEXT},
    "report": {"path": _TEXT},
    "sandbox": {
        "conversation_id": _MAYBE_TEXT,
        "sandbox_id": _MAYBE_TEXT,
        "engine": _MAYBE_TEXT,
    },
    "credential": {"provider_id": _TEXT, "api_key": _TEXT},
}
"""Kind of call → what it takes."""

_NAMES: Final = {
    str: "a string",
    int: "an integer",
    float: "a number",
    dict: "an object",
    type(None): "None",
}
_MAX_TOKENS: Final = 1_000_000


def validate(kind: str, **options: Any) -> None:
    """Raise `UsageError` (a ValueError) unless `options` are what `kind` takes.

    Args:
        kind: A key of the table; the message begins `grafftui {kind}: invalid options — `.
    """
    types_of = _TYPES[kind]
    for name, value in options.items():
        types = types_of[name]
        if not isinstance(value, types) or isinstance(value, bool):
            expected = " or ".join(_NAMES[allowed] for allowed in types)
            raise _invalid(kind, f"{name} must be {expected}, not {type(value).__name__}")
    for name in ("prompt", "command", "text"):
        if name in options and not options[name].strip():
            raise _invalid(kind, f"{name} is empty")
    temperature = options.get("temperature")
    if temperature is not None and not 0 <= temperature <= 2:
        raise _invalid(kind, f"temperature must be 0 to 2, not {temperature}")
    if (schema := options.get("json_schema")) is not None:
        from grafftui.core.structured import require_schema

        require_schema(schema)
    limit, max_tokens = options.get("limit"), options.get("max_tokens")
    if limit is not None and limit < 0:
        raise _invalid(kind, f"limit must not be negative, but is {limit}")
    if max_tokens is not None and not 1 <= max_tokens <= _MAX_TOKENS:
        raise _invalid(kind, f"max_tokens must be 1 to {_MAX_TOKENS}, not {max_tokens}")


def _invalid(kind: str, what: str) -> UsageError:
    return UsageError(f"grafftui {kind}: invalid options — {what}")
