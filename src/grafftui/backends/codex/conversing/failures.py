"""Why a turn of Codex failed, with what the person can do about it."""

from __future__ import annotations

from typing import Any, Final

from grafftui.backends.codex.errors import CodexConnectionError, CodexError, CodexTurnError

_SIGN_IN: Final = "sign in to Codex"
_LATER: Final = "try again later"
_HINTS: Final = {
    "contextWindowExceeded": "compact the conversation, or begin another",
    "sessionBudgetExceeded": "begin another conversation",
    "usageLimitExceeded": "what the plan allows is used up: wait, or use a key",
    "rateLimitExceeded": _LATER,
    "serverOverloaded": _LATER,
    "internalServerError": _LATER,
    "modelNotFound": "choose another model",
    "unauthorized": _SIGN_IN,
    "sandboxError": "look at the state of Codex's sandbox",
}
_AGAIN: Final = "send a prompt: Codex is started again and knows the conversation"


def failure(error: CodexError) -> CodexError:
    """`error`, with a hint for whoever follows the turn."""
    if isinstance(error, CodexConnectionError):
        return CodexConnectionError(error.message, stderr=error.stderr, hint=_AGAIN)
    if isinstance(error, CodexTurnError) and not error.hint:
        unnamed = (
            _SIGN_IN if "401 Unauthorized" in error.message else ""
        )  # 0.144 has no name for it
        error.hint = _hint(error.info) or unnamed
    return error


def _hint(info: Any) -> str:
    if isinstance(info, str):
        return _HINTS.get(info, "")
    details = next(iter(info.values()), None) if isinstance(info, dict) else None
    status = details.get("httpStatusCode") if isinstance(details, dict) else None
    if status == 401:
        return _SIGN_IN
    return _LATER if status in (429, 500, 502, 503, 504) else ""
