"""`create_client` and `create_async_client`, with the words of codex-python-sdk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

from grafftui.backends.codex.async_client import AsyncCodexClient
from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.hooks import ApprovalHooks, Hook, PolicyEngine
from grafftui.backends.codex.options import CodexOptions


class ClientWords(TypedDict, total=False):
    """What may be said; see `ApprovalHooks` and `CodexOptions`.

    `automatic_approval_review` has Codex review what it would ask about, and ask no hook;
    `web_search` is "disabled", "cached" or "live".
    """

    on_command_approval: Hook | None
    on_file_change_approval: Hook | None
    on_permissions_approval: Hook | None
    on_tool_request_user_input: Hook | None
    on_mcp_elicitation: Hook | None
    on_tool_call: Hook | None
    policy_engine: PolicyEngine | None
    automatic_approval_review: bool
    web_search: str
    enable_web_search: bool
    enabled_features: Sequence[str]
    disabled_features: Sequence[str]
    config_overrides: Mapping[str, Any]
    codex_bin: str | Path | None
    cwd: str | Path | None
    env: Mapping[str, str]
    request_timeout: float


_HOOKS = (*ApprovalHooks.__slots__,)


def create_client(**words: Unpack[ClientWords]) -> CodexClient:
    """A client; it is started on first use."""
    options, hooks = _understood(words)
    return CodexClient(options, hooks=hooks)


def create_async_client(**words: Unpack[ClientWords]) -> AsyncCodexClient:
    """The same, awaited."""
    options, hooks = _understood(words)
    return AsyncCodexClient(options, hooks=hooks)


def _understood(words: ClientWords) -> tuple[CodexOptions, ApprovalHooks]:
    said: dict[str, Any] = dict(words)
    hooks = ApprovalHooks(**{name: said.pop(name) for name in _HOOKS if name in said})
    config = dict(said.pop("config_overrides", {}))
    if said.pop("automatic_approval_review", False):
        config["approvals_reviewer"] = "auto_review"
    web_search = "live" if said.pop("enable_web_search", False) else None
    if web_search := said.pop("web_search", web_search):
        config["web_search"] = web_search
    for name in ("enabled_features", "disabled_features"):
        if name in said:
            said[name] = tuple(said[name])
    return CodexOptions(config=config, **said), hooks
