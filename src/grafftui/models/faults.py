"""From what a provider says went wrong to the error that says what to do about it.

Status codes and retry rules: HTTP, and what OpenAI and Anthropic document about 402, 429 and
529. A provider that says the same inside a stream that began well is read the same way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grafftui.errors import GrafftuiError, ProviderError
from grafftui.models import strict_json
from grafftui.models.api_key import last_four
from grafftui.models.errors import (
    ContextWindowExceeded,
    KeyRejected,
    Overloaded,
    QuotaExceeded,
    RateLimited,
    ReasoningRejected,
    RequestRejected,
)
from grafftui.models.retry_after import retry_after_seconds
from grafftui.text.sequences import drop_sequences

BODY_LIMIT = 500
"""Characters of a provider's words that are kept."""

LONGEST_WAIT = 60.0
"""Seconds a provider may make us wait before one retry."""

QUOTA_WAIT = 300.0
"""Seconds of `Retry-After` from which a limit counts as a quota used up."""

ABSURD_WAIT = 31 * 86_400.0
"""Seconds of `Retry-After` above which the value is taken for a mistake."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_QUOTA_CODES = {
    "insufficient_quota",
    "insufficient_credits",
    "insufficient_balance",
    "key_budget_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
}
_QUOTA_WORDS = re.compile(r"credit balance is too low|insufficient (balance|credits|funds)", re.I)
_CONTEXT_WORDS = re.compile(
    r"context.length|context window|maximum context|prompt is too long|input is too long"
    r"|too many (input )?tokens|exceeds? the (model's )?(maximum|limit) .{0,20}tokens",
    re.I,
)
_REASONING_WORDS = re.compile(
    r"(thinking|redacted_thinking).{0,40}block|encrypted.content.{0,60}(verified|decrypt)"
    r"|thought.?signature",
    re.I,
)
_OVERLOADED_CODES = {"overloaded_error", "overloaded", "server_overloaded", "slow_down"}
_LIMIT_CODES = {"rate_limit_error", "rate_limit_exceeded", "too_many_requests"}
_REJECTED_STATUS = {400, 404, 405, 413, 415, 422}
_RETRYABLE_STATUS = {408, 500, 502, 504, 520, 521, 522, 523, 524, 525, 527, 530}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who the other side is, for messages.

    Attributes:
        provider: The provider's id.
        host: Host name, and port where it is not the usual one.
        key: What must never be quoted; "" for none.
    """

    provider: str
    host: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.provider} ({self.host})"

    def clean(self, text: str, limit: int = BODY_LIMIT) -> str:
        """One line of `text`: nothing that controls a terminal, no key, at most `limit` characters.

        Control sequences are dropped whole; other control characters become spaces.
        """
        text = _CONTROL.sub(" ", drop_sequences(text[: 20 * limit]))
        if self.key:
            text = text.replace(self.key, f"‹key {last_four(self.key)}›")
        text = " ".join(text.encode("utf-8", "replace").decode().split())
        return text if len(text) <= limit else text[: limit - 1] + "…"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the provider said: its words and its code, either may be ""."""

    words: str
    code: str = ""

    @classmethod
    def from_body(cls, body: bytes) -> Complaint:
        """Read an error response's body, of whatever shape."""
        text = body.decode("utf-8", "replace")
        try:
            return cls.from_json(strict_json.loads(text))
        except ValueError:
            return cls(_TAGS.sub(" ", text))

    @classmethod
    def from_json(cls, value: Any) -> Complaint:
        """Read an error object, of the shapes in use."""
        if isinstance(value, list) and value:
            value = value[0]
        if not isinstance(value, Mapping):
            return cls(str(value))
        inner = value.get("error", value)
        if not isinstance(inner, Mapping):
            return cls(str(inner), str(value.get("code") or ""))
        words = inner.get("message") or inner.get("detail") or inner.get("msg") or ""
        code = inner.get("code") or inner.get("type") or inner.get("status") or ""
        kind = str(inner.get("type") or "")
        return cls(str(words or inner), kind if kind in _QUOTA_CODES else str(code))


