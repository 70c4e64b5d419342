"""An answer that plans tool calls: one JSON object, `{tool_calls: […], final: ""}`.

Codex runs tools of its own. For tools that somebody else runs it is asked for a plan, as an
answer that follows a schema; a call's arguments are JSON in a string, for they differ by tool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafftui.errors import AnswerError


class ToolPlanValidationError(AnswerError):
    """An answer that is no plan, or one that cannot be carried out."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A tool that is to be called.

    Attributes:
        tool_call_id: Of the call, as the model chose it.
        tool_name: Of the tool.
        arguments_json: Its arguments: a JSON object, in text.
    """

    tool_call_id: str
    tool_name: str
    arguments_json: str


@dataclass(frozen=True, slots=True)
class ToolPlan:
    """Calls, or a final answer.

    Attributes:
        calls: Tools to be called; () for a final answer.
        content: The final answer; "" where there are calls.
    """

    calls: tuple[PlannedCall, ...] = ()
    content: str = ""


def build_envelope_schema(tool_names: Sequence[str]) -> dict[str, Any]:
    """The schema of an answer that plans calls of these tools."""
    text: dict[str, Any] = {"type": "string"}
    name = {**text, "enum": list(tool_names)} if tool_names else text
    call = _strict({"id": text, "name": name, "arguments": text})
    return _strict({"tool_calls": {"type": "array", "items": call}, "final": text})


def parse_tool_plan(output: Any) -> ToolPlan:
    """The plan that an answer is: the object, or its text.

    Raises:
        ToolPlanValidationError: It is none.
    """
    text = output if isinstance(output, str) else json.dumps(output)
    try:
        said = json.loads(text)
        calls = tuple(
            PlannedCall(_text(call["id"]), _text(call["name"]), _text(call["arguments"]))
            for call in said["tool_calls"]
        )
        final = _text(said["final"])
    except (ValueError, TypeError, KeyError) as error:
        raise ToolPlanValidationError("the answer is no plan", text=text, hint=str(error)) from None
    if calls and final.strip():
        raise ToolPlanValidationError("the answer is final and calls tools", text=text)
    return ToolPlan(calls, "" if calls else final)


def validate_tool_plan(
    plan: ToolPlan,
    *,
    tool_schemas: Mapping[str, Mapping[str, Any]],
    tool_choice: str | None = None,
    max_tool_calls: int | None = None,
) -> ToolPlan:
    """`plan`, if it can be carried out.

    Args:
        tool_schemas: Of each tool's arguments, by its name.
        tool_choice: "none", "required", or the name of the one tool that has to be called; None
            or "auto" for any.
        max_tool_calls: How many are allowed; None for any number.

    Raises:
        ToolPlanValidationError: It cannot.
    """
    _check_choice([call.tool_name for call in plan.calls], tool_choice)
    if max_tool_calls is not None and len(plan.calls) > max_tool_calls:
        raise _wrong(f"{len(plan.calls)} tools are called, of {max_tool_calls} that may be")
    for call in plan.calls:
        if call.tool_name not in tool_schemas:
            raise _wrong(f"there is no tool {call.tool_name!r}")
        _check_arguments(call, tool_schemas[call.tool_name])
    return plan


def _check_choice(named: list[str], tool_choice: str | None) -> None:
    if tool_choice == "none" and named:
        raise _wrong("tools are called where none may be")
    if tool_choice not in (None, "auto", "none") and not named:
        raise _wrong("no tool is called where one has to be")
    if tool_choice not in (None, "auto", "none", "required") and {*named} != {tool_choice}:
        raise _wrong(f"another tool is called than {tool_choice!r}")


def _check_arguments(call: PlannedCall, schema: Mapping[str, Any]) -> None:
    import jsonschema

    try:
        jsonschema.validate(json.loads(call.arguments_json), schema)
    except (ValueError, jsonschema.ValidationError) as error:
        reason = error.message if isinstance(error, jsonschema.ValidationError) else str(error)
        words = f"{call.tool_name!r} does not take these arguments"
        raise ToolPlanValidationError(words, text=call.arguments_json, hint=reason) from None


def _wrong(words: str) -> ToolPlanValidationError:
    return ToolPlanValidationError(words, text="")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _strict(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
