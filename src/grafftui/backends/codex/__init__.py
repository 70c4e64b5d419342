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
    "AsyncCodexClient": "async_client",
    "CodexBinary": "binary",
    "CodexClient": "client",
    "CodexConnectionError": "errors",
    "CodexError": "errors",
    "CodexNotFoundError": "errors",
    "CodexOptions": "options",
    "CodexRequestError": "errors",
    "CodexTimeoutError": "errors",
    "CodexTurnError": "errors",
    "ImageInput": "inputs",
    "LocalImageInput": "inputs",
    "MentionInput": "inputs",
    "NotSignedInError": "errors",
    "Notification": "messages",
    "OverloadedError": "errors",
    "ResponseEvent": "responses",
    "ServerRequest": "messages",
    "SkillInput": "inputs",
    "TextInput": "inputs",
    "TurnResult": "record",
    "UnknownMethodError": "errors",
    "UnknownThreadError": "errors",
    "find_codex": "binary",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_MODULE_OF)
