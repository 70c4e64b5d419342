"""For agents of PydanticAI (`grafftui[pydantic-ai]`): Codex as a model, and Codex as a tool.

from grafftui.backends.codex.pydantic_ai import CodexModel, codex_handoff_tool

agent = Agent(CodexModel(), tools=[Tool(add)])

The names are those of codex-sdk-python. The envelope in which a model plans tool calls can be
used without PydanticAI's agents, too.
"""

from __future__ import annotations

from importlib.util import find_spec

from grafftui.errors import UsageError

if find_spec("pydantic_ai") is None:
    raise UsageError(
        "the package “pydantic-ai-slim” is missing", hint="install grafftui[pydantic-ai]"
    )

from grafftui.backends.codex.pydantic_ai.envelope import (
    PlannedCall,
    ToolPlan,
    ToolPlanValidationError,
    build_envelope_schema,
    parse_tool_plan,
    validate_tool_plan,
)
from grafftui.backends.codex.pydantic_ai.handoff import codex_handoff_tool
from grafftui.backends.codex.pydantic_ai.model import CodexModel

__all__ = [
    "CodexModel",
    "PlannedCall",
    "ToolPlan",
    "ToolPlanValidationError",
    "build_envelope_schema",
    "codex_handoff_tool",
    "parse_tool_plan",
    "validate_tool_plan",
]
