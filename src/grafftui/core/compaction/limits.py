"""From when on a context is to be compacted, and how large a request may be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from grafftui.settings.settings import CompactSettings

WINDOW: Final = 128_000
"""Tokens taken for the context window of a model of which nobody says it (CodeGraff's)."""

_MOST_OF_AN_ANSWER: Final = 4
"""An answer is given a quarter of the window at most, so that there is room for a question."""
_SHARE_OF_SUMMARY: Final = 4
"""A summary has a quarter of the room at most."""
_MARGIN: Final = 50
"""A fiftieth of the window is left free: tokens are estimated."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for the requests to one model.

    Attributes:
        threshold: Tokens of the context at which a compaction is due.
        answer: The most tokens an answer may have.
        room: The most tokens a request may have.
    """

    threshold: int
    answer: int
    room: int

    @property
    def summary(self) -> int:
        """The most tokens an extracted summary should have."""
        return min(self.threshold, self.room) // _SHARE_OF_SUMMARY

    def within(self, room: int) -> Limits:
        """These limits, but that no request may have more than `room` tokens."""
        return replace(self, room=min(self.room, room))


def limits_of(window: int | None, max_tokens: int, settings: CompactSettings) -> Limits:
    """The limits of a model with this window.

    Args:
        max_tokens: The most tokens of an answer that were asked for.
    """
    size = window or WINDOW
    answer = max(1, min(max_tokens, size // _MOST_OF_AN_ANSWER))
    room = size - answer - size // _MARGIN
    threshold = min(settings.token_threshold, int(size * settings.share))
    return Limits(threshold, answer, room)
