"""What goes wrong in a cloud's SDK, in our errors. Nothing of an SDK is imported here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

from grafftui.errors import (
    GrafftuiError,
    NotFoundError,
    SandboxAuthenticationError,
    SandboxError,
    SandboxGoneError,
    UsageError,
)
from grafftui.sandboxes.lasting.clouds.accounts import Account
from grafftui.text import one_line
from grafftui.text.redact import redact

_WORDS: Final = 300
_PASSING: Final = (429, 500, 502, 503, 504)
_STATUS_OF: Final = {
    "AuthenticationException": 401,
    "DaytonaAuthenticationError": 401,
    "DaytonaForbiddenError": 403,
    "DaytonaGoneError": 410,
    "DaytonaNotFoundError": 404,
    "DaytonaValidationError": 400,
    "InvalidArgumentException": 400,
    "NotFoundException": 404,
    "RateLimitException": 429,
    "SandboxNotFoundException": 410,
    "SandboxNotRunningException": 410,
    "ServiceBusyException": 503,
}
"""Of errors that do not say it themselves, by the name of their class."""

_PASSING_KINDS: Final = (
    "TimeoutException",
    "DaytonaTimeoutError",
    "DaytonaConnectionError",
    "TransportError",
    "MaxRetryError",
    "OSError",
)


_NOT_UNDERSTOOD: Final = (ValueError, KeyError, TypeError, AttributeError)
"""What an SDK that reads an odd answer lets through."""


class MissingError(NotFoundError):
    """There is no such sandbox, or no such thing in it: the service does not say which."""


def missing(package: str) -> str:
    """Why an SDK cannot be used, in a sentence; "" if it can."""
    if find_spec(package) is not None:
        return ""
    return f"the package {package} is not installed: pip install 'grafftui[{package}]'"


@contextmanager
def told(account: Account, what: str) -> Iterator[None]:
    """Have what an SDK raises in the block be our errors.

    Raises:
        SandboxAuthenticationError: The key is not taken.
        SandboxGoneError: There is no such sandbox.
        MissingError: There is none, or no such thing in it.
        UsageError: It cannot be asked for so.
        SandboxError: Anything else; `retryable` says whether it may pass.
    """
    try:
        yield
    except GrafftuiError:
        raise
    except Exception as error:
        raise _meant(account, what, error) from error


def _meant(account: Account, what: str, error: Exception) -> GrafftuiError:
    names = _kinds(error)
    status = getattr(error, "status_code", None) or next(
        (_STATUS_OF[name] for name in names if name in _STATUS_OF), None
    )
    said = one_line(redact(str(error)), _WORDS) or names[0]
    if isinstance(error, _NOT_UNDERSTOOD):
        said = f"its answer is not understood: {said}"
    words = f"{account.name} {what} failed: {said}"
    if status in (401, 403):
        variable = account.key_variables[0]
        hint = f"check the key: {variable}, or grafftui keys set {account.id}"
        return SandboxAuthenticationError(words, hint=hint, status=status)
    if status == 410:
        hint = f"see what there is: grafftui sandbox list --engine {account.id}"
        return SandboxGoneError(words, hint=hint, status=404)
    if status == 404:
        return MissingError(words)
    if status == 400:
        return UsageError(words)
    passing = status in _PASSING or any(name in _PASSING_KINDS for name in names)
    return SandboxError(words, status=status, retryable=passing)


def _kinds(error: BaseException) -> list[str]:
    """What an error is, by name, and what caused it."""
    names = [kind.__name__ for kind in type(error).__mro__]
    return names + (_kinds(error.__cause__) if error.__cause__ else [])
