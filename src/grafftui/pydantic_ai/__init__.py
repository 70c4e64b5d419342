"""For agents of PydanticAI (`grafftui[pydantic-ai]`): our models, and our core as a tool.

from grafftui import Graff
from grafftui.pydantic_ai import GrafftuiModel, as_tool

graff = Graff(provider="anthropic")
agent = Agent(GrafftuiModel(graff), tools=[as_tool(graff)])
"""

from __future__ import annotations

from importlib.util import find_spec

from grafftui.errors import UsageError

if find_spec("pydantic_ai") is None:
    raise UsageError(
        "the package “pydantic-ai-slim” is missing", hint="install grafftui[pydantic-ai]"
    )

from grafftui.pydantic_ai.model import GrafftuiModel
from grafftui.pydantic_ai.tool import as_tool

__all__ = ["GrafftuiModel", "as_tool"]
