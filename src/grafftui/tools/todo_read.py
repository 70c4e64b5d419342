"""Shows the todo list to the model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from grafftui.tools.base import PreparedCall, ToolContext, ToolResult


class TodoReadArguments(BaseModel):
    """`todo_read` takes nothing."""

    model_config = ConfigDict(extra="forbid")


class TodoRead:
    """Shows the todo list to the model."""

    name = "todo_read"
    description = "Read the list of what is to be done."
    arguments = TodoReadArguments

    def prepare(self, arguments: TodoReadArguments, context: ToolContext) -> PreparedCall:
        """The call; needs no yes."""

        def execute(context: ToolContext) -> ToolResult:
            shown = context.todos.checklist()
            return ToolResult(shown or "The list is empty.", output=shown)

        return PreparedCall(title="Read Todos", sub_title=None, execute=execute)
