"""Earlier prompts: walking through them, and searching them."""

from __future__ import annotations

from collections.abc import Sequence


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

    Args:
        prompts: Earlier prompts, newest first.
    """

    def __init__(self, prompts: Sequence[str]) -> None:
        self._prompts = prompts
        self._at = 0
        self.query = ""
        self.found = ""

    def ask(self, query: str) -> None:
        """Look for `query`, from the newest prompt on; `found` is "" when there is none."""
        self.query = query
        self._at = 0
        self.found = ""
        if query:
            self._look()

    def older(self) -> None:
        """Look further back; stays where it is when there is nothing."""
        if self.found:
            self._at += 1
        self._look()

    def _look(self) -> None:
        wanted = self.query.casefold()
        for at in range(self._at, len(self._prompts)):
            prompt = self._prompts[at]
            if prompt != self.found and wanted in prompt.casefold():
                self._at, self.found = at, prompt
                return
