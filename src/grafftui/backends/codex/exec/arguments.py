"""The command line of `codex exec`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from grafftui.backends.codex.binary import find_codex
from grafftui.backends.codex.exec.options import CodexOptions, ThreadOptions
from grafftui.backends.codex.overrides import NO_TELEMETRY, overrides, toml
from grafftui.errors import UsageError

_FEATURES: Final = {
    "shell_snapshot_enabled": "shell_snapshot",
    "background_terminals_enabled": "unified_exec",
    "apply_patch_freeform_enabled": "apply_patch_freeform",
    "exec_policy_enabled": "exec_policy",
    "remote_models_enabled": "remote_models",
    "request_compression_enabled": "enable_request_compression",
}
_POLICIES: Final = ("untrusted", "on-request", "never")

ExecInput = str | Sequence[Mapping[str, Any]]
"""A prompt, or `{"type": "text", "text": …}` and `{"type": "local_image", "path": …}`."""


def environment(options: CodexOptions) -> dict[str, str]:
    """Of the process."""
    given = dict(os.environ if options.env is None else options.env)
    if options.base_url is not None:
        given["OPENAI_BASE_URL"] = options.base_url
    if options.api_key is not None:
        given["CODEX_API_KEY"] = options.api_key
    return given


def argv(
    options: CodexOptions,
    thread: ThreadOptions,
    *,
    thread_id: str | None,
    images: Sequence[str],
    schema_file: str | None,
) -> list[str]:
    """What is started; the prompt comes on its standard input.

    Raises:
        CodexNotFoundError: There is no codex program.
        UsageError: An option means nothing.
    """
    program = find_codex(options.codex_path_override, environment(options)).path
    pictures = [word for image in images for word in ("--image", image)]
    first = pictures if thread_id is None else []  # there it takes all words up to an option
    words = [str(program), "exec", *first, "--json", *NO_TELEMETRY]
    words += overrides(options.config_overrides)
    words += _settings(thread)
    if thread.model:
        words += ["--model", thread.model]
    if thread.sandbox_mode:
        words += ["--sandbox", thread.sandbox_mode]
    if thread.working_directory:
        words += ["--cd", str(thread.working_directory)]
    for directory in thread.additional_directories:
        words += ["--add-dir", str(directory)]
    words += ["--skip-git-repo-check"] if thread.skip_git_repo_check else []
    words += ["--ephemeral"] if thread.ephemeral else []
    words += ["--output-schema", schema_file] if schema_file else []
    if thread_id is not None:
        words += ["resume", thread_id, *pictures]
    return [*words, "-"]


def _settings(thread: ThreadOptions) -> list[str]:
    """`-c …`; what comes later wins."""
    config: dict[str, Any] = {f"features.{k}": v for k, v in thread.feature_overrides.items()}
    for attribute, feature in _FEATURES.items():
        if (wanted := getattr(thread, attribute)) is not None:
            config[f"features.{feature}"] = wanted
    if thread.model_reasoning_effort:
        config["model_reasoning_effort"] = thread.model_reasoning_effort
    if thread.network_access_enabled is not None:
        config["sandbox_workspace_write.network_access"] = thread.network_access_enabled
    if (search := _web_search(thread)) is not None:
        config["web_search"] = search
    words = list(overrides(config))
    if thread.approval_policy is not None:
        words += ["-c", f"approval_policy={toml(_policy(thread.approval_policy))}"]
    if thread.automatic_review:
        words += ["-c", 'approvals_reviewer="auto_review"', "--approve-for-me"]
    return [*words, *overrides(thread.config_overrides)]


def _web_search(thread: ThreadOptions) -> str | None:
    if thread.web_search_mode is not None:
        return thread.web_search_mode
    if thread.web_search_enabled:
        return "live"
    if thread.web_search_cached_enabled:
        return "cached"
    said = (thread.web_search_enabled, thread.web_search_cached_enabled)
    return "disabled" if False in said else None


def _policy(policy: str | Mapping[str, Any]) -> str | Mapping[str, Any]:
    if isinstance(policy, str) and policy not in _POLICIES:
        raise UsageError(
            f"there is no approval policy {policy!r}",
            hint=f"it is one of {', '.join(_POLICIES)}; on-failure is gone since 0.144",
        )
    return policy


def prompt_and_images(given: ExecInput) -> tuple[str, list[str]]:
    """The text of `given`, and the paths of its pictures.

    Raises:
        UsageError: It holds something else.
    """
    if isinstance(given, str):
        return given, []
    texts, images = [], []
    for part in given:
        if part.get("type") == "text":
            texts.append(str(part["text"]))
        elif part.get("type") == "local_image":
            images.append(str(Path(str(part["path"])).absolute()))
        else:
            raise UsageError(f"codex exec takes text and local_image, not {part.get('type')!r}")
    return "\n\n".join(texts), images
