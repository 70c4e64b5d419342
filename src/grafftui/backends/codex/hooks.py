"""Who answers what Codex asks. What nobody answers is declined.

A hook takes the params of the question, as they came, and returns the answer, as it is sent; it
may be a coroutine function. It runs on a thread of its own and may take as long as a person
takes. The defaults are those of codex-python-sdk: no. An answer that means nothing, and a hook that
raises, are a no as well, and the turn raises `CodexAnswerError` when it is over.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from grafftui.approvals.rule_based import PolicyContext
from grafftui.backends.codex.errors import METHOD_NOT_FOUND, CodexAnswerError, CodexError, shown
from grafftui.backends.codex.messages import ServerRequest
from grafftui.errors import AbortedError

Json = dict[str, Any]
Hook = Callable[[Json], "Json | Awaitable[Json]"]

COMMAND: Final = "item/commandExecution/requestApproval"
FILE_CHANGE: Final = "item/fileChange/requestApproval"
PERMISSIONS: Final = "item/permissions/requestApproval"
USER_INPUT: Final = "item/tool/requestUserInput"
ELICITATION: Final = "mcpServer/elicitation/request"
TOOL_CALL: Final = "item/tool/call"

_DECISIONS: Final = ("accept", "acceptForSession", "decline", "cancel")
_AMENDMENTS: Final = ("acceptWithExecpolicyAmendment", "applyNetworkPolicyAmendment")


class PolicyEngine(Protocol):
    """Answers by rules; `grafftui.approvals.RuleBasedPolicyEngine` is one."""

    def on_command_approval(
        self, params: Mapping[str, Any], context: PolicyContext
    ) -> Json | Awaitable[Json]:
        """Whether a command runs."""
        ...

    def on_file_change_approval(
        self, params: Mapping[str, Any], context: PolicyContext
    ) -> Json | Awaitable[Json]:
        """Whether files are changed."""
        ...

    def on_tool_request_user_input(
        self, params: Mapping[str, Any], context: PolicyContext
    ) -> Json | Awaitable[Json]:
        """What a tool's questions are answered."""
        ...


class UnknownQuestionError(CodexError):
    """The app-server asks what nobody here can answer."""

    code = METHOD_NOT_FOUND


@dataclass(frozen=True, slots=True)
class ApprovalHooks:
    """The six hooks. One that is None leaves its question to the engine, then to the default.

    Attributes:
        on_command_approval: May this command run? Default: `decline`.
        on_file_change_approval: May these files change? Default: `decline`.
        on_permissions_approval: May it have these permissions? Default: none, for the turn.
        on_tool_request_user_input: A tool's questions. Default: no answers.
        on_mcp_elicitation: An MCP server's questions, and its tools. Default: `decline`.
        on_tool_call: A call of a tool of the client. Default: a failure that says so.
        policy_engine: Answers the first two and the fourth where there is no hook.
    """

    on_command_approval: Hook | None = None
    on_file_change_approval: Hook | None = None
    on_permissions_approval: Hook | None = None
    on_tool_request_user_input: Hook | None = None
    on_mcp_elicitation: Hook | None = None
    on_tool_call: Hook | None = None
    policy_engine: PolicyEngine | None = None

    def answer(self, request: ServerRequest) -> Json | Awaitable[Json]:
        """The answer to `request`, or what will be it.

        Raises:
            UnknownQuestionError: There is no hook for such a question.
        """
        hooks: dict[str, tuple[Hook | None, str]] = {
            COMMAND: (self.on_command_approval, "on_command_approval"),
            FILE_CHANGE: (self.on_file_change_approval, "on_file_change_approval"),
            PERMISSIONS: (self.on_permissions_approval, ""),
            USER_INPUT: (self.on_tool_request_user_input, "on_tool_request_user_input"),
            ELICITATION: (self.on_mcp_elicitation, ""),
            TOOL_CALL: (self.on_tool_call, ""),
        }
        if request.method not in hooks:
            raise UnknownQuestionError(f"grafftui has no answer to {request.method}")
        hook, of_engine = hooks[request.method]
        if hook is not None:
            return hook(request.params)
        if of_engine and self.policy_engine is not None:
            ask = getattr(self.policy_engine, of_engine)
            return cast("Json | Awaitable[Json]", ask(request.params, _context(request)))
        return default_answer(request)


def default_answer(request: ServerRequest) -> Json:
    """The no there is to each of the six questions."""
    if request.method in (COMMAND, FILE_CHANGE):
        return {"decision": "decline"}
    if request.method == PERMISSIONS:
        return {"permissions": {}, "scope": "turn"}
    if request.method == USER_INPUT:
        return {"answers": {}}
    if request.method == ELICITATION:
        return {"action": "decline", "content": None}
    words = f"nobody here runs the tool {request.params.get('tool')}"
    return {"success": False, "contentItems": [{"type": "inputText", "text": words}]}


def checked(request: ServerRequest, answer: Any) -> Json:
    """`answer`, if the app-server will understand it.

    Raises:
        CodexAnswerError: It will not: then it would do the safe thing, and say why to nobody.
    """
    if inspect.isawaitable(answer):
        raise CodexAnswerError("a hook's answer has to be awaited")
    if not isinstance(answer, dict):
        raise CodexAnswerError(f"the answer to {request.method} is no table: {answer!r}")
    if request.method in (COMMAND, FILE_CHANGE):
        _check_decision(answer.get("decision"), amendable=request.method == COMMAND)
    elif request.method == ELICITATION:
        if answer.get("action") not in ("accept", "decline", "cancel"):
            raise CodexAnswerError(f"there is no action {answer.get('action')!r}")
    elif request.method == PERMISSIONS:
        if not isinstance(answer.get("permissions"), dict):
            raise CodexAnswerError("the answer to a question for permissions grants none, or {}")
    elif request.method == USER_INPUT and not isinstance(answer.get("answers"), dict):
        raise CodexAnswerError("the answer to a tool's questions has a table of answers")
    try:
        json.dumps(answer)
    except (TypeError, ValueError) as error:
        raise CodexAnswerError(f"the answer to {request.method} cannot be sent: {error}") from None
    return answer


@contextmanager
def held_to_account(request: ServerRequest) -> Iterator[None]:
    """What a hook raises in the block is an answer that failed: its caller's turn says so.

    Raises:
        CodexAnswerError: It raised something.
    """
    try:
        yield
    except (AbortedError, CodexAnswerError, UnknownQuestionError):
        raise
    except Exception as error:
        words = f"the hook for {request.method} raised {type(error).__name__}: {error}"
        raise CodexAnswerError(shown(words)) from error


def _check_decision(decision: Any, *, amendable: bool) -> None:
    if decision in _DECISIONS if isinstance(decision, str) else False:
        return
    if amendable and isinstance(decision, dict) and len(decision) == 1:
        (name, body), *_ = decision.items()
        if name in _AMENDMENTS and isinstance(body, dict):
            return
    raise CodexAnswerError(
        f"there is no decision {decision!r}", hint=f"it is one of {', '.join(_DECISIONS)}"
    )


def _context(request: ServerRequest) -> PolicyContext:
    kind = {COMMAND: "command", FILE_CHANGE: "file_change"}.get(request.method, "tool_input")
    return PolicyContext(
        thread_id=request.thread_id or None,
        turn_id=request.turn_id or None,
        item_id=request.item_id or None,
        request_type=kind,
        method=request.method,
        params=request.params,
    )
