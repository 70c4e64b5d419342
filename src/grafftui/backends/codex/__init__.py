"""Codex: the app-server and `codex exec`, as a library.

    from grafftui.backends.codex import Codex, TextInput

    with Codex() as codex:
        thread = codex.thread_start()
        print(thread.turn(TextInput("Say hello.")).run().text)

`Codex` and `AsyncCodex` have threads and turns, `CodexClient` and `AsyncCodexClient` every method
of the protocol, `grafftui.backends.codex.exec` runs `codex exec`. Names are loaded when they are
first used.
"""

from __future__ import annotations

from typing import Any

_MODULE_OF = {
    "AgentResponse": "responses",
    "ApprovalHooks": "hooks",
    "AsyncCodex": "async_threads",
    "AsyncCodexClient": "async_client",
    "AsyncLogin": "async_threads",
    "AsyncRunningCommand": "command_stream",
    "AsyncThread": "async_threads",
    "AsyncTurn": "async_threads",
    "Codex": "threads",
    "CodexAnswerError": "errors",
    "CodexBinary": "binary",
    "CodexClient": "client",
    "CodexConnectionError": "errors",
    "CodexError": "errors",
    "CodexNotFoundError": "errors",
    "CodexOptions": "options",
    "CodexRequestError": "errors",
    "CodexResultError": "errors",
    "CodexTimeoutError": "errors",
    "CodexTurnError": "errors",
    "CommandOutput": "command_stream",
    "ExecStyleRenderer": "rendering",
    "ImageInput": "inputs",
    "LocalImageInput": "inputs",
    "Login": "threads",
    "MentionInput": "inputs",
    "NotSignedInError": "errors",
    "Notification": "messages",
    "OverloadedError": "errors",
    "PolicyEngine": "hooks",
    "ResponseEvent": "responses",
    "RunningCommand": "command_stream",
    "ServerRequest": "messages",
    "SkillInput": "inputs",
    "TextInput": "inputs",
    "Thread": "threads",
    "Turn": "threads",
    "TurnResult": "record",
    "UnknownMethodError": "errors",
    "UnknownThreadError": "errors",
    "async_render_exec_style_events": "rendering",
    "async_retry_on_overload": "retrying",
    "create_async_client": "creating",
    "create_client": "creating",
    "find_codex": "binary",
    "is_overload": "retrying",
    "render_exec_style_events": "rendering",
    "retry_on_overload": "retrying",
}


def __getattr__(name: str) -> Any:
    if name == "RuleBasedPolicyEngine":
        from grafftui.approvals import RuleBasedPolicyEngine

        return RuleBasedPolicyEngine
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_MODULE_OF)
