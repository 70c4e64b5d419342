"""`--json-schema FILE`: what is read from it."""

from __future__ import annotations

import json
from typing import Any, Final

from grafftui.errors import UsageError

MAX_BYTES: Final = 1_000_000
"""A schema of this size is not one."""


def read_schema(path: str) -> dict[str, Any]:
    """The JSON schema in a file.

    Raises:
        UsageError: It cannot be read, or is no JSON schema.
    """
    from grafftui.core.structured import reader_for_schema

    schema = _parsed(path, _text(path))
    if not isinstance(schema, dict):
        raise UsageError(f"{path}: a JSON schema is an object")
    try:
        reader_for_schema(schema)
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}") from None
    return schema


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > MAX_BYTES:
        raise UsageError(f"{path}: longer than {MAX_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 (byte {error.start})") from None


def _parsed(path: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{path}: is not JSON: {error.msg} ({where})") from None
    except (RecursionError, ValueError):
        raise UsageError(f"{path}: is not JSON that can be read") from None
