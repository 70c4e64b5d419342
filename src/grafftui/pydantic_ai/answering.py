"""What our models answer, in PydanticAI's words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pydantic_ai.messages import FinishReason, ModelResponseStreamEvent
from pydantic_ai.models import StreamedResponse
from pydantic_ai.usage import RequestUsage

from grafftui.models import Delta, Finished, ReasoningDelta, TextDelta
from grafftui.pydantic_ai.asking import SEALS

_REASONS: Final[dict[str, FinishReason]] = {
    "stop": "stop",
    "tool_calls": "tool_call",
    "length": "length",
    "refusal": "content_filter",
}
_TEXT, _THOUGHTS = "text", "thoughts"


@dataclass
class GrafftuiAnswer(StreamedResponse):
    """An answer as it comes."""

    _model_name: str
    _provider_name: str
    _batches: AsyncIterator[Sequence[Delta]]
    _timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        parts = self._parts_manager
        async for batch in self._batches:
            for delta in batch:
                match delta:
                    case TextDelta():
                        for event in parts.handle_text_delta(
                            vendor_part_id=_TEXT, content=delta.text
                        ):
                            yield event
                    case ReasoningDelta():
                        for event in parts.handle_thinking_delta(
                            vendor_part_id=_THOUGHTS, content=delta.text
                        ):
                            yield event
                    case Finished():
                        for event in self._end(delta):
                            yield event

    def _end(self, finished: Finished) -> list[ModelResponseStreamEvent]:
        """Calls, seals and usage, which are known at the end."""
        message = finished.message
        events: list[ModelResponseStreamEvent] = []
        if message.reasoning:
            sealed: dict[str, Any] = {SEALS: [asdict(part) for part in message.reasoning]}
            events += self._parts_manager.handle_thinking_delta(
                vendor_part_id=_THOUGHTS,
                provider_name=self._provider_name,
                provider_details=sealed,
            )
        for call in message.tool_calls:
            seal = {SEALS: call.signature} if call.signature is not None else None
            events.append(
                self._parts_manager.handle_tool_call_part(
                    vendor_part_id=call.call_id,
                    tool_name=call.name,
                    args=call.arguments,
                    tool_call_id=call.call_id,
                    provider_name=self._provider_name,
                    provider_details=seal,
                )
            )
        self.finish_reason = _REASONS.get(
            "refusal" if finished.refused else finished.stop_reason, "stop"
        )
        if usage := finished.usage:
            self._usage = RequestUsage(
                input_tokens=usage.prompt_tokens,
                output_tokens=usage.completion_tokens,
                cache_read_tokens=usage.cached_tokens,
                cache_write_tokens=usage.cache_write_tokens,
            )
        return events

    @property
    def model_name(self) -> str:
        """Of the model that answers."""
        return self._model_name

    @property
    def provider_name(self) -> str:
        """Id of its provider."""
        return self._provider_name

    @property
    def provider_url(self) -> None:
        """Not told."""

    @property
    def timestamp(self) -> datetime:
        """When it began."""
        return self._timestamp
