"""What every group of methods is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

R = TypeVar("R")
Given = TypeVar("Given", bound=Mapping[str, Any])


class Calling(Generic[R]):
    """Has a way to ask the app-server something."""

    def request(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
    ) -> R:
        """Ask anything: `method` and `params` as in the protocol.

        Args:
            timeout: Seconds; None for those of the options.

        Raises:
            CodexConnectionError: The app-server ended, or the client was closed.
            CodexTimeoutError: It did not answer in time.
            CodexRequestError: It answered with an error.
        """
        raise NotImplementedError

    def _call(self, method: str, given: Mapping[str, Any] | None = None, /, **named: Any) -> R:
        """Ask with names of Python, leaving out what is None."""
        return self.request(method, on_the_wire({**(given or {}), **named}))


def known(given: Given, form: type) -> Given:
    """`given`, whose names are those of a `TypedDict`: a misspelt one would say nothing to Codex.

    Raises:
        TypeError: One is not; `request` sends whatever there is.
    """
    names = form.__annotations__.keys()
    if strange := [name for name in given if name not in names]:
        raise TypeError(f"unknown argument {strange[0]!r}: there are {', '.join(names)}")
    return given


def on_the_wire(named: Mapping[str, Any]) -> dict[str, Any]:
    """`{"thread_id": "t"}` as `{"threadId": "t"}`; only the outermost names, None left out."""
    return {camel(name): value for name, value in named.items() if value is not None}


def camel(name: str) -> str:
    """`thread_id` as `threadId`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
