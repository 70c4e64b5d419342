"""How many tokens a context takes: as the provider counted them, else estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafftui.models import Message, Usage
from grafftui.models.token_estimates import message_tokens

_LEAST_RATIO: Final = 0.5
_MOST_RATIO: Final = 8.0
"""Between these a provider's count is believed to be of the same text as ours."""


@dataclass(slots=True)
class TokenCount:
    """Counts a context that grows; each message is looked at once.

    Args:
        fixed: Tokens of what is sent beside the messages, estimated.
        ratio: Tokens as the provider last counted them, to those that were estimated.
        sent: Tokens of the last request, estimated.
    """

    fixed: int = 0
    ratio: float = 1.0
    _seen: int = 0
    _last: Message | None = None
    _estimated: int = 0
    sent: int = 0
    _whole: bool = True
    _known: tuple[int, int] | None = None  # what the provider counted, and our estimate of that

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
        seen = self._seen
        if seen and (seen > len(messages) or messages[seen - 1] is not self._last):
            seen, self._estimated, self._known = 0, 0, None
        for message in messages[seen:] if seen else messages:
            self._estimated += message_tokens(message)
        self._seen = len(messages)
        self._last = messages[-1] if messages else None
        return self.fixed + self._estimated
