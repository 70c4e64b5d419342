"""Requests to the gateway: their headers, their time, their errors, and which are made again.

Made again is what the gateway has not done (no connection, 429) and what does no harm twice. What
it says is not trusted: sizes are bounded, types are looked at, and its words are one plain line.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from grafftui import __version__
from grafftui.errors import (
    GrafftuiError,
    NotFoundError,
    SandboxAuthenticationError,
    SandboxError,
    SandboxGoneError,
)
from grafftui.sandboxes.lasting.gateway.answers import read
from grafftui.text import one_line
from grafftui.text.redact import redact

if TYPE_CHECKING:
    import httpx2

MOST_ANSWER: Final = 64 << 20
_CONNECT_SECONDS: Final = 10.0
_SECONDS: Final = 60.0
_ATTEMPTS: Final = 4
_FIRST_WAIT: Final = 0.25
_LONGEST_WAIT: Final = 20.0
_NOT_DONE: Final = (429,)
_PASSING: Final = (429, 500, 502, 503, 504)
_WORDS: Final = 300
_HINTS: Final = {
    "insufficient_credits": "add credits to your CodeGraff account",
    "key_budget_exceeded": "raise the budget of this key, or use another",
}


class Calls:
    """Makes requests. Safe from any thread.

    Args:
        base: Address of the gateway, without a slash at the end.
        key: What it knows the person by.
        wait: Sleeps between two attempts.
    """

    def __init__(self, base: str, key: str, wait: Callable[[float], object] = time.sleep) -> None:
        self.base = base
        self.key = key
        self._wait = wait
        self._lock = Lock()
        self._made: httpx2.Client | None = None

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        again: bool = False,
        seconds: float = _SECONDS,
        limit: int = MOST_ANSWER,
    ) -> Any:
        """What the gateway answers, read as JSON.

        Args:
            again: Whether it may be asked twice: it changes nothing, or no more the second time.
            seconds: How long the answer may take to begin, or to go on.
            limit: Bytes it may have.

        Raises:
            SandboxAuthenticationError: It does not take the key.
            SandboxGoneError: There is no such sandbox, or no such thing in it.
            SandboxError: Anything else; `retryable` says whether it may pass.
        """
        wait = _FIRST_WAIT
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._once(method, path, body, seconds, limit)
            except _Failed as failed:
                if method == "DELETE" and attempt > 1 and isinstance(failed.error, NotFoundError):
                    return None  # the attempt that broke off has done it
                if attempt == _ATTEMPTS or not (failed.not_done or (again and failed.passing)):
                    raise failed.error from failed.__cause__
                self._wait(min(_LONGEST_WAIT, max(wait, failed.wait)))
                wait *= 4
        raise AssertionError

    def _once(
        self, method: str, path: str, body: Mapping[str, Any] | None, seconds: float, limit: int
    ) -> Any:
        import httpx2

        what = f"{method} {path}"
        timeout = httpx2.Timeout(seconds, connect=_CONNECT_SECONDS)
        try:
            with (
                self._client().stream(
                    method,
                    self.base + path,
                    headers=self._headers(),
                    timeout=timeout,
                    content=None if body is None else json.dumps(body).encode(),
                ) as response,
            ):
                content = _read(response, limit, time.monotonic() + seconds + _SECONDS)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise _Failed(_broken(what, "it cannot be reached"), not_done=True) from error
        except httpx2.TimeoutException as error:
            raise _Failed(_broken(what, f"it was silent for {seconds:g} s")) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise _Failed(_broken(what, "the connection broke off")) from error
        if response.status_code >= 300:
            raise _refused(what, response, content)
        return _parsed(what, response, content)

    def _client(self) -> httpx2.Client:
        """One for all requests, since reading the certificates takes 0.1 s; no connection is
        kept: one that was closed meanwhile looks like an answer that was lost."""
        import httpx2

        with self._lock:
            if self._made is None:
                limits = httpx2.Limits(max_keepalive_connections=0)
                self._made = httpx2.Client(
                    verify=_certificates(), limits=limits, follow_redirects=False
                )
            return self._made

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": f"grafftui/{__version__}",
        }


class _Failed(Exception):
    """One attempt.

    Args:
        error: What it means.
        not_done: Whether the gateway has surely done nothing.
        wait: Seconds that it asks to wait.
    """

    def __init__(self, error: GrafftuiError, *, not_done: bool = False, wait: float = 0) -> None:
        super().__init__(str(error))
        self.error = error
        self.not_done = not_done
        self.passing = isinstance(error, SandboxError) and error.retryable
        self.wait = wait


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


def _read(response: httpx2.Response, limit: int, deadline: float) -> bytes:
    pieces, size = [], 0
    for piece in response.iter_bytes():
        size += len(piece)
        if time.monotonic() > deadline:
            raise TimeoutError("it sends too slowly")
        if size > limit:
            words = f"the gateway sent more than {limit >> 20} MB"
            raise _Failed(SandboxError(words, status=response.status_code))
        pieces.append(piece)
    return b"".join(pieces)


def _parsed(what: str, response: httpx2.Response, content: bytes) -> Any:
    if not content and response.status_code in (200, 202, 204):
        return None
    try:
        return read(content)
    except (ValueError, RecursionError):
        words = f"the gateway answered {what} with what is no JSON"
        raise _Failed(SandboxError(words, status=response.status_code)) from None


def _broken(what: str, why: str) -> SandboxError:
    return SandboxError(f"Gateway {what} failed: {why}", retryable=True)


def _refused(what: str, response: httpx2.Response, content: bytes) -> _Failed:
    status = response.status_code
    code, said = _said(content)
    words = f"Gateway {what} failed ({status})" + (f": {said}" if said else "")
    if status in (401, 403):
        hint = "check the key: CODEGRAFF_API_KEY, or grafftui keys set codegraff"
        return _Failed(SandboxAuthenticationError(words, hint=hint, status=status, code=code))
    if status in (404, 410):
        hint = "see what there is: grafftui sandbox list --engine gateway"
        return _Failed(SandboxGoneError(words, hint=hint, status=status, code=code))
    error = SandboxError(
        words,
        hint=_HINTS.get(code, ""),
        status=status,
        code=code,
        retryable=status in _PASSING,
    )
    return _Failed(
        error, not_done=status in _NOT_DONE, wait=_seconds(response.headers.get("retry-after"))
    )


def _said(content: bytes) -> tuple[str, str]:
    """The code and the words of an error's body, whatever it is."""
    text = content[:4_096].decode("utf-8", "replace")
    code = ""
    try:
        error = json.loads(content)["error"]
        if isinstance(error, str):
            text = error
        else:
            text = str(error.get("message", ""))
            code = str(error.get("code") or error.get("type") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return one_line(redact(code), 60), one_line(redact(text), _WORDS)


def _seconds(value: str | None) -> float:
    try:
        return max(0.0, min(_LONGEST_WAIT, float(value or 0)))
    except ValueError:
        return 0.0
