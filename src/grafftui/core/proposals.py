"""What the edits that wait for an answer would leave, whole, for whoever wants to change them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from grafftui.errors import NotFoundError


class Proposals:
    """The texts of edits that are being asked about. Safe from any thread."""

    def __init__(self) -> None:
        self._texts: dict[str, Mapping[str, str]] = {}

    @contextmanager
    def open(self, request_id: str, texts: Mapping[str, str]) -> Iterator[None]:
        """Keep a request's texts (path → whole text) while it waits."""
        self._texts[request_id] = texts
        try:
            yield
        finally:
            del self._texts[request_id]

    def text(self, request_id: str, path: str) -> str:
        """The text that would stand at `path`. Raises `NotFoundError`."""
        try:
            return self._texts[request_id][path]
        except KeyError:
            raise NotFoundError(f"no request that waits proposes a text for {path}") from None
