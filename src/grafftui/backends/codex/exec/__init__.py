"""`codex exec`: turns that are processes of their own, in the shape of codex-sdk-python.

from grafftui.backends.codex.exec import Codex

turn = Codex().start_thread().run_sync("Diagnose the test failure")
print(turn.final_response)
"""

from __future__ import annotations

from grafftui.backends.codex.errors import CodexError
from grafftui.backends.codex.exec.abort import AbortController, AbortSignal
from grafftui.backends.codex.exec.app_server import (
    ApprovalDecisions,
    AppServerClient,
    AppServerOptions,
    TurnSession,
)
from grafftui.backends.codex.exec.errors import (
    CodexAbortError,
    CodexCLIError,
    CodexParseError,
    NoSuchThreadError,
    TurnFailedError,
)
from grafftui.backends.codex.exec.events import Item, ThreadEvent, Turn, Usage
from grafftui.backends.codex.exec.hooks import ThreadHooks
from grafftui.backends.codex.exec.options import CodexOptions, ThreadOptions, TurnOptions
from grafftui.backends.codex.exec.threads import Codex, ParsedTurn, StreamedTurn, Thread

__all__ = [
    "AbortController",
    "AbortSignal",
    "AppServerClient",
    "AppServerOptions",
    "ApprovalDecisions",
    "Codex",
    "CodexAbortError",
    "CodexCLIError",
    "CodexError",
    "CodexOptions",
    "CodexParseError",
    "Item",
    "NoSuchThreadError",
    "ParsedTurn",
    "StreamedTurn",
    "Thread",
    "ThreadEvent",
    "ThreadHooks",
    "ThreadOptions",
    "Turn",
    "TurnFailedError",
    "TurnOptions",
    "TurnSession",
    "Usage",
]