def http_fault(
    speaker: Speaker, status: int, headers: Mapping[str, str], body: bytes
) -> GrafftuiError:
    """The error for a response that is no success. Header names are lower case."""
    complaint = Complaint.from_body(body)
    words = speaker.clean(complaint.words)
    details: dict[str, Any] = {"status": status, "body": words}
    said = f": {words}" if words else f" with status {status}"
    if status in (401, 403):
        return _key_rejected(speaker, status, words)
    if status == 402 or _is_quota(complaint):
        return _quota(speaker, said, details)
    wait = retry_after_seconds(headers)
    if status == 429 and wait is not None and QUOTA_WAIT < wait <= ABSURD_WAIT:
        return _quota(speaker, f"{said} (for {wait / 60:.0f} minutes)", details)
    if wait is not None:
        wait = min(wait, LONGEST_WAIT)
    if status == 429:
        return RateLimited(
            f"{speaker} limits the rate of requests{said}",
            hint="wait a little, or choose another model",
            retryable=True,
            retry_after=wait,
            **details,
        )
    if status in (503, 529):
        return _overloaded(speaker, said, wait, details)
    if status in _REJECTED_STATUS:
        return _rejected(speaker, said, complaint, details)
    if status in _RETRYABLE_STATUS:
        return ProviderError(
            f"{speaker} failed with status {status}{f': {words}' if words else ''}",
            hint="this is the provider's fault; try again",
            retryable=True,
            retry_after=wait,
            **details,
        )
    return ProviderError(f"{speaker} answered with status {status}{said}", **details)


def stream_fault(speaker: Speaker, error: Any) -> GrafftuiError:
    """The error for one that was said inside a stream."""
    complaint = Complaint.from_json(error)
    words = speaker.clean(complaint.words)
    details: dict[str, Any] = {"body": words}
    said = f": {words}" if words else ""
    code = complaint.code.lower()
    if _is_quota(complaint):
        return _quota(speaker, said, details)
    if code in _OVERLOADED_CODES or code in ("503", "529"):
        return _overloaded(speaker, said, None, details)
    if code in _LIMIT_CODES or code == "429":
        return RateLimited(
            f"{speaker} limits the rate of requests{said}",
            hint="wait a little, or choose another model",
            retryable=True,
            **details,
        )
    if code in ("authentication_error", "permission_error", "invalid_api_key", "401", "403"):
        return _key_rejected(speaker, None, words)
    if code.startswith("invalid") or code in ("400", "context_length_exceeded", "404", "413"):
        return _rejected(speaker, said, complaint, details)
    return ProviderError(
        f"{speaker} stopped with an error{said}",
        hint="this is the provider's fault; try again",
        retryable=True,
        **details,
    )


def _is_quota(complaint: Complaint) -> bool:
    return complaint.code in _QUOTA_CODES or bool(_QUOTA_WORDS.search(complaint.words[:2000]))


def _key_rejected(speaker: Speaker, status: int | None, words: str) -> KeyRejected:
    key = f", key {last_four(speaker.key)}" if speaker.key else ""
    return KeyRejected(
        f"key rejected (provider {speaker.provider} at {speaker.host}{key})"
        + (f": {words}" if words else ""),
        hint=f"check the key, or set another with `grafftui keys set {speaker.provider}`",
        status=status,
        body=words,
    )


def _quota(speaker: Speaker, said: str, details: dict[str, Any]) -> QuotaExceeded:
    return QuotaExceeded(
        f"{speaker}: credit or quota is used up{said}",
        hint="add credit with the provider, or choose another provider",
        **details,
    )


def _overloaded(
    speaker: Speaker, said: str, wait: float | None, details: dict[str, Any]
) -> Overloaded:
    return Overloaded(
        f"{speaker} is overloaded{said}",
        hint="wait a little, or choose another model",
        retryable=True,
        retry_after=wait,
        **details,
    )


def _rejected(
    speaker: Speaker, said: str, complaint: Complaint, details: dict[str, Any]
) -> RequestRejected:
    words = complaint.words[:2000]
    status = details.get("status")
    if complaint.code == "context_length_exceeded" or _CONTEXT_WORDS.search(words):
        return ContextWindowExceeded(
            f"{speaker}: the conversation is too long for the model{said}",
            hint="compact the conversation, start a new one, or choose a model with more context",
            **details,
        )
    if _REASONING_WORDS.search(words):
        return ReasoningRejected(
            f"{speaker} does not take the earlier reasoning back{said}",
            hint="send the conversation without its reasoning",
            **details,
        )
    hint = {
        404: "check the model's name and the provider's address",
        405: "check the provider's address",
        413: "the request is too large: compact the conversation or attach less",
    }.get(status or 0, "change the request or the model; nothing is sent again by itself")
    return RequestRejected(f"{speaker} rejected the request{said}", hint=hint, **details)
