"""Models: what is asked, what comes back, and who serves it."""

from grafftui.models.messages import (
    AssistantMessage,
    Message,
    ReasoningPart,
    ToolCall,
    ToolResultMessage,
    ToolSpec,
    UserMessage,
    message_from_wire,
)
from grafftui.models.request import ModelRequest
from grafftui.models.stream import (
    Delta,
    Finished,
    Model,
    ReasoningDelta,
    TextDelta,
    ToolCallStarted,
    Usage,
)

__all__ = [
    "AssistantMessage",
    "Delta",
    "Finished",
    "Message",
    "Model",
    "ModelRequest",
    "ReasoningDelta",
    "ReasoningPart",
    "TextDelta",
    "ToolCall",
    "ToolCallStarted",
    "ToolResultMessage",
    "ToolSpec",
    "Usage",
    "UserMessage",
    "message_from_wire",
]
