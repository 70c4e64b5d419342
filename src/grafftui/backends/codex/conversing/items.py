"""Items of a turn (commands, patches, calls, …) as tool calls in our events.

An item of a type nobody here knows is a tool call by the name of its type, so nothing that was
done goes unseen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui import events
from grafftui.backends.codex.conversing.changes import FileChange, changes_in, shown_path
from grafftui.backends.codex.conversing.shells import argv_of, script_of
from grafftui.backends.codex.messages import ServerRequest
from grafftui.events import AgentEvent
from grafftui.text import one_line
from grafftui.text.redact import RedactingStream, redact

Json = dict[str, Any]

_MOST_SUBJECT: Final = 300
_MOST_TEXT: Final = 100_000
"""Characters of an item of which no more is known than its fields."""
_COMPACTED: Final = events.compacted(
    "", by="codex", tokens_before=0, tokens_after=0, messages_before=0, messages_after=0
)
_GOES_ON: Final = "It goes on in the background."
_AGENT_TITLES: Final = {
    "spawnAgent": "Start an agent",
    "sendInput": "Tell an agent",
    "resumeAgent": "Wake an agent",
    "wait": "Wait for agents",
    "closeAgent": "End an agent",
}
_UNSHOWN: Final = ("id", "type", "status", "startedAtMs", "completedAtMs")


@dataclass(slots=True)
class _Call:
    """A tool call that was told of and is not over."""

    name: str
    changes: list[FileChange] = field(default_factory=list)
    output: RedactingStream = field(default_factory=RedactingStream)


class ItemTelling:
    """Of one turn.

    Args:
        root: Real path of the workspace.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._items: dict[str, Json] = {}
        self._calls: dict[str, _Call] = {}

    def item(self, id: str) -> Json:
        """The item as it was last told of; {} for none."""
        return self._items.get(id, {})

    def about(self, question: ServerRequest) -> Json:
        """The item that a question is about; {} where that cannot be told for certain.

        An MCP server's tool is asked about without naming it: it is the one call that waits.
        """
        if question.item_id:
            return self.item(question.item_id)
        params, meta = question.params, question.params.get("_meta")
        wanted = meta.get("tool_params") if isinstance(meta, dict) else None
        found = [
            item
            for item in map(self.item, self._calls)
            if item.get("type") == "mcpToolCall"
            and item.get("server") == params.get("serverName")
            and (item.get("arguments") or {}) == (wanted or {})
        ]
        return found[0] if len({item.get("tool") for item in found}) == 1 else {}

    def started(self, item: Json) -> list[AgentEvent]:
        """It begins."""
        id, type = str(item.get("id", "")), str(item.get("type") or "item")
        self._items[id] = item
        if type == "contextCompaction":
            return []
        changes = changes_in(item, self._root) if type == "fileChange" else []
        name, title, subject, arguments = _described(type, item, self._root, changes)
        self._calls[id] = _Call(name, changes)
        return [
            events.tool_call_start(name, id, told(arguments)),
            events.tool_input(title, one_line(redact(subject), _MOST_SUBJECT) or None),
        ]

    def output(self, id: str, delta: str) -> list[AgentEvent]:
        """A piece of what it prints."""
        call = self._calls.get(id)
        shown = call.output.feed(delta) if call is not None else ""
        return [events.tool_progress(id, shown)] if shown else []

    def completed(self, item: Json) -> list[AgentEvent]:
        """It is over."""
        id, type = str(item.get("id", "")), str(item.get("type") or "item")
        if type == "contextCompaction":
            return [_COMPACTED]
        found = [] if id in self._calls else self.started(item)
        self._items[id] = item
        call = self._calls.pop(id)
        status, error = str(item.get("status") or "completed"), item.get("error")
        if type == "fileChange" and status == "completed":
            found += self._file_changes(id, call.changes)
        is_error = bool(error) or status in ("failed", "declined", "errored")
        values = _values(type, item)
        found.append(events.tool_call_end(call.name, id, is_error=is_error, values=values))
        return found

    def end(self) -> list[AgentEvent]:
        """The turn is over: what has no end yet goes on without it."""
        found = [
            events.tool_call_end(call.name, id, is_error=False, values=[{"text": _GOES_ON}])
            for id, call in self._calls.items()
        ]
        self._calls.clear()
        return found

    def _file_changes(self, id: str, changes: list[FileChange]) -> Iterable[AgentEvent]:
        """As they were seen before they were made: then the files said what was to go."""
        for change in changes:
            yield events.file_changed(
                id,
                shown_path(change.path, self._root),
                change.change,
                redact(change.diff),
                change.added,
                change.removed,
            )


