"""What a model says, without secrets: it may have been shown one before we knew it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grafftui.models import AssistantMessage, Delta, ReasoningDelta, TextDelta
from grafftui.text.redact import RedactingStream, redact

Said = TextDelta | ReasoningDelta


class Speech:
    """One answer as it comes. Only what could be the beginning of a secret is held back."""

    def __init__(self) -> None:
        self._kind: type[Said] = TextDelta
        self._text = RedactingStream()

    def take(self, batch: Sequence[Delta]) -> list[Said]:
        """What of `batch` can be shown; all that was held back, once the answer is over or
        goes from thought to text."""
        said: list[Said] = []
        for delta in batch:
            if not isinstance(delta, Said) or type(delta) is not self._kind:
                said += self.end()
            if isinstance(delta, Said):
                self._kind = type(delta)
                if text := self._text.feed(delta.text):
                    said.append(self._kind(text))
        return said

    def end(self) -> list[Said]:
        """What was held back; nothing more comes of it."""
        rest, self._text = self._text.close(), RedactingStream()
        return [self._kind(rest)] if rest else []


def without_secrets(message: AssistantMessage) -> AssistantMessage:
    """`message` as it may be kept. The calls stay as they are: what is approved is what is done.

    Reasoning is sealed and counts the characters of the text, so if any is changed, all goes.
    """
    text = redact(message.text)
    thoughts = [part.text for part in message.reasoning]
    if text == message.text and list(map(redact, thoughts)) == thoughts:
        return message
    return replace(message, text=text, reasoning=())
