"""The last resort before a request that would be too large: its longest texts are shortened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from grafftui.core.compaction.extracting import shortened
from grafftui.models import (
    AssistantMessage,
    Message,
    ToolResultMessage,
    UserMessage,
    without_pictures,
)
from grafftui.models.token_estimates import message_tokens

_LEAST: Final = 200
"""Characters that are left of a text."""


def fitted(messages: Sequence[Message], room: int) -> list[Message] | None:
    """`messages` in at most `room` tokens, for this one request; None where that cannot be.

    Results of tools are shortened first, the longest most; then pictures are left out; then all
    that was said before the last prompt is shortened, and the answers since. The prompt stays.
    """
    last = max((at for at, one in enumerate(messages) if _is_prompt(one)), default=-1)
    steps: tuple[Callable[[list[Message]], list[Message]], ...] = (
        lambda so_far: _shorten(so_far, room, lambda at: isinstance(so_far[at], ToolResultMessage)),
        without_pictures,
        lambda so_far: _shorten(so_far, room, lambda at: at < last),
        lambda so_far: _shorten(so_far, room, lambda at: at != last),
    )
    result = list(messages)
    for step in steps:
        if _tokens(result) <= room:
            break
        result = step(result)
    return result if _tokens(result) <= room else None


def _is_prompt(message: Message) -> bool:
    return isinstance(message, UserMessage) and not message.droppable


def _tokens(messages: Sequence[Message]) -> int:
    return sum(map(message_tokens, messages))


def _shorten(messages: list[Message], room: int, may: Callable[[int], bool]) -> list[Message]:
    """The texts that may be, cut to one length: the longest at which all fits."""

    def cut(limit: int) -> list[Message]:
        return [_cut(one, limit) if may(at) else one for at, one in enumerate(messages)]

    least, most = _LEAST, max(4 * message_tokens(message) for message in messages)
    while least < most:
        middle = (least + most + 1) // 2
        if _tokens(cut(middle)) <= room:
            least = middle
        else:
            most = middle - 1
    return cut(least)


def _cut(message: Message, limit: int) -> Message:
    text = shortened(message.text, limit)
    if not isinstance(message, AssistantMessage):
        return message if text == message.text else replace(message, text=text)
    calls = tuple(
        replace(one, arguments=_cut_value(one.arguments, limit)) for one in message.tool_calls
    )
    if (text, calls) == (message.text, message.tool_calls):
        return message
    return replace(message, text=text, tool_calls=calls, reasoning=())  # sealed to what was said


def _cut_value(value: Any, limit: int) -> Any:
    match value:
        case str():
            return shortened(value, limit)
        case dict():
            return {key: _cut_value(item, limit) for key, item in value.items()}
        case list():
            return [_cut_value(item, limit) for item in value]
    return value
