"""The tools an agent has: what the model is told about them, and the way into each call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from grafftui.approvals import Decision, Denial
from grafftui.errors import UsageError
from grafftui.tools.base import (
    ForeignTool,
    PreparedCall,
    Tool,
    ToolContext,
    ToolFailure,
    ToolResult,
)

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

TOOLS: Mapping[str, str] = {
    "read": "Read",
    "write": "Write",
    "patch": "Patch",
    "multi_patch": "MultiPatch",
    "remove": "Remove",
    "undo": "Undo",
    "fs_search": "FsSearch",
    "shell": "Shell",
    "background": "Background",
    "fetch": "Fetch",
    "skill": "Skill",
    "plan": "Plan",
    "followup": "Followup",
    "todo_write": "TodoWrite",
    "todo_read": "TodoRead",
}
"""Every tool there is → the class in the module of its name."""


class Toolbox:
    """Some of the tools, looked up by the names a model uses.

    Args:
        names: Which of `TOOLS`, in any case.
        foreign: Tools besides, which are not ours; none has the name of another.
        delegating: Tools besides, which have other agents work.
        instead: What is done for those of the same name: they act somewhere else.

    Raises:
        UsageError: There is no tool of that name.
    """

    def __init__(
        self,
        names: Sequence[str],
        foreign: Sequence[ForeignTool] = (),
        delegating: Sequence[Tool] = (),
        instead: Sequence[Tool] = (),
    ) -> None:
        self._tools: dict[str, Tool] = {}
        self._foreign = {tool.name: tool for tool in foreign}
        self._other_names = {other: tool.name for tool in foreign for other in tool.other_names}
        for name in map(str.lower, names):
            if name not in TOOLS:
                known = ", ".join(TOOLS)
                raise UsageError(f"there is no tool {name!r}", hint=f"The tools are: {known}.")
            module = import_module(f"grafftui.tools.{name}")
            self._tools[name] = getattr(module, TOOLS[name])()
        self._tools |= {tool.name: tool for tool in instead if tool.name in self._tools}
        self._tools |= {tool.name: tool for tool in delegating}
        self._delegating = frozenset(tool.name for tool in delegating)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order given."""
        return (*self._tools, *self._foreign)

    def knows(self, name: str) -> bool:
        """Whether a model may call something so."""
        called = name.lower()
        return called in self._other_names or called in self.names

    def delegates(self, name: str) -> bool:
        """Whether a call of it has other agents work."""
        return name.lower() in self._delegating

    def specs(self) -> list[dict[str, Any]]:
        """For the model: each tool's `name`, `description` and `parameters` (JSON Schema)."""
        return [
            {"name": name, "description": tool.description, "parameters": _schema(tool.arguments)}
            for name, tool in self._tools.items()
        ] + [
            {"name": name, "description": tool.description, "parameters": tool.parameters}
            for name, tool in self._foreign.items()
        ]

    def prepare(
        self, name: str, arguments: dict[str, Any] | str, context: ToolContext
    ) -> PreparedCall:
        """The call a model made; `arguments` is a string when it was not valid JSON.

        Raises:
            ToolFailure: No such tool, arguments it does not take, or a call that cannot be done.
        """
        called = self._other_names.get(name.lower(), name.lower())
        if foreign := self._foreign.get(called):
            with _system_errors_told(foreign.name):
                given = _object(foreign.name, arguments)
                return _guarded(foreign.prepare(given, context))
        tool = self._tools.get(called)
        if tool is None:
            available = ", ".join(self.names)
            raise ToolFailure(f"There is no tool {name!r}. The tools are: {available}.")
        with _system_errors_told(tool.name):
            return _guarded(tool.prepare(_validated(tool, arguments), context))


def _guarded(call: PreparedCall) -> PreparedCall:
    """`call`, and what is made of it, with the system's errors told as failures."""

    def execute(context: ToolContext) -> ToolResult:
        with _system_errors_told(f"{call.title} {call.sub_title or ''}"[:200]):
            return call.execute(context)

    def revise(decision: Decision) -> PreparedCall:
        assert call.revise is not None
        return _guarded(call.revise(decision))

    def widen(denial: Denial) -> PreparedCall:
        assert call.widen is not None
        return _guarded(call.widen(denial))

    return replace(
        call,
        execute=execute,
        revise=revise if call.revise else None,
        widen=widen if call.widen else None,
    )


@contextmanager
def _system_errors_told(what: str) -> Iterator[None]:
    """What the system refuses is told to the model; it is no fault of the turn."""
    try:
        yield
    except OSError as error:
        raise ToolFailure(f"{what}: {error.strerror or error}.") from error


def _validated(tool: Tool, arguments: object) -> BaseModel:
    from pydantic import ValidationError

    try:
        return tool.arguments.model_validate(_object(tool.name, arguments))
    except ValidationError as error:
        raise ToolFailure(f"{tool.name}: {_complaints(error)}.") from error


def _object(name: str, arguments: object) -> dict[str, Any]:
    """The arguments of a call of `name`, if they are an object that can be sent."""
    if isinstance(arguments, str):
        raise ToolFailure(f"The arguments of {name} are not valid JSON. Send a JSON object.")
    if not isinstance(arguments, dict):
        raise ToolFailure(f"The arguments of {name} must be a JSON object.")
    if not _encodable(arguments):
        raise ToolFailure(f"The arguments of {name} hold half a character (a lone surrogate).")
    return arguments


def _encodable(value: object) -> bool:
    """Whether every string in `value` can be written as UTF-8. No recursion: depth is theirs."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            try:
                item.encode()
            except UnicodeEncodeError:
                return False
        elif isinstance(item, dict):
            waiting.extend((*item.keys(), *item.values()))
        elif isinstance(item, list):
            waiting.extend(item)
    return True


def _complaints(error: ValidationError, most: int = 5) -> str:
    """What is wrong with the arguments, in one line."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    said = []
    for complaint in found[:most]:
        where = ".".join(str(step) for step in complaint["loc"]) or "the arguments"
        what = {
            "missing": "is missing",
            "extra_forbidden": "is not an argument of this tool",
        }.get(complaint["type"], "– " + complaint["msg"].lower())
        said.append(f"{where} {what}")
    if len(found) > most:
        said.append(f"{len(found) - most} more")
    return "; ".join(said)


@cache
def _schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema, without titles and references: some servers read neither.

    The same object each time (to make those of all tools takes 6 ms), so not to be changed.
    """
    schema = arguments.model_json_schema()
    definitions = schema.pop("$defs", {})
    plain: dict[str, Any] = _plain(schema, definitions)
    return plain


def _plain(part: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_plain(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _plain(definitions[part["$ref"].rpartition("/")[2]], definitions)
    optional = part.get("anyOf")
    if isinstance(optional, list) and {"type": "null"} in optional and len(optional) == 2:
        # an optional argument is simply left out
        rest = {key: value for key, value in part.items() if key not in ("anyOf", "default")}
        part = {**next(kind for kind in optional if kind != {"type": "null"}), **rest}
        return _plain(part, definitions)
    return {
        key: _named(value, definitions) if key == "properties" else _plain(value, definitions)
        for key, value in part.items()
        if key != "title"
    }


def _named(properties: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value, definitions) for name, value in properties.items()}
