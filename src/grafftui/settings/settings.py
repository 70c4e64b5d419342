"""Everything the person can choose: `settings.toml`, read leniently and written carefully.

Only the person's own files are read here, ForgeCode's among them. Loading this module loads
pydantic, so it comes after the first frame.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from grafftui.errors import UsageError
from grafftui.settings.first_frame import FILE_NAME
from grafftui.settings.layers import forge_files, forge_variables, merged, own_file
from grafftui.settings.problem import Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from grafftui.settings.paths import Paths

ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
"""As in the CodeGraff settings."""

BackendName = Literal["graff", "codex"]
"""What runs turns: our own core, or another agent."""

StartMode = Literal["plan", "ask", "edits", "sandboxed"]
"""Modes of `approvals`. "full" is asked for each time, never kept."""

_MAX_PROBLEMS: Final = 20
"""Lines worth reading; the rest is counted."""

_Text = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00]*$")]
_ModelName = Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[^\x00-\x20]+$", max_length=400)]
_TokenCount = Annotated[int, Field(ge=1, le=100_000_000)]
_Dollars = Annotated[float, Field(gt=0, le=1_000_000)]
_TokenBudget = Annotated[int, Field(ge=1, le=1_000_000_000_000)]


class BudgetSettings(BaseModel):
    """The table `[budget]`: how much may be spent. What is absent is not limited.

    Attributes:
        conversation_soft: US dollars from which on a conversation says what it has cost, once.
        conversation_hard: US dollars from which on it sends no request.
        conversation_tokens_hard: The same in tokens, sent and answered; needs no known price.
        day_soft, day_hard, day_tokens_hard: The same for all conversations of a day together.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    conversation_soft: _Dollars | None = None
    conversation_hard: _Dollars | None = None
    conversation_tokens_hard: _TokenBudget | None = None
    day_soft: _Dollars | None = None
    day_hard: _Dollars | None = None
    day_tokens_hard: _TokenBudget | None = None


class CompactSettings(BaseModel):
    """The table `[compact]`: when older messages give way to a summary. CodeGraff's defaults.

    Attributes:
        token_threshold: Tokens of the context at which a compaction is due.
        share: The same as a share of the model's context window; the smaller of the two counts.
        turn_threshold: Prompts of the person at which one is due; None for any number.
        message_threshold: Messages at which one is due; None for any number.
        eviction: The most that an automatic one takes out, as a share of the tokens.
        retention: How many of the newest messages are kept word for word.
        summariser: Who writes the summary of an automatic one: "extractive" asks no model.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    token_threshold: _TokenCount = 100_000
    share: Annotated[float, Field(gt=0, le=1)] = 0.7
    turn_threshold: Annotated[int, Field(ge=1)] | None = None
    message_threshold: Annotated[int, Field(ge=1)] | None = None
    eviction: Annotated[float, Field(gt=0, le=1)] = 0.2
    retention: Annotated[int, Field(ge=0, le=1_000_000)] = 6
    summariser: Literal["extractive", "model"] = "extractive"


class CheckpointSettings(BaseModel):
    """The table `[checkpoints]`: keeping the workspace as it was, so that work can be undone.

    Attributes:
        on: Whether it is kept.
        max_file_mb: Largest file that is.
        max_workspace_mb: Largest workspace: all its files that are not ignored, together.
        max_disk_mb: What all checkpoints may take on disk; the oldest go first.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    on: bool = True
    max_file_mb: Annotated[int, Field(ge=1, le=1_024)] = 32
    max_workspace_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 2_048
    max_disk_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 4_096


