"""How many tokens a context takes: as the provider counted them, else estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from grafftui.models import Message, Usage
from grafftui.models.token_estimates import message_tokens

_LEAST_RATIO: Final = 0.5
_MOST_RATIO: Final = 8.0
"""Between these a provider's count is believed to be of the same text as ours."""


@dataclass(slots=True)
class Seen:
    """The messages that were looked at, and how many tokens they were taken for."""

    count: int = 0
    last: Message | None = None
    tokens: int = 0

    def up_to(self, messages: Sequence[Message]) -> int:
        """The tokens of `messages`, of which those seen before are not looked at again."""
        for message in messages[self.count :] if self.count else messages:
            self.tokens += message_tokens(message)
        self.count = len(messages)
        self.last = messages[-1] if messages else None
        return self.tokens

    def begins(self, messages: Sequence[Message]) -> bool:
        """Whether `messages` go on from here, as far as their number and one of them tell."""
        return self.count <= len(messages) and (
            not self.count or messages[self.count - 1] == self.last
        )


@dataclass(slots=True)
class TokenCount:
    """Counts a context that grows; each message is looked at once.

    Args:
        fixed: Tokens of what is sent beside the messages, estimated.
        ratio: Tokens as the provider last counted them, to those that were estimated.
        seen: What was looked at before.
        sent: Tokens of the last request, estimated.
    """

    fixed: int = 0
    ratio: float = 1.0
    seen: Seen = field(default_factory=Seen)
    sent: int = 0
    _whole: bool = True
    _known: tuple[int, int] | None = None  # what the provider counted, and our estimate of that

    def forget(self) -> None:
        """The context is another than was counted."""
        self.seen, self._known = Seen(), None

    def likely(self, messages: Sequence[Message]) -> int:
        """The best guess at what the provider will count."""
        estimate = self._estimate(messages)
        if self._known is None:
            return round(self.ratio * estimate)
        counted, estimated = self._known
        return counted + round(self.ratio * (estimate - estimated))

    def at_most(self, messages: Sequence[Message]) -> int:
        """A guess that is rather too high: no less than the estimate."""
        return max(self.likely(messages), self._estimate(messages))

    def sending(self, sent: Sequence[Message], messages: Sequence[Message]) -> None:
        """`sent` is asked about now, which is `messages` or what was made of them to fit."""
        self._whole = sent is messages
        if self._whole:
            self.sent = self._estimate(messages)
        else:
            self.sent = self.fixed + sum(map(message_tokens, sent))

    def answered(self, usage: Usage, messages: Sequence[Message]) -> bool:
        """What the provider counted; `messages` end with the answer now. Whether it did count."""
        if not usage.prompt_tokens or not self.sent:
            return False
        self.ratio = min(_MOST_RATIO, max(_LEAST_RATIO, usage.prompt_tokens / self.sent))
        if self._whole:
            counted = usage.prompt_tokens + usage.completion_tokens
            self._known = counted, self._estimate(messages)
        return True

    def _estimate(self, messages: Sequence[Message]) -> int:
        if not self.seen.begins(messages):
            self.forget()
        return self.fixed + self.seen.up_to(messages)
