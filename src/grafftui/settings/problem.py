"""What is wrong with a settings file, in one line a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grafftui.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a settings file that cannot be used.

    Attributes:
        path: The file.
        where: A place in it ("line 3, column 7"), a key ("retry_attempts"), or "" for all of it.
        message: What is wrong, without the value (which may be a misplaced secret).
    """

    path: Path
    where: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.path), self.where, self.message) if part)


class BrokenFileError(SettingsError):
    """A settings file that cannot be read at all. It is never written to."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem), hint=f"repair {problem.path}, or move it away")
        self.problem = problem
