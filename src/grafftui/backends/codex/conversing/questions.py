"""What Codex or an MCP server wants to know, as questions of ours, and the replies as answers."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from grafftui import events
from grafftui.approvals import Question, Reply
from grafftui.backends.codex.hooks import ELICITATION, USER_INPUT
from grafftui.backends.codex.messages import ServerRequest
from grafftui.core.asking import Asking
from grafftui.core.questioning import put
from grafftui.events import AgentEvent

Json = dict[str, Any]
_Answered = Generator[AgentEvent, None, Json]

_YES, _NO = "yes", "no"
_OPENED: Final = "I have opened it"
_SECRET: Final = (
    "Codex asks for a secret. It is not asked for here, where it would be written down: "
    "give it to Codex itself."
)


def replied(question: ServerRequest, asking: Asking) -> _Answered:
    """Have a question answered that no permission hangs on; the answer as Codex takes it.

    Raises:
        AbortedError: The turn was interrupted meanwhile.
    """
    if question.method == USER_INPUT:
        return (yield from _user_input(question, asking))
    if question.method == ELICITATION:
        return (yield from _elicited(question, asking))
    raise AssertionError(question.method)


def asks(question: ServerRequest) -> bool:
    """Whether it is one of those."""
    return question.method in (USER_INPUT, ELICITATION)


def _user_input(question: ServerRequest, asking: Asking) -> _Answered:
    answers: Json = {}
    for one in question.params.get("questions") or ():
        if one.get("isSecret"):
            notice = events.notice("warning", _SECRET)
            asking.recorder.record([notice])
            yield notice
            continue
        options = tuple(str(option.get("label", "")) for option in one.get("options") or ())
        text = f"{one.get('header') or ''}\n{one.get('question') or ''}".strip()
        reply = yield from put(question.item_id, Question(text, options), asking)
        given = [*reply.chosen, *([reply.text] if reply.text.strip() else [])]
        if given:
            answers[str(one.get("id"))] = {"answers": given}
    return {"answers": answers}


def _elicited(question: ServerRequest, asking: Asking) -> _Answered:
    params = question.params
    who = f"{params.get('serverName')}: {params.get('message') or ''}".strip()
    mode = params.get("mode")
    if mode == "url":
        text = f"{who}\nOpen {params.get('url')}"
        reply = yield from put(question.item_id, Question(text, (_OPENED, _NO)), asking)
        return _action(_OPENED in reply.chosen, {})
    schema = params.get("requestedSchema")
    fields = schema.get("properties") if isinstance(schema, dict) else None
    if mode not in (None, "form") or not isinstance(fields, dict):
        return _action(False, {})
    if not fields:
        reply = yield from put(question.item_id, Question(who, (_YES, _NO)), asking)
        return _action(_YES in reply.chosen, {})
    required = schema.get("required") if isinstance(schema, dict) else ()
    content: Json = {}
    for name, field in fields.items():
        shape = field if isinstance(field, dict) else {}
        text = f"{who}\n{shape.get('title') or name}: {shape.get('description') or ''}".strip()
        asked = Question(text, _options(shape))
        reply = yield from put(question.item_id, asked, asking)
        value = _value(shape, reply)
        if value is not None:
            content[name] = value
        elif name in (required or ()):
            return _action(False, {})
    return _action(True, content)


def _action(accepted: bool, content: Json) -> Json:
    if not accepted:
        return {"action": "decline", "content": None}
    return {"action": "accept", "content": content}


def _options(shape: Json) -> tuple[str, ...]:
    if shape.get("type") == "boolean":
        return (_YES, _NO)
    found = shape.get("enum")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _value(shape: Json, reply: Reply) -> Any:
    """What was replied, of the type that is wanted; None where it is not."""
    text = reply.chosen[0] if reply.chosen else reply.text.strip()
    if not text:
        return None
    type = shape.get("type")
    if type == "boolean":
        return {_YES: True, _NO: False}.get(text.lower())
    if type in ("integer", "number"):
        try:
            return int(text) if type == "integer" else float(text)
        except ValueError:
            return None
    options = _options(shape)
    return text if not options or text in options else None
