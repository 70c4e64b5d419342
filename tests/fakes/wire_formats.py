"""The three wire formats, as a provider writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fakes.steps import Step

Event = tuple[str, Any]
"""Name ("" for none) and data (text as it is, anything else as JSON)."""

DEFAULT_USAGE = {"prompt": 100, "completion": 20, "cached": 40}


def words_of(text: str) -> list[str]:
    """`text` cut like tokens: a space goes with the word after it."""
    pieces = text.replace(" ", "\0 ").split("\0")
    return [piece for piece in pieces if piece]


def pieces_of(text: str) -> list[str]:
    """`text` cut in the middle of anything, into a thousand pieces at most."""
    size = max(7, len(text) // 1_000)
    return [text[at : at + size] for at in range(0, len(text), size)]


def _arguments(step: Step) -> str:
    arguments = step["arguments"]
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


class WireFormat:
    """Writes one answer. `index` counts what was begun; `called` whether tools were."""

    name = ""

    def __init__(self, model: str) -> None:
        self.model = model
        self.index = 0
        self.called = False

    def call_id(self, step: Step) -> str:
        """The id the step names, or one of our own."""
        return step.get("id") or f"call_{self.index}"

    def start(self) -> Iterator[Event]:
        yield from ()

    def text(self, words: list[str]) -> Iterator[Event]:
        raise NotImplementedError

    def reasoning(self, step: Step) -> Iterator[Event]:
        raise NotImplementedError

    def calls(self, steps: list[Step]) -> Iterator[Event]:
        raise NotImplementedError

    def refusal(self, words: str) -> Iterator[Event]:
        raise NotImplementedError

    def error(self, error: dict[str, Any]) -> Iterator[Event]:
        raise NotImplementedError

    def end(self, stop: str | None, usage: dict[str, int] | None) -> Iterator[Event]:
        raise NotImplementedError


class Chat(WireFormat):
    name = "chat"

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return "", {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": self.model,
            "choices": [choice],
        }

    def start(self) -> Iterator[Event]:
        yield self._chunk({"role": "assistant", "content": ""})

    def text(self, words: list[str]) -> Iterator[Event]:
        for word in words:
            yield self._chunk({"content": word})

    def reasoning(self, step: Step) -> Iterator[Event]:
        if step.get("style") != "details":
            for word in words_of(step["reasoning"]):
                yield self._chunk({"reasoning_content": word})
            return
        detail = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
        for word in words_of(step["reasoning"]):
            yield self._chunk({"reasoning": word, "reasoning_details": [detail | {"text": word}]})
        seal = step.get("signature", "sig-1")
        yield self._chunk({"reasoning_details": [detail | {"signature": seal}]})
        if step.get("redacted"):
            hidden = {"type": "reasoning.encrypted", "format": "x", "index": 1, "id": "rs_1"}
            yield self._chunk({"reasoning_details": [hidden | {"data": step["redacted"]}]})

    def calls(self, steps: list[Step]) -> Iterator[Event]:
        queues = []
        for step in steps:
            function = {"name": step["tool"], "arguments": ""}
            call: dict[str, Any] = {
                "index": self.index,
                "id": self.call_id(step),
                "type": "function",
                "function": function,
            }
            if step.get("signature"):
                call["extra_content"] = {"google": {"thought_signature": step["signature"]}}
            yield self._chunk({"tool_calls": [call]})
            queues.append((self.index, pieces_of(_arguments(step))))
            self.index += 1
            self.called = True
        while any(pieces for _, pieces in queues):
            for index, pieces in queues:
                if pieces:
                    function = {"arguments": pieces.pop(0)}
                    yield self._chunk({"tool_calls": [{"index": index, "function": function}]})

    def refusal(self, words: str) -> Iterator[Event]:
        yield self._chunk({"refusal": words})

    def error(self, error: dict[str, Any]) -> Iterator[Event]:
        yield "", {"error": error}

    def end(self, stop: str | None, usage: dict[str, int] | None) -> Iterator[Event]:
        yield self._chunk({}, stop or ("tool_calls" if self.called else "stop"))
        if usage is not None:
            counts = {
                "prompt_tokens": usage["prompt"],
                "completion_tokens": usage["completion"],
                "total_tokens": usage["prompt"] + usage["completion"],
                "prompt_tokens_details": {"cached_tokens": usage["cached"]},
            }
            if "cost" in usage:  # as aggregators say it
                counts["cost"] = usage["cost"]
            yield "", {**self._chunk({})[1], "choices": [], "usage": counts}
        yield "", "[DONE]"


class Anthropic(WireFormat):
    name = "anthropic"

    def __init__(self, model: str) -> None:
        super().__init__(model)
        self._usage = DEFAULT_USAGE

    def _event(self, kind: str, **more: Any) -> Event:
        return kind, {"type": kind, **more}

    def start(self) -> Iterator[Event]:
        usage = {"input_tokens": 60, "cache_read_input_tokens": 40, "output_tokens": 1}
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "usage": usage,
        }
        yield self._event("message_start", message=message)
        yield self._event("ping")

    def _block(self, block: dict[str, Any], deltas: list[dict[str, Any]]) -> Iterator[Event]:
        yield self._event("content_block_start", index=self.index, content_block=block)
        for delta in deltas:
            yield self._event("content_block_delta", index=self.index, delta=delta)
        yield self._event("content_block_stop", index=self.index)
        self.index += 1

    def text(self, words: list[str]) -> Iterator[Event]:
        deltas = [{"type": "text_delta", "text": word} for word in words]
        yield from self._block({"type": "text", "text": ""}, deltas)

    def reasoning(self, step: Step) -> Iterator[Event]:
        if step.get("redacted"):
            yield from self._block({"type": "redacted_thinking", "data": step["redacted"]}, [])
        deltas = [
            {"type": "thinking_delta", "thinking": word} for word in words_of(step["reasoning"])
        ]
        deltas.append({"type": "signature_delta", "signature": step.get("signature", "sig-1")})
        yield from self._block({"type": "thinking", "thinking": "", "signature": ""}, deltas)

    def calls(self, steps: list[Step]) -> Iterator[Event]:
        for step in steps:
            self.called = True
            block = {"type": "tool_use", "id": self.call_id(step), "name": step["tool"]}
            deltas = [
                {"type": "input_json_delta", "partial_json": piece}
                for piece in ["", *pieces_of(_arguments(step))]
            ]
            yield from self._block(block | {"input": {}}, deltas)

    def refusal(self, words: str) -> Iterator[Event]:
        yield from self.text([words])

    def error(self, error: dict[str, Any]) -> Iterator[Event]:
        yield self._event("error", error=error)

    def end(self, stop: str | None, usage: dict[str, int] | None) -> Iterator[Event]:
        reason = stop or ("tool_use" if self.called else "end_turn")
        counts = {} if usage is None else {"output_tokens": usage["completion"]}
        delta = {"stop_reason": reason, "stop_sequence": None}
        yield self._event("message_delta", delta=delta, usage=counts)
        yield self._event("message_stop")


class Responses(WireFormat):
    name = "responses"

    def _event(self, kind: str, **more: Any) -> Event:
        return kind, {"type": kind, "sequence_number": 0, **more}

    def start(self) -> Iterator[Event]:
        yield self._event("response.created", response={"id": "resp_1", "status": "in_progress"})

    def _item(self, item: dict[str, Any], deltas: list[Event], done: dict[str, Any]) -> Any:
        yield self._event("response.output_item.added", output_index=self.index, item=item)
        for kind, more in deltas:
            yield self._event(kind, output_index=self.index, **more)
        yield self._event("response.output_item.done", output_index=self.index, item=item | done)
        self.index += 1

    def text(self, words: list[str]) -> Iterator[Event]:
        kind = "response.output_text.delta"
        part = {"type": "output_text", "text": "".join(words)}
        yield from self._item(
            {"type": "message", "id": f"msg_{self.index}", "role": "assistant", "content": []},
            [(kind, {"content_index": 0, "delta": word}) for word in words],
            {"content": [part]},
        )

    def reasoning(self, step: Step) -> Iterator[Event]:
        kind = "response.reasoning_summary_text.delta"
        deltas: list[Event] = []
        for number, summary in enumerate(step["reasoning"].split("\n\n")):
            deltas.append(("response.reasoning_summary_part.added", {"summary_index": number}))
            words = words_of(summary)
            deltas += [(kind, {"delta": word, "summary_index": number}) for word in words]
        yield from self._item(
            {"type": "reasoning", "id": f"rs_{self.index}", "summary": []},
            deltas,
            {"encrypted_content": step.get("redacted", "enc-1")},
        )

    def calls(self, steps: list[Step]) -> Iterator[Event]:
        for step in steps:
            self.called = True
            kind = "response.function_call_arguments.delta"
            item = {
                "type": "function_call",
                "id": f"fc_{self.index}",
                "call_id": self.call_id(step),
                "name": step["tool"],
                "arguments": "",
            }
            deltas = [(kind, {"delta": piece}) for piece in pieces_of(_arguments(step))]
            yield from self._item(item, deltas, {"arguments": _arguments(step)})

    def refusal(self, words: str) -> Iterator[Event]:
        yield self._event("response.refusal.delta", output_index=self.index, delta=words)

    def error(self, error: dict[str, Any]) -> Iterator[Event]:
        failed = {"code": error.get("type"), "message": error.get("message")}
        yield self._event("response.failed", response={"status": "failed", "error": failed})

    def end(self, stop: str | None, usage: dict[str, int] | None) -> Iterator[Event]:
        response: dict[str, Any] = {"id": "resp_1", "status": "completed"}
        if usage is not None:
            response["usage"] = {
                "input_tokens": usage["prompt"],
                "input_tokens_details": {"cached_tokens": usage["cached"]},
                "output_tokens": usage["completion"],
                "total_tokens": usage["prompt"] + usage["completion"],
            }
        if stop:
            response |= {"status": "incomplete", "incomplete_details": {"reason": stop}}
        yield self._event(f"response.{response['status']}", response=response)


WIRE_FORMATS: tuple[type[WireFormat], ...] = (Chat, Responses, Anthropic)


def wire_format_of(path: str) -> type[WireFormat] | None:
    """The format spoken at `path`, by its end."""
    path = path.partition("?")[0].rstrip("/")
    ends = {"/chat/completions": Chat, "/responses": Responses, "/messages": Anthropic}
    return next((form for end, form in ends.items() if path.endswith(end)), None)
