"""Changes the todo list."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult

MAX_TODO_CHARS = 1_000


class OneTodo(BaseModel):
    """One thing to do."""

    model_config = ConfigDict(extra="forbid")

    content: str = Field(description="What is to be done, at most 1,000 characters.")
    status: Literal["pending", "in_progress", "completed", "cancelled"] = Field(
        description="How far it is; cancelled takes it off the list."
    )


class TodoWriteArguments(BaseModel):
    """What `todo_write` takes."""

    model_config = ConfigDict(extra="forbid")

    todos: list[OneTodo] = Field(description="Only what is new or has changed.")


class TodoWrite:
    """Changes the todo list."""

    name = "todo_write"
    description = (
        "Keep a list of what is to be done, for work of several steps; the person sees it. Send "
        "only what is new or has changed: an item with the same content gets the new status."
    )
    arguments = TodoWriteArguments

    def prepare(self, arguments: TodoWriteArguments, context: ToolContext) -> PreparedCall:
        """The call; needs no yes."""
        for todo in arguments.todos:
            if not todo.content.strip():
                raise ToolFailure("A todo has no content. Say what is to be done.")
            if len(todo.content) > MAX_TODO_CHARS:
                raise ToolFailure(
                    f"The todo {todo.content[:40]!r}… has more than {MAX_TODO_CHARS:,} characters."
                )

        def execute(context: ToolContext) -> ToolResult:
            context.todos.merge((todo.content, todo.status) for todo in arguments.todos)
            shown = context.todos.checklist()
            return ToolResult(
                shown or "The list is empty.", output=shown, todos=context.todos.to_wire()
            )

        return PreparedCall(
            title="Update Todos", sub_title=f"{len(arguments.todos)} item(s)", execute=execute
        )
