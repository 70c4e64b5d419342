"""What can go wrong with a provider, beyond `ProviderError` itself.

AuthenticationError
└── KeyRejected             401, 403: the key is wrong or may not do this
ProviderError
├── RequestRejected         400, 404, 413, 422: sending it again cannot help
│   ├── ContextWindowExceeded   too long for the model
│   └── ReasoningRejected   earlier reasoning is not taken back
├── QuotaExceeded           402, or a limit that lasts longer than five minutes
├── RateLimited             429
├── Overloaded              503, 529, or the same said inside the stream
├── ConnectionFailed        no way there: name, proxy, TLS, time
├── StreamDropped           the answer stopped before its end
└── BadResponse             what came back is not what the API promises
"""

from __future__ import annotations

from typing import Any

from grafftui.errors import AuthenticationError, ProviderError


class KeyRejected(AuthenticationError):
    """The provider does not accept the key.

    Args:
        status: 401 or 403.
        body: What the provider said, shortened and free of keys.
    """

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, body: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body


class RequestRejected(ProviderError):
    """The provider will not serve this request as it stands."""


class ContextWindowExceeded(RequestRejected):
    """The context is longer than the model takes."""


class ReasoningRejected(RequestRejected):
    """Reasoning of an earlier answer is not accepted as it stands.

    Providers seal it to what came before it, so a context that was compacted or edited can
    make it invalid. The same request `without_reasoning` is accepted.
    """


class QuotaExceeded(ProviderError):
    """Credit or quota is used up; waiting a minute will not help."""


class RateLimited(ProviderError):
    """Too many requests just now."""


class Overloaded(ProviderError):
    """The provider has too much to do just now."""


class ConnectionFailed(ProviderError):
    """The provider could not be reached, or did not answer in time."""


class StreamDropped(ProviderError):
    """The answer stopped before its end.

    Attributes:
        partial: Whether any of it had arrived.
    """

    def __init__(self, message: str, *, partial: bool = False, **details: Any) -> None:
        super().__init__(message, retryable=True, **details)
        self.partial = partial


class BadResponse(ProviderError):
    """The answer is not what the API promises."""
