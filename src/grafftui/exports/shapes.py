"""What the events and messages of a file from outside may hold, checked before they are used."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from grafftui.models import (
    AssistantMessage,
    ToolResultMessage,
    UserMessage,
    message_from_wire,
)

_TEXT: Final = (str,)
_MAYBE: Final = (str, type(None))
_COUNT: Final = (int,)
_LIST: Final = (list,)
_OBJECT: Final = (dict,)

Shape = Mapping[str, Any]
"""Key → the types its value may have, or the shape of the object that it is."""

_CALL: Final[Shape] = {"name": _TEXT, "call_id": _MAYBE}
_EVENTS: Final[Mapping[str, Shape]] = {
    "ApprovalRequested": {
        "request_id": _TEXT,
        "call_id": _MAYBE,
        "request": _OBJECT,
        "question": _OBJECT,
    },
    "ApprovalResolved": {
        "request_id": _TEXT,
        "call_id": _MAYBE,
        "decision": _TEXT,
        "reason": _MAYBE,
        "by": _TEXT,
    },
    "Compacted": {
        "compaction_id": (int, type(None)),
        "by": _TEXT,
        "tokens_before": _COUNT,
        "tokens_after": _COUNT,
        "messages_before": _COUNT,
        "messages_after": _COUNT,
    },
    "FileChanged": {
        "call_id": _MAYBE,
        "path": _TEXT,
        "change": _TEXT,
        "diff": _TEXT,
        "lines_added": _COUNT,
        "lines_removed": _COUNT,
        "executor": _TEXT,
    },
    "HandedOver": {"from": _TEXT, "to": _TEXT, "note": _TEXT},
    "Interrupt": {"reason": {"kind": _TEXT, "limit": _COUNT}},
    "Notice": {"level": _TEXT, "text": _TEXT},
    "PromptSubmitted": {"text": _TEXT},
    "QuestionAnswered": {"question_id": _TEXT, "call_id": _MAYBE, "text": _TEXT, "chosen": _LIST},
    "QuestionAsked": {"question_id": _TEXT, "call_id": _MAYBE, "question": _OBJECT},
    "RetryAttempt": {"cause": _TEXT, "duration_ms": _COUNT},
    "SubAgentEnded": {"conversation_id": _TEXT, "call_id": _MAYBE, "state": _TEXT, "text": _TEXT},
    "SubAgentStarted": {
        "conversation_id": _TEXT,
        "call_id": _MAYBE,
        "agent": _TEXT,
        "task": _TEXT,
        "model": _TEXT,
    },
    "TaskMessage": {
        "content": {
            "kind": _TEXT,
            "text": _TEXT,
            "title": _TEXT,
            "sub_title": _MAYBE,
            "category": _TEXT,
            "executor": _TEXT,
        }
    },
    "TaskReasoning": {"content": _TEXT},
    "TodosChanged": {"todos": _LIST},
    "ToolCallEnd": {"result": {**_CALL, "output": {"is_error": (bool,), "values": _LIST}}},
    "ToolCallStart": {"tool_call": _CALL},
    "ToolProgress": {"call_id": _MAYBE, "text": _TEXT},
    "TurnFailed": {"cause": _TEXT, "hint": _TEXT},
}
"""Of those that are folded into entries; what is not there is not missed, others are data only."""


def check_event(type: str, data: Mapping[str, Any]) -> None:
    """Raise `ValueError` if a known event does not have the shape it has."""
    _check(data, _EVENTS.get(type, {}), type)


def check_todos(todos: Any) -> list[dict[str, str]]:
    """The todos, each an object of texts. Raises `ValueError`."""
    if not isinstance(todos, list) or not all(map(_is_todo, todos)):
        raise ValueError("todos is no list of todos")
    return todos


def check_message(role: str, body: Any) -> None:
    """Raise `ValueError` unless `body` is a message that a model can be sent."""
    if not isinstance(body, dict) or body.get("role") != role:
        raise ValueError(f"body is no message of role {role}")
    fields = {name: value for name, value in body.items() if name != "role"}
    try:
        fits = _adapters()[role].validate_python(fields) == message_from_wire(body)
    except ValidationError as error:
        flaw = error.errors()[0]
        raise ValueError(f"body.{'.'.join(map(str, flaw['loc']))}: {flaw['msg']}") from None
    if not fits:
        raise ValueError("body holds values of the wrong type")
    if not all(picture["url"].startswith("data:") for picture in body.get("pictures", ())):
        raise ValueError("body holds a picture that lies elsewhere")


@cache
def _adapters() -> Mapping[str, TypeAdapter[Any]]:
    kinds = {"user": UserMessage, "assistant": AssistantMessage, "tool": ToolResultMessage}
    return {role: TypeAdapter(kind) for role, kind in kinds.items()}


def _check(value: Any, shape: Shape, where: str) -> None:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where} is no object")
    for name, wanted in shape.items():
        if name not in value:
            continue
        if isinstance(wanted, Mapping):
            _check(value[name], wanted, f"{where}.{name}")
        elif not isinstance(value[name], wanted) or (wanted is _COUNT and value[name] is True):
            raise ValueError(f"{where}.{name} has the wrong type")


def _is_todo(todo: Any) -> bool:
    return isinstance(todo, dict) and all(isinstance(value, str) for value in todo.values())
