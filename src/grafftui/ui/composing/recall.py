"""Earlier prompts: walking through them, and searching them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_BEGINNING: Final = 300
"""Characters of a prompt in which scattered letters are looked for."""


class Walk:
    """Steps through earlier prompts and back to what was being written.

    Args:
        prompts: Earlier prompts, newest first.
    """

    def __init__(self, prompts: Sequence[str] = ()) -> None:
        self._prompts = prompts
        self._at = -1
        self._unsent = ""

    @property
    def is_back(self) -> bool:
        """Whether it is at what was being written."""
        return self._at < 0

    def older(self, current: str) -> str | None:
        """The prompt before the one shown, or None; `current` is kept to come back to."""
        if self._at + 1 >= len(self._prompts):
            return None
        if self._at < 0:
            self._unsent = current
        self._at += 1
        return self._prompts[self._at]

    def newer(self) -> str | None:
        """The prompt after the one shown, at last what was being written; then None."""
        if self._at < 0:
            return None
        self._at -= 1
        return self._unsent if self._at < 0 else self._prompts[self._at]


class Search:
    """Finds earlier prompts by a piece of their text, letter by letter.

    Those that hold it come first, in their order; then those that begin with all its letters,
    others between them.

    Args:
        prompts: Earlier prompts, newest first.
    """

    def __init__(self, prompts: Sequence[str]) -> None:
        self._prompts = prompts
        self._matches = self._matching("")
        self.query = ""
        self.found = ""

    def ask(self, query: str) -> None:
        """Look for `query`, from the newest prompt on; `found` is "" when there is none."""
        self.query = query
        self._matches = self._matching(query.casefold())
        self.found = next(self._matches, "") if query else ""

    def older(self) -> None:
        """Look further back; stays where it is when there is nothing."""
        self.found = next(self._matches, self.found)

    def _matching(self, wanted: str) -> Iterator[str]:
        seen = set()
        for prompt in self._prompts:
            if prompt not in seen and wanted in prompt.casefold():
                seen.add(prompt)
                yield prompt
        letters = re.compile(".*?".join(map(re.escape, wanted)), re.DOTALL)
        for prompt in self._prompts:
            if prompt not in seen and letters.search(prompt[:_BEGINNING].casefold()):
                seen.add(prompt)
                yield prompt
