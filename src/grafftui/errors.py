"""Every error grafftui raises on purpose, drawn as one tree.

    GrafftuiError
    ├── UsageError            what was asked for cannot be meant (also a ValueError)
    ├── SettingsError         a settings file says something it cannot
    ├── NotFoundError         no such conversation, provider, agent …
    ├── AbortedError          stopped by the person
    ├── AuthenticationError   no key, or a key the provider rejects
    ├── ProviderError         the provider or the way to it failed (status, body, retryable)
    ├── TurnFailedError       a turn ended without an answer
    ├── AnswerError           an answer that does not follow the schema that was asked for
    ├── PolicyError           refused by a rule, or by nobody being there to say yes
    ├── BudgetError           the person's budget is used up
    ├── SandboxError          a sandbox, or the way to it, failed (status, retryable)
    │   ├── SandboxGoneError  it is no longer there (also a NotFoundError)
    │   ├── SandboxPathError  there is nothing at a path in it (also a NotFoundError)
    │   └── SandboxAuthenticationError  its engine takes no key of ours (also an
    │                         AuthenticationError)
    ├── CheckpointError       the workspace cannot be kept, or not be put back
    ├── KeyringError          the OS keyring is missing, locked or silent
    └── StoreError            the history cannot be read or written

`str(error)` is one line for a person; `hint` says what to do. Neither ever holds a key.
"""

from __future__ import annotations


class GrafftuiError(Exception):
    """Base of all errors raised on purpose.

    Args:
        message: What is wrong and where, one line.
        hint: What the person can do about it, one line, or "".
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(GrafftuiError, ValueError):
    """An argument that cannot be meant."""


class SettingsError(GrafftuiError):
    """A settings file that cannot be used."""


class NotFoundError(GrafftuiError, LookupError):
    """Something named does not exist."""


class AbortedError(GrafftuiError):
    """Stopped by the person, not by a fault."""


class AuthenticationError(GrafftuiError):
    """No key where one is needed, or one that the provider rejects."""


class ProviderError(GrafftuiError):
    """The provider, or the way to it, failed.

    Args:
        status: HTTP status, or None when no response was read.
        body: What the provider said, shortened and free of keys.
        retryable: Whether sending the same request again can help.
        retry_after: Seconds the provider asked to wait, already clamped, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        body: str = "",
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body
        self.retryable = retryable
        self.retry_after = retry_after


class TurnFailedError(GrafftuiError, RuntimeError):
    """A turn ended without an answer; the error that ended it, if one did, is chained."""


class AnswerError(GrafftuiError, ValueError):
    """An answer that does not follow the schema that was asked for.

    Args:
        text: The answer.
    """

    def __init__(self, message: str, *, text: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.text = text


class PolicyError(GrafftuiError):
    """A rule, or the absence of anyone to ask, said no."""


class BudgetError(GrafftuiError):
    """The person's budget is used up; no request is sent."""


class SandboxError(GrafftuiError, RuntimeError):
    """A sandbox, or the way to it, failed.

    Args:
        status: HTTP status, or None where there is none.
        code: What the engine calls it, for example "insufficient_credits", or "".
        retryable: Whether asking again can help.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        code: str = "",
        retryable: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code
        self.retryable = retryable


class SandboxGoneError(SandboxError, NotFoundError):
    """A sandbox that is no longer there."""


class SandboxPathError(SandboxError, NotFoundError):
    """There is nothing at a path in a sandbox."""


class SandboxAuthenticationError(SandboxError, AuthenticationError):
    """No key for the engine of a sandbox, or one that it rejects."""


class CheckpointError(GrafftuiError):
    """The workspace cannot be kept as it is, or not be put back as it was."""


class KeyringError(GrafftuiError):
    """The OS keyring is missing, locked, or does not answer."""


class StoreError(GrafftuiError):
    """The history cannot be read or written."""