def told(value: Any) -> Any:
    """A JSON value without secrets, in any depth."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {str(key): told(item) for key, item in value.items()}
    return [told(item) for item in value] if isinstance(value, list) else value


def _described(
    type: str, item: Json, root: str, changes: list[FileChange]
) -> tuple[str, str, str, Any]:
    """Name, title, subject and arguments of the tool call that an item is."""
    match type:
        case "commandExecution":
            command = str(item.get("command") or "")
            argv, script = argv_of(command), script_of(command)
            title = f"Execute [{argv[0]}]" if script != command and argv else "Execute"
            return "shell", title, script, {"command": script, "cwd": item.get("cwd")}
        case "fileChange":
            paths = [shown_path(change.path, root) for change in changes]
            return "patch", "Patch", ", ".join(dict.fromkeys(paths)), {"paths": paths}
        case "mcpToolCall":
            name = f"mcp_{item.get('server')}_tool_{item.get('tool')}"
            return name, str(item.get("tool")), str(item.get("server")), item.get("arguments")
        case "dynamicToolCall":
            name = str(item.get("tool") or type)
            return name, name, "", item.get("arguments")
        case "webSearch":
            query = str(item.get("query") or "")
            return "web_search", "Search the web", query, {"query": query}
        case "collabAgentToolCall":
            task = str(item.get("prompt") or "")
            tool = str(item.get("tool") or "")
            return "task", _AGENT_TITLES.get(tool, f"Agent: {tool}"), task, {"task": task}
        case "imageView":
            path = str(item.get("path") or "")
            return "image_view", "Look at", shown_path(path, root), {"path": path}
        case _:
            return type, type, "", {}


def _values(type: str, item: Json) -> list[Any]:
    match type:
        case "commandExecution":
            return [{"text": _of_command(item)}]
        case "mcpToolCall":
            return [{"text": _of_mcp(item)}]
        case "fileChange":
            return [{"text": _of_changes(item)}]
        case "collabAgentToolCall":
            return [{"text": _of_agents(item)}]
        case "enteredReviewMode" | "exitedReviewMode":
            return [{"text": redact(str(item.get("review") or ""))}]
    rest = {name: value for name, value in item.items() if name not in _UNSHOWN and value}
    text = json.dumps(told(rest), ensure_ascii=False, indent=1) if rest else ""
    return [{"text": text[:_MOST_TEXT]}]


def _of_command(item: Json) -> str:
    output = redact(str(item.get("aggregatedOutput") or "")).rstrip("\n")
    code = item.get("exitCode")
    if item.get("status") == "declined":
        return output or "Not run."
    return output if code in (0, None) else f"{output}\n(exit code {code})".lstrip("\n")


def _of_mcp(item: Json) -> str:
    error, result = item.get("error"), item.get("result")
    if isinstance(error, dict):
        return redact(str(error.get("message") or error))
    parts = result.get("content") if isinstance(result, dict) else None
    texts = [
        str(part.get("text", "")) if part.get("type") == "text" else f"[{part.get('type')}]"
        for part in parts or ()
        if isinstance(part, dict)
    ]
    return redact("\n".join(texts))


def _of_agents(item: Json) -> str:
    states = item.get("agentsStates")
    lines = [
        ": ".join(str(state[name]) for name in ("status", "message") if state.get(name))
        for state in (states.values() if isinstance(states, dict) else ())
        if isinstance(state, dict)
    ]
    return redact("\n".join(lines))


def _of_changes(item: Json) -> str:
    if item.get("status") == "completed":
        return "Done."
    return "Not done." if item.get("status") == "declined" else "It failed."
