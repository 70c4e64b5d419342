"""What goes wrong with `codex exec`.

CodexError
├── CodexCLIError      it ended with a code of failure (exit_code, stderr)
│   └── NoSuchThreadError   there is no such thread (also a NotFoundError)
├── CodexParseError    an answer that follows no schema (also an AnswerError)
├── CodexAbortError    stopped by a signal (also an AbortedError)
└── TurnFailedError    the turn failed, as it says itself
"""

from __future__ import annotations

from grafftui.backends.codex.errors import CodexError, shown
from grafftui.errors import AbortedError, AnswerError, NotFoundError


class CodexCLIError(CodexError):
    """It ended with a code of failure.

    Args:
        exit_code: Its exit code, or minus the number of the signal that ended it.
        stderr: The last lines it printed, without secrets.
    """

    def __init__(self, message: str, *, exit_code: int | None, stderr: tuple[str, ...]) -> None:
        super().__init__(shown(message))
        self.exit_code = exit_code
        self.stderr = stderr


class NoSuchThreadError(CodexCLIError, NotFoundError):
    """There is no such thread."""


class CodexParseError(AnswerError, CodexError):
    """An answer that does not follow the schema that was asked for."""


class CodexAbortError(AbortedError, CodexError):
    """Stopped by its signal."""


class TurnFailedError(CodexError):
    """The turn failed, as it says itself."""
