"""How long to wait before a failed request is sent again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from grafftui.errors import ProviderError


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """Exponential back-off with full jitter (defaults: CodeGraff's retry configuration).

    Attributes:
        attempts: Requests sent in all, the first included.
        initial: Seconds of the first wait's upper bound.
        longest: Seconds no wait of ours exceeds.
    """

    attempts: int = 6
    initial: float = 1.0
    longest: float = 30.0

    def delay(self, attempt: int, error: ProviderError) -> float | None:
        """Seconds to wait after failed attempt number `attempt` (from 1), None to give up.

        What the provider asks for is kept to, since it was clamped when it was read.
        """
        if not error.retryable or attempt >= self.attempts:
            return None
        if error.retry_after is not None:
            return error.retry_after
        ceiling = min(self.longest, self.initial * 2 ** (attempt - 1))
        return random.uniform(ceiling / 2, ceiling)
