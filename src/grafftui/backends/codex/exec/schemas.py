"""Schemas of answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grafftui.backends.codex.exec.errors import CodexParseError

if TYPE_CHECKING:
    from pydantic import BaseModel


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of `model`, as strict as providers want it: all is required, nothing more."""
    schema: dict[str, Any] = _strict(model.model_json_schema())
    return schema


def parsed(text: str, schema: Mapping[str, Any]) -> Any:
    """The JSON in `text`.

    Raises:
        CodexParseError: It is none, or does not follow `schema`.
    """
    import jsonschema

    try:
        value = json.loads(text)
    except ValueError as error:
        raise CodexParseError("the answer is no JSON", text=text, hint=str(error)) from None
    try:
        jsonschema.validate(value, schema)
    except jsonschema.ValidationError as error:
        words = "the answer does not follow its schema"
        raise CodexParseError(words, text=text, hint=error.message) from None
    return value


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(value) for name, value in schema.items() if name != "default"}
    if strict.get("type") == "object" and isinstance(strict.get("properties"), dict):
        strict["additionalProperties"] = False
        strict["required"] = list(strict["properties"])
    return strict
