"""What `codex exec` is told: of the program, of a thread, of a turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from grafftui.backends.codex.exec.abort import AbortSignal

SandboxMode = Literal["read-only", "workspace-write", "danger-full-access"]
WebSearchMode = Literal["disabled", "cached", "live"]


@dataclass(frozen=True, slots=True)
class CodexOptions:
    """Of the program.

    Attributes:
        codex_path_override: The program; None looks for it.
        base_url: OPENAI_BASE_URL of the process.
        api_key: CODEX_API_KEY of the process.
        env: All of its environment, in the place of ours; None for ours.
        config_overrides: Settings over those of config.toml.
    """

    codex_path_override: str | Path | None = None
    base_url: str | None = None
    api_key: str | None = None
    env: Mapping[str, str] | None = None
    config_overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThreadOptions:
    """Of a thread. What is None is as the person's settings have it.

    `codex exec` asks nobody: it forces `approval_policy` to "never", whatever is said here. Only
    `automatic_review` lets anything through that would be asked about: Codex reviews it itself.

    Attributes:
        model: Its name.
        sandbox_mode: What commands may do.
        working_directory: Where it works.
        additional_directories: Where it may write besides.
        skip_git_repo_check: Whether it may work outside a git repository.
        model_reasoning_effort: "low", "medium", "high" …
        network_access_enabled: Whether commands that may write reach the network.
        web_search_mode: "disabled", "cached" or "live".
        web_search_enabled, web_search_cached_enabled: The same, as it was said before.
        approval_policy: See above; "on-failure" is gone.
        automatic_review: See above.
        ephemeral: Whether nothing of it is kept.
        shell_snapshot_enabled, background_terminals_enabled, apply_patch_freeform_enabled,
        exec_policy_enabled, remote_models_enabled, request_compression_enabled: Features; most
            of them are always on, or gone, in versions since 0.144.
        feature_overrides: Features by name; those above come before them.
        config_overrides: Settings over those of config.toml and of the program.
    """

    model: str | None = None
    sandbox_mode: SandboxMode | None = None
    working_directory: str | Path | None = None
    additional_directories: Sequence[str | Path] = ()
    skip_git_repo_check: bool = False
    model_reasoning_effort: str | None = None
    network_access_enabled: bool | None = None
    web_search_mode: WebSearchMode | None = None
    web_search_enabled: bool | None = None
    web_search_cached_enabled: bool | None = None
    approval_policy: str | Mapping[str, Any] | None = None
    automatic_review: bool = False
    ephemeral: bool = False
    shell_snapshot_enabled: bool | None = None
    background_terminals_enabled: bool | None = None
    apply_patch_freeform_enabled: bool | None = None
    exec_policy_enabled: bool | None = None
    remote_models_enabled: bool | None = None
    request_compression_enabled: bool | None = None
    feature_overrides: Mapping[str, bool] = field(default_factory=dict)
    config_overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnOptions:
    """Of a turn.

    Attributes:
        output_schema: A JSON schema the answer has to follow.
        signal: Stops it.
    """

    output_schema: Mapping[str, Any] | None = None
    signal: AbortSignal | None = None