class TracingSettings(BaseModel):
    """The table `[tracing]`: OpenTelemetry spans of turns, by the tracer provider of the process.

    Attributes:
        on: Whether there are any.
        content: Whether prompts, answers, and what tools are given and give stand in them.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    on: bool = False
    content: bool = False


class Settings(BaseModel):
    """What the person has chosen. Flat keys of `settings.toml`; every one may be absent.

    Attributes:
        backend: What runs the turns of new conversations: our own core, or the Codex there is.
        provider: Id of the provider to start with; None for the first that has a key.
        model: Model of that provider; None to be asked.
        agent: Id of the agent to start with.
        mode: How much goes ahead without asking, for conversations that say nothing else.
        rules: Files of rules besides `policy.toml`: more of that form, or ForgeCode's
            `permissions.yaml`.
        theme: Name of the theme; None for the one that suits the terminal.
        reduced_motion: Whether nothing may move that need not.
        keymap: Action id → keys, as Textual's keymap has them ("ctrl+n,f2").
        max_tokens: Most tokens a model may answer with. CodeGraff's default.
        temperature: Sampling temperature; None leaves it to the provider.
        reasoning_effort: How much a model may think; None leaves it to the provider.
        commit_model: "provider/model" that writes commits' messages; None for the conversation's.
        suggest_model: The same for shell commands.
        vim: Whether the composer has vim's keys.
        max_requests_per_turn: Model requests after which a turn stops. CodeGraff's default.
        max_tool_failure_per_turn: Failed tool calls after which a turn stops. The same.
        tool_timeout: Seconds a tool may take. The same.
        retry_attempts: How often one request is sent at most.
        key_command: Provider id → argv of a program that prints its key.
        url_parameters: Provider id → values of its URL's parameters (for example OPENAI_URL).
        context_window: Model id → tokens its context holds, where the known size is wrong.
        titles: Whether a model is asked for the title of a conversation whose first prompt is too
            long to be one: one more small request, once.
        budget: How much may be spent.
        compact: When older messages give way to a summary.
        checkpoints: What is kept of a workspace, so that work can be undone.
        tracing: OpenTelemetry spans, off unless asked for.
        retention_days: Days after which conversations that nobody has used go to the bin, and
            what lies there is deleted; None for never. Pinned ones stay.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    backend: BackendName = "graff"
    provider: _Text | None = None
    model: _Text | None = None
    agent: _Text | None = None
    mode: StartMode = "ask"
    rules: list[_Text] = []
    theme: _Text | None = None
    reduced_motion: bool = False
    keymap: dict[str, _Text] = {}
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = 20_480
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    reasoning_effort: ReasoningEffort | None = None
    commit_model: _ModelName | None = None
    suggest_model: _ModelName | None = None
    vim: bool = False
    max_requests_per_turn: Annotated[int, Field(ge=1, le=10_000)] = 100
    max_tool_failure_per_turn: Annotated[int, Field(ge=1, le=1_000)] = 3
    tool_timeout: Annotated[float, Field(gt=0, le=86_400)] = 300.0
    retry_attempts: Annotated[int, Field(ge=1, le=20)] = 5
    key_command: dict[str, Annotated[list[_Text], Field(min_length=1)]] = {}
    url_parameters: dict[str, dict[str, _Text]] = {}
    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    context_window: dict[str, _TokenCount] = {}
    titles: bool = True
    budget: BudgetSettings = BudgetSettings()
    compact: CompactSettings = CompactSettings()
    checkpoints: CheckpointSettings = CheckpointSettings()
    tracing: TracingSettings = TracingSettings()

    def with_url_parameters(
        self, provider_id: str, parameters: Mapping[str, str], paths: Paths
    ) -> Settings:
        """These settings with a provider's URL parameters, which are saved as well.

        Raises:
            UsageError: A parameter that cannot be meant.
            SettingsError: The file cannot be written.
        """
        added = {provider_id: dict(parameters)}
        save(paths, {"url_parameters": added})
        kept = self.url_parameters.get(provider_id, {})
        merged = {**self.url_parameters, provider_id: {**kept, **parameters}}
        return self.model_copy(update={"url_parameters": merged})


def load(paths: Paths, environ: Mapping[str, str] = os.environ) -> tuple[Settings, list[Problem]]:
    """What the person has chosen, with defaults for what is absent or wrong.

    `FORGE_*` in `environ` count more than `settings.toml`, and that more than the `.forge.toml`
    and `forge.toml` of ForgeCode's own folder (see `forge_home`).

    Returns:
        The settings, and one problem for each thing that could not be used.
    """
    own = own_file(paths.settings / FILE_NAME)
    data: dict[str, Any] = {}
    problems = []
    for layer in (*forge_files(environ), own, forge_variables(environ)):
        _, wrong = salvage(layer.data, layer.path)
        problems += [*layer.problems, *wrong]
        data = merged(data, layer.data)
    return Settings.model_validate(data), problems


def save(paths: Paths, changes: Mapping[str, Any]) -> None:
    """Change some settings; comments and everything else in the file stay as they are.

    Args:
        changes: Key → value; a table's entries are merged into it; None removes.

    Raises:
        UsageError: A change that cannot be meant. Nothing is written.
        SettingsError: The file is broken (it is left alone), or cannot be written.
    """
    try:
        Settings.model_validate(_without_none(changes))
    except ValidationError as error:
        detail = error.errors()[0]
        raise UsageError(f"{_name(detail['loc'])}: {_sentence(detail)}") from None
    from grafftui.settings.writing import change_file

    change_file(paths.settings / FILE_NAME, changes)


def salvage(data: dict[str, Any], path: Path) -> tuple[Settings, list[Problem]]:
    """The settings in `data` without what is wrong, which is dropped from `data` and named."""
    wrong: list[ErrorDetails] = []
    while True:
        try:
            settings = Settings.model_validate(data)
            break
        except ValidationError as error:
            wrong += [detail for detail in error.errors() if _drop(data, detail["loc"])]
    problems = [
        Problem(path, _name(detail["loc"]), _sentence(detail)) for detail in wrong[:_MAX_PROBLEMS]
    ]
    if len(wrong) > _MAX_PROBLEMS:
        problems.append(Problem(path, "", f"{len(wrong) - _MAX_PROBLEMS} more problems like these"))
    return settings, problems


def _drop(data: dict[str, Any], location: tuple[int | str, ...]) -> bool:
    """Remove the innermost table entry that holds `location`; False when it is gone already."""
    table = data
    for part in location[:-1]:
        child = table.get(str(part))
        if not isinstance(child, dict):
            return table.pop(str(part), None) is not None
        table = child
    return table.pop(str(location[-1]), None) is not None


def _sentence(detail: ErrorDetails) -> str:
    """What is wrong, in the file's terms."""
    if detail["type"] == "extra_forbidden":
        known = BudgetSettings if detail["loc"][0] == "budget" else Settings
        near = difflib.get_close_matches(str(detail["loc"][-1]), known.model_fields, n=1)
        return "is not a setting" + (f"; did you mean {near[0]}?" if near else "")
    return re.sub(r"^\w+ should ", "must ", detail["msg"]) + "; the default is used"


def _name(location: tuple[int | str, ...]) -> str:
    """The dotted key; parts that are not plain words are quoted, so that they stay one line."""
    return ".".join(
        str(part) if re.fullmatch(r"[\w-]{1,80}", str(part), re.ASCII) else repr(str(part)[:80])
        for part in location
        if part != "[key]"
    )


def _without_none(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_none(value) if isinstance(value, Mapping) else value
        for name, value in changes.items()
        if value is not None
    }
