"""What goes wrong with Codex, drawn as one tree.

    GrafftuiError
    └── CodexError
        ├── CodexNotFoundError       no codex program anywhere
        ├── CodexConnectionError     the app-server ended, or cannot be started (stderr)
        ├── CodexTimeoutError        a request was not answered in time
        ├── CodexRequestError        the app-server answered with an error (code, data, method)
        │   ├── OverloadedError      -32001, also after retries
        │   ├── UnknownMethodError   this version has no such method
        │   └── UnknownThreadError   no such thread
        ├── CodexTurnError           a turn failed (info: its codexErrorInfo)
        │   └── NotSignedInError     the provider wants a sign-in
        ├── CodexResultError         the app-server answered without what belongs there
        └── CodexAnswerError         a hook answered what the app-server would not understand

Errors are told apart by code and by what the protocol says, never by words such as "login": the
text of an unknown method names every method there is.
"""

from __future__ import annotations

from typing import Any, Final

from grafftui.errors import GrafftuiError
from grafftui.text import one_line
from grafftui.text.redact import redact

OVERLOADED: Final = -32001
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL: Final = -32603

_MOST_SHOWN: Final = 500
"""Characters of what the app-server says; an unknown method makes it name 180 others."""


class CodexError(GrafftuiError):
    """Base of everything that goes wrong with Codex."""


class CodexNotFoundError(CodexError):
    """There is no codex program."""


class CodexConnectionError(CodexError):
    """The app-server ended or cannot be started.

    Args:
        stderr: The last lines it printed, without secrets.
    """

    def __init__(self, message: str, *, stderr: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.stderr = stderr


class CodexTimeoutError(CodexError, TimeoutError):
    """A request was not answered in time."""


class CodexRequestError(CodexError):
    """The app-server answered with an error.

    Args:
        method: What was asked.
        code: As in JSON-RPC.
        text: What it said, whole.
        data: What else it said.
    """

    def __init__(self, method: str, code: int, text: str, data: Any = None) -> None:
        super().__init__(f"{method}: {shown(text)}")
        self.method = method
        self.code = code
        self.text = text
        self.data = data


class OverloadedError(CodexRequestError):
    """The app-server has too much to do; the same request may pass later."""


class UnknownMethodError(CodexRequestError):
    """This version of the app-server has no such method."""


class UnknownThreadError(CodexRequestError):
    """There is no such thread."""


class CodexResultError(CodexError):
    """The app-server answered a request, but without what belongs there."""


class CodexTurnError(CodexError):
    """A turn failed.

    Args:
        info: Its `codexErrorInfo`: a name, or a table with one.
        thread_id: In which thread.
        turn_id: Which turn.
    """

    def __init__(
        self, message: str, *, info: Any = None, thread_id: str = "", turn_id: str = ""
    ) -> None:
        super().__init__(shown(message))
        self.info = info
        self.thread_id = thread_id
        self.turn_id = turn_id


class NotSignedInError(CodexTurnError):
    """The provider wants a sign-in, or does not take the key."""


class CodexAnswerError(CodexError):
    """A hook answered what the app-server would not understand."""


def request_error(method: str, error: Any) -> CodexRequestError:
    """The error of a response, as ours.

    What is unknown is -32600, `unknown variant`; so are threads (observed, 0.117 to 0.169).
    """
    table = error if isinstance(error, dict) else {}
    code = table.get("code")
    text = str(table.get("message") or "the app-server gave no reason")
    kind = CodexRequestError
    if code == OVERLOADED:
        kind = OverloadedError
    elif code == METHOD_NOT_FOUND or f"unknown variant `{method}`" in text:
        kind = UnknownMethodError
    elif text.startswith(("thread not found", "no rollout found")):
        kind = UnknownThreadError
    return kind(method, code if isinstance(code, int) else 0, text, table.get("data"))


def turn_error(error: Any, thread_id: str, turn_id: str) -> CodexTurnError:
    """The error of a failed turn, as ours."""
    table = error if isinstance(error, dict) else {}
    info = table.get("codexErrorInfo")
    message = str(table.get("message") or "the turn failed")
    kind = NotSignedInError if _wants_sign_in(info) else CodexTurnError
    return kind(message, info=info, thread_id=thread_id, turn_id=turn_id)


def shown(text: str) -> str:
    """What the app-server said, on one line that shows no secret and changes no terminal."""
    return one_line(redact(text), _MOST_SHOWN)


def _wants_sign_in(info: Any) -> bool:
    if info == "unauthorized":
        return True
    failures = info.values() if isinstance(info, dict) else ()
    return any(isinstance(one, dict) and one.get("httpStatusCode") == 401 for one in failures)
