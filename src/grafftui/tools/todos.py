"""The conversation's todo list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal, cast, get_args

TodoStatus = Literal["pending", "in_progress", "completed", "cancelled"]

MARKS: Mapping[str, str] = {"pending": "[ ]", "in_progress": "[~]", "completed": "[x]"}
"""How a status is shown in plain text."""


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do; `id` is unique in its list."""

    id: str
    content: str
    status: TodoStatus


class TodoList:
    """The list, merged by content: a known content changes its status, a new one is appended.

    Args:
        todos: What the list held when it was last reported, each `{id, content, status}`.
    """

    def __init__(self, todos: Iterable[Mapping[str, str]] = ()) -> None:
        self._todos: dict[str, Todo] = {}
        self._last_id = 0
        for todo in todos:
            status = todo.get("status")
            if status in get_args(TodoStatus):
                self._set(todo["content"], cast(TodoStatus, status), todo.get("id"))

    def merge(self, items: Iterable[tuple[str, TodoStatus]]) -> None:
        """Take in `(content, status)` pairs; "cancelled" removes."""
        for content, status in items:
            self._set(content, status)

    def _set(self, content: str, status: TodoStatus, known_id: str | None = None) -> None:
        if status == "cancelled":
            self._todos.pop(content, None)
            return
        before = self._todos.get(content)
        self._todos[content] = Todo(
            before.id if before else self._new_id(known_id), content, status
        )

    def _new_id(self, known: str | None) -> str:
        taken = {todo.id for todo in self._todos.values()}
        if known and known not in taken:
            return known
        self._last_id += 1
        while str(self._last_id) in taken:
            self._last_id += 1
        return str(self._last_id)

    def to_wire(self) -> list[dict[str, str]]:
        """The whole list, in order, each `{id, content, status}`."""
        return [asdict(todo) for todo in self._todos.values()]

    def checklist(self) -> str:
        """The list as plain lines."""
        lines = [f"{MARKS[todo.status]} {todo.content}" for todo in self._todos.values()]
        return "\n".join(lines)
