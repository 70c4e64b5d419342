"""Reads what a search engine prints and keeps what fits."""

from __future__ import annotations

import os
from collections.abc import Callable

from grafftui.text import for_model
from grafftui.tools.search_engines import SearchMode

_MAX_RECORD_BYTES = 8_192
_MAX_COMPLAINT_BYTES = 2_000


class Enough(Exception):
    """No more is wanted; the engine can be stopped."""


class SearchResults:
    """Collects results, file by file, until a limit is reached.

    Args:
        mode: What is searched for.
        counts: Whether a path (as the engine prints it) is wanted.
        shown: How a path is shown.
        numbers: Whether lines come with their numbers.
        offset: How many results are left out first.
        most: How many results are kept.
        most_bytes: How much text is kept.

    Attributes:
        found: Whether anything was found.
    """

    def __init__(
        self,
        mode: SearchMode,
        *,
        counts: Callable[[str], bool],
        shown: Callable[[str], str],
        numbers: bool,
        offset: int,
        most: int,
        most_bytes: int,
    ) -> None:
        self.found = False
        self._mode = mode
        self._counts = counts
        self._shown = shown
        self._numbers = numbers
        self._offset = offset
        self._passed_over = 0
        self._kept = 0
        self._most = most
        self._room = most_bytes
        self._lines: list[str] = []
        self._part = b""
        self._path: str | None = None
        self._last_path: str | None = None
        self._last_counts = False
        self._heading: str | None = None
        self._complaint = b""
        self._more = False

    @property
    def complaint(self) -> str:
        """What the engine said went wrong, in one line, or ""."""
        said = self._complaint.decode("utf-8", "replace")
        return " ".join(said.split())

    def feed(self, stream: str, chunk: bytes) -> None:
        """Take in the engine's next bytes.

        Raises:
            Enough: A limit is reached.
        """
        if stream == "stderr":
            self._complaint = (self._complaint + chunk)[:_MAX_COMPLAINT_BYTES]
            return
        while chunk:
            end = b"\0" if self._path is None else b"\n"
            piece, ended, chunk = chunk.partition(end)
            self._part += piece[: _MAX_RECORD_BYTES - len(self._part)]
            if not ended:
                return
            part, self._part = self._part, b""
            if self._path is None:
                # git puts "--" between groups of lines
                self._path = os.fsdecode(part.removeprefix(b"--\n"))
                if self._mode != "files_with_matches":
                    continue
            self._record(self._path, part)
            self._path = None

    def tick(self) -> float | None:
        """Nothing is due between reads."""
        return None

    def text(self, stopped: str = "") -> str:
        """What the model gets.

        Args:
            stopped: Why there may be more, if the search was stopped.
        """
        notes = [stopped] if stopped else []
        if self._more:
            following = self._offset + self._kept
            notes.append(f"there is more: narrow the search, or continue with offset={following}")
        lines = [*self._lines, *(f"({note})" for note in notes)]
        return "\n".join(lines) or "Nothing found."

    def _record(self, path: str, part: bytes) -> None:
        if path != self._last_path:
            self._last_path, self._last_counts = path, self._counts(path)
        if not self._last_counts:
            return
        self.found = True
        if self._passed_over < self._offset:
            self._passed_over += 1
            return
        self._keep(self._result(path, part))

    def _result(self, path: str, part: bytes) -> list[str]:
        part = part.rstrip(b"\r").replace(b"\0", b":", 1)  # after git's line number
        text = for_model(part.decode("utf-8", "replace"))
        if self._mode == "files_with_matches":
            return [self._shown(path)]
        if self._mode == "count":
            return [f"{self._shown(path)}:{text}"]
        heading = (
            [] if path == self._heading else [*([""] if self._heading else []), self._shown(path)]
        )
        self._heading = path
        if not self._numbers:
            digits = len(text) - len(text.lstrip("0123456789"))
            text = text[digits + 1 :]
        return [*heading, text]

    def _keep(self, lines: list[str]) -> None:
        size = sum(len(line.encode()) + 1 for line in lines)
        if self._kept >= self._most or size > self._room:
            self._more = True
            raise Enough
        self._kept += 1
        self._room -= size
        self._lines += lines
