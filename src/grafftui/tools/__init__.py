"""What the model can do: read, change and search files, run commands, fetch pages, keep todos.

Importing this loads no tool and no validation library; a `Toolbox` loads those it holds.
"""

from grafftui.tools.assignment import TASK, Assignment
from grafftui.tools.background_commands import BackgroundCommand, BackgroundCommands
from grafftui.tools.base import (
    AllRejected,
    Confiner,
    FileChange,
    ForeignTool,
    PreparedCall,
    Tool,
    ToolContext,
    ToolFailure,
    ToolLimits,
    ToolResult,
    error_result,
)
from grafftui.tools.read_log import ReadLog
from grafftui.tools.registry import TOOLS, Toolbox
from grafftui.tools.snapshots import Snapshots
from grafftui.tools.todos import TodoList
from grafftui.tools.workspace import Workspace

__all__ = [
    "TASK",
    "TOOLS",
    "AllRejected",
    "Assignment",
    "BackgroundCommand",
    "BackgroundCommands",
    "Confiner",
    "FileChange",
    "ForeignTool",
    "PreparedCall",
    "ReadLog",
    "Snapshots",
    "TodoList",
    "Tool",
    "ToolContext",
    "ToolFailure",
    "ToolLimits",
    "ToolResult",
    "Toolbox",
    "Workspace",
    "error_result",
]
