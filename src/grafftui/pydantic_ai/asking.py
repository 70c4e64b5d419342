"""What PydanticAI asks, in our words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import (
    BinaryContent,
    CachePoint,
    InstructionPart,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextContent,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from grafftui import models as ours

SEALS: Final = "grafftui"
"""Where a thinking part's `provider_details` keep what its provider wants back."""


def request(
    model_id: str,
    messages: Sequence[ModelMessage],
    settings: ModelSettings,
    parameters: ModelRequestParameters,
    instructions: Sequence[InstructionPart],
    defaults: Any,
) -> ours.ModelRequest:
    """The request that PydanticAI's stands for.

    Args:
        defaults: `Settings`, for what is left open.

    Raises:
        UserError: It holds what our models cannot be sent.
    """
    output = parameters.output_object if parameters.output_mode == "native" else None
    tools = (*parameters.function_tools, *parameters.output_tools)
    return ours.ModelRequest(
        model=model_id,
        system="\n\n".join([*_system(messages), *(part.content for part in instructions)]),
        messages=list(_messages(messages)),
        tools=tuple(
            ours.ToolSpec(tool.name, tool.description or "", tool.parameters_json_schema)
            for tool in tools
        ),
        max_tokens=settings.get("max_tokens", defaults.max_tokens),
        temperature=settings.get("temperature", defaults.temperature),
        top_p=settings.get("top_p"),
        top_k=settings.get("top_k"),
        reasoning_effort=_effort(parameters.thinking) or defaults.reasoning_effort,
        json_schema=output.json_schema if output is not None else None,
    )


def _effort(thinking: bool | str | None) -> str | None:
    if isinstance(thinking, bool):
        return "medium" if thinking else "none"
    return thinking


def _system(messages: Sequence[ModelMessage]) -> Iterator[str]:
    for message in messages:
        for part in message.parts:
            if isinstance(part, SystemPromptPart):
                yield part.content


def _messages(messages: Sequence[ModelMessage]) -> Iterator[ours.Message]:
    for message in messages:
        if isinstance(message, ModelResponse):
            yield _answer(message)
        else:
            yield from _said(message)


def _said(message: ModelRequest) -> Iterator[ours.Message]:
    """Results first: they follow their calls at once."""
    for part in message.parts:
        if isinstance(part, ToolReturnPart):
            is_error = part.outcome not in ("success", "interrupted")
            text = part.model_response_str(wrap_if_error=False)
            files = tuple(_picture(file) for file in part.files)
            yield ours.ToolResultMessage(part.tool_call_id, part.tool_name, text, is_error, files)
    for part in message.parts:
        if isinstance(part, UserPromptPart):
            yield _prompt(part)


def _prompt(part: UserPromptPart) -> ours.UserMessage:
    if isinstance(part.content, str):
        return ours.UserMessage(part.content)
    words: list[str] = []
    pictures: list[ours.Picture] = []
    for item in part.content:
        match item:
            case str():
                words.append(item)
            case TextContent():
                words.append(item.content)
            case CachePoint():
                pass
            case _:
                pictures.append(_picture(item))
    return ours.UserMessage("\n\n".join(words), pictures=tuple(pictures))


def _picture(item: object) -> ours.Picture:
    if isinstance(item, BinaryContent) and (item.is_image or item.media_type == "application/pdf"):
        return ours.Picture(item.media_type, item.data_uri)
    raise UserError(f"grafftui sends images and PDFs as bytes, and no {type(item).__name__}")


def _answer(message: ModelResponse) -> ours.AssistantMessage:
    texts = [part.content for part in message.parts if isinstance(part, TextPart)]
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    thoughts = [part for part in message.parts if isinstance(part, ThinkingPart)]
    return ours.AssistantMessage(
        "".join(texts),
        tuple(reasoning for part in thoughts for reasoning in _reasoning(part)),
        tuple(_call(part) for part in calls),
        provider=message.provider_name or "",
        model=message.model_name or "",
    )


def _call(part: ToolCallPart) -> ours.ToolCall:
    details = part.provider_details or {}
    signature = details.get(SEALS)
    return ours.ToolCall(
        part.tool_call_id,
        part.tool_name,
        json.loads(part.args_as_json_str()),
        signature if isinstance(signature, str) else None,
    )


def _reasoning(part: ThinkingPart) -> Iterator[ours.ReasoningPart]:
    sealed = (part.provider_details or {}).get(SEALS)
    if not isinstance(sealed, list):
        yield ours.ReasoningPart(part.content)
        return
    for fields in sealed:
        yield ours.ReasoningPart(**fields)
