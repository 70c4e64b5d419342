"""What strict providers reject, for each wire format; and how many tokens a request has for them.

    FakeProvider(handler=Strict("chat", answer, window=8_000))

answers like `answer`, but 400 to a request that is malformed or too long; what was wrong is kept
in its `rejected`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from fakes.steps import Turn, status

Body = dict[str, Any]


def tokens_of(body: Mapping[str, Any], per_token: float = 4.0) -> int:
    """Tokens of a request: every text in it, and the tools as JSON."""
    characters = sum(map(len, _texts(body.get("messages", body.get("input")))))
    characters += sum(map(len, _texts([body.get("system"), body.get("instructions")])))
    characters += len(json.dumps(body.get("tools", [])))
    return round(characters / per_token)


def faults_of(wire: str, body: Body) -> list[str]:
    """What a provider that is strict about roles, calls and results says about a request."""
    return {"chat": _chat, "anthropic": _anthropic, "responses": _responses}[wire](body)


@dataclass
class Strict:
    """A handler for `FakeProvider`; see the module.

    Attributes:
        window: Tokens that fit in a request and its answer; None for any number.
        per_token: Characters that are one token.
        rejected: What was wrong with requests.
        bodies, tokens: Of every request.
    """

    wire: str
    answer: Callable[[Body], Turn]
    window: int | None = None
    per_token: float = 4.0
    rejected: list[str] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)

    def __call__(self, body: Body) -> Turn:
        self.bodies.append(body)
        faults = faults_of(self.wire, body)
        tokens = tokens_of(body, self.per_token)
        self.tokens.append(tokens)
        answer = body.get("max_tokens") or body.get("max_completion_tokens")
        answer = int(answer or body.get("max_output_tokens") or 0)
        if self.window is not None and tokens + answer > self.window:
            faults.append(f"prompt is too long: {tokens} + {answer} tokens > {self.window} maximum")
        if faults:
            self.rejected += faults
            return [status(400, {"error": {"message": faults[0]}})]
        usage = {"prompt": tokens, "completion": 20, "cached": 0}
        return [*self.answer(body), {"usage": usage}]


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else ():
        yield from _texts(item)
    for item in value if isinstance(value, list) else ():
        yield from _texts(item)


def _chat(body: Body) -> list[str]:
    messages = [one for one in body["messages"] if one["role"] != "system"]
    faults = _turns([one["role"] for one in messages])
    open_calls: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                faults.append(f"a result of no call: {message['tool_call_id']}")
            else:
                open_calls.remove(message["tool_call_id"])
            continue
        faults += [f"a call without its result: {call}" for call in open_calls]
        open_calls = [call["id"] for call in message.get("tool_calls") or ()]
        if not message.get("content") and not open_calls:
            faults.append(f"an empty message of {message['role']}")
    return faults + [f"a call without its result: {call}" for call in open_calls]


def _turns(roles: list[str]) -> list[str]:
    """Templates of local models: the person begins, and nobody speaks twice in a row."""
    faults = [] if roles[:1] == ["user"] else [f"the first message is of {roles[:1]}"]
    for one, other in pairwise(roles):
        if one == other and one != "tool":
            faults.append(f"two messages of {one} in a row")
    return faults + ([] if roles[-1:] != ["assistant"] else ["the last message is the model's own"])


def _anthropic(body: Body) -> list[str]:
    faults = _turns([one["role"] for one in body["messages"]])
    open_calls: list[str] = []
    for message in body["messages"]:
        blocks = message["content"]
        results = [one["tool_use_id"] for one in blocks if one["type"] == "tool_result"]
        if sorted(results) != sorted(open_calls):
            faults.append(f"results {results} for the calls {open_calls}")
        if any(one["type"] == "tool_result" for one in blocks[len(results) :]):
            faults.append("results do not stand first")
        if any(one["type"] == "text" and not one["text"].strip() for one in blocks):
            faults.append("an empty text")
        open_calls = [one["id"] for one in blocks if one["type"] == "tool_use"]
    return faults + [f"a call without its result: {call}" for call in open_calls]


def _responses(body: Body) -> list[str]:
    faults: list[str] = []
    open_calls: list[str] = []
    for item in body["input"]:
        kind = item.get("type")
        if kind == "function_call":
            open_calls.append(item["call_id"])
        elif kind == "function_call_output":
            if item["call_id"] not in open_calls:
                faults.append(f"a result of no call: {item['call_id']}")
            else:
                open_calls.remove(item["call_id"])
        elif item.get("role") == "user":
            faults += [f"a call without its result: {call}" for call in open_calls]
            open_calls = []
    if not body["input"] or body["input"][0].get("role") != "user":
        faults.append("the first item is not the person's")
    return faults + [f"a call without its result: {call}" for call in open_calls]
