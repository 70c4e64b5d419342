"""An agent in a file: YAML frontmatter, then its system prompt (CodeGraff's form).

Unknown keys are ignored, as CodeGraff's own grow; a wrong value is an error that names the key.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from grafftui.core.agents import Agent, AgentModel
from grafftui.core.definitions.files import DefinitionFile
from grafftui.core.definitions.frontmatter import split
from grafftui.settings.settings import ReasoningEffort

_ALIASES: Final = {
    "search": "fs_search",
    "grep": "fs_search",
    "glob": "fs_search",
    "bash": "shell",
    "edit": "patch",
    "multiedit": "multi_patch",
    "webfetch": "fetch",
    "todowrite": "todo_write",
    "todoread": "todo_read",
}
"""What other agents call them → our tools. Case does not count."""

_NOT_HERE: Final = frozenset(("sem_search", "tools_list", "tools_info", "call_tool"))
"""CodeGraff's tools that have no counterpart: an agent that names them goes without."""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class _Reasoning(BaseModel):
    model_config = ConfigDict(extra="ignore")
    effort: ReasoningEffort | None = None
    enabled: bool = True


class _Compact(BaseModel):
    """CodeGraff's names; what else it knows is ignored."""

    model_config = ConfigDict(extra="ignore")
    token_threshold: Annotated[int, Field(ge=1)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, alias="token_threshold_percentage"
    )
    turn_threshold: Annotated[int, Field(ge=1)] | None = None
    message_threshold: Annotated[int, Field(ge=1)] | None = None
    eviction: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, alias="eviction_window"
    )
    retention: Annotated[int, Field(ge=0)] | None = Field(default=None, alias="retention_window")


class _Frontmatter(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str
    title: str | None = None
    description: str | None = None
    provider: str | None = None
    model: str | None = None
    tools: list[str] | None = None
    tool_supported: bool = True
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=1, le=1000)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    reasoning: _Reasoning | None = None
    compact: _Compact | None = None
    custom_rules: str | None = None
    user_prompt: str | None = None
    max_requests_per_turn: Annotated[int, Field(ge=1, le=10_000)] | None = None
    max_turns: Annotated[int, Field(ge=1, le=10_000)] | None = None
    max_tool_failure_per_turn: Annotated[int, Field(ge=1, le=1_000)] | None = None

    @field_validator("id")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if not _ID.fullmatch(value):
            raise ValueError("must be a word of letters, digits, `-`, `_` and `.`")
        return value


def agent_id_in(file: DefinitionFile) -> str:
    """The id of the agent a file defines; "" when it cannot be read."""
    try:
        keys, _ = split(file.text)
    except ValueError:
        return ""
    return str(keys.get("id", "")).lower()


def agent_in(file: DefinitionFile, tools: tuple[str, ...], agents: Collection[str] = ()) -> Agent:
    """The agent a file defines.

    Args:
        tools: Names of the tools there are.
        agents: Ids of the agents there are: it may call them as tools.

    Raises:
        ValueError: It defines none; the message says what is wrong.
    """
    keys, body = split(file.text)
    try:
        said = _Frontmatter.model_validate(keys)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where}: {first['msg']}") from None
    if not body:
        raise ValueError("it has no system prompt below its first lines")
    return Agent(
        id=said.id.lower(),
        title=said.title or said.id,
        description=said.description or "",
        tools=_chosen(said.tools or [], tools, agents) if said.tool_supported else (),
        instructions=body,
        of_project=file.of_project,
        own_prompt=True,
        custom_rules=said.custom_rules or "",
        compact=said.compact.model_dump(exclude_none=True) if said.compact else {},
        user_prompt=(said.user_prompt or "").strip(),
        model=_model(said),
    )


def _model(said: _Frontmatter) -> AgentModel:
    reasoning = said.reasoning
    effort = None
    if reasoning is not None:
        effort = reasoning.effort if reasoning.enabled else "none"
    return AgentModel(
        provider=said.provider,
        model=said.model,
        temperature=said.temperature,
        top_p=said.top_p,
        top_k=said.top_k,
        max_tokens=said.max_tokens,
        reasoning_effort=effort,
        max_requests_per_turn=said.max_requests_per_turn or said.max_turns,
        max_tool_failure_per_turn=said.max_tool_failure_per_turn,
    )


def _chosen(wanted: list[str], tools: tuple[str, ...], agents: Collection[str]) -> tuple[str, ...]:
    """The tools that names, globs and aliases stand for, each once. MCP tools keep their glob;
    agents are meant by their names only."""
    chosen: dict[str, None] = {}
    for name in wanted:
        low = _ALIASES.get(name.lower(), name.lower())
        if low in _NOT_HERE:
            continue
        matching = [tool for tool in tools if fnmatchcase(tool, low)]
        if not matching and low in agents:
            matching = [low]
        if not matching and not low.startswith(("mcp_", "*")):
            raise ValueError(f"tools: there is no tool {name!r} (there are {', '.join(tools)})")
        chosen |= dict.fromkeys(matching)
        if low.startswith("mcp_") or low == "*":
            chosen["mcp_*" if low == "*" else low] = None
    return tuple(chosen)
