"""What `codex exec --json` says. Unknown types and fields are passed on as they came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


class Item:
    """An item, with its fields as attributes: `item.type`, `item.text`, `item.exit_code` …

    Attributes:
        data: The fields, as they came.
    """

    __slots__ = ("data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = dict(data)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.data[name]
        except KeyError:
            kind = self.data.get("type")
            raise AttributeError(f"an item {kind!r} has no {name}") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Item) and self.data == other.data

    def __hash__(self) -> int:
        return hash(self.data.get("id"))

    def __repr__(self) -> str:
        return f"Item({self.data!r})"

    @property
    def id(self) -> str:
        """Within its turn."""
        return str(self.data.get("id", ""))

    @property
    def type(self) -> str:
        """`agent_message`, `reasoning`, `command_execution`, `file_change` …"""
        return str(self.data.get("type", ""))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens. `codex exec` counts all of a thread, from its beginning."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_output_tokens: int = 0

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Usage:
        """What it knows of `wire`."""
        return cls(**{name: int(wire.get(name) or 0) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class ThreadEvent:
    """Something that happened.

    Attributes:
        type: `thread.started`, `turn.completed`, `item.completed`, `error` …
        item: For `item.…`.
        usage: For `turn.completed`.
        thread_id: For `thread.started`.
        message: For `error` and `turn.failed`: why.
        data: As it came.
    """

    type: str
    item: Item = field(default_factory=lambda: Item({}))
    usage: Usage | None = None
    thread_id: str = ""
    message: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that is over.

    Attributes:
        items: What was completed, in order.
        final_response: The last message of the agent.
        usage: See `Usage`; None where none was said.
    """

    items: list[Item]
    final_response: str
    usage: Usage | None

    def of_type(self, kind: str) -> list[Item]:
        """The items of one type."""
        return [item for item in self.items if item.type == kind]

    def agent_messages(self) -> list[Item]:
        """What the agent said."""
        return self.of_type("agent_message")

    def reasoning(self) -> list[Item]:
        """What it thought."""
        return self.of_type("reasoning")

    def commands(self) -> list[Item]:
        """What it ran."""
        return self.of_type("command_execution")

    def file_changes(self) -> list[Item]:
        """What it changed."""
        return self.of_type("file_change")

    def mcp_tool_calls(self) -> list[Item]:
        """What it called."""
        return self.of_type("mcp_tool_call")

    def web_searches(self) -> list[Item]:
        """What it looked up."""
        return self.of_type("web_search")

    def todo_lists(self) -> list[Item]:
        """What it meant to do."""
        return self.of_type("todo_list")

    def errors(self) -> list[Item]:
        """What went wrong on the way."""
        return self.of_type("error")


def event_of(wire: Mapping[str, Any]) -> ThreadEvent:
    """What `wire` says."""
    item, usage, error = wire.get("item"), wire.get("usage"), wire.get("error")
    message = error.get("message") if isinstance(error, Mapping) else wire.get("message")
    return ThreadEvent(
        type=str(wire.get("type", "")),
        item=Item(item if isinstance(item, Mapping) else {}),
        usage=Usage.from_wire(usage) if isinstance(usage, Mapping) else None,
        thread_id=str(wire.get("thread_id") or ""),
        message=str(message or ""),
        data=wire,
    )


def turn_of(events: Iterator[ThreadEvent] | list[ThreadEvent]) -> Turn:
    """The turn that `events` tell of."""
    items: list[Item] = []
    usage: Usage | None = None
    for event in events:
        if event.type == "item.completed":
            items.append(event.item)
        elif event.type == "turn.completed":
            usage = event.usage
    said = [item for item in items if item.type == "agent_message"]
    return Turn(items, str(said[-1].data.get("text", "")) if said else "", usage)
