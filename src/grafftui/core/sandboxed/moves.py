"""What a sandbox moved comes whole or not at all: nothing is removed here of which the rest stays
there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from grafftui.errors import SandboxError, SandboxGoneError
from grafftui.tools.path_names import shown_name

if TYPE_CHECKING:
    from grafftui.core.sandboxed.gathering import Gathered
    from grafftui.sandboxes.lasting.engine import Altered
    from grafftui.tools.edits import Edit

_MOST_COMPARED: Final = 1_000
"""Pairs of files that are compared line by line; of more only the same content counts."""


def keep_moves_whole(
    found: Gathered, altered: Sequence[Altered], content: Callable[[str], bytes]
) -> None:
    """Leave out of `found` one half of each move whose other half is left out.

    Args:
        altered: All that was to be brought.
        content: What a file of the sandbox holds, by its path; raises `SandboxError`.
    """

    @cache
    def read(path: str) -> bytes:
        try:
            return content(path)
        except SandboxGoneError:
            raise
        except SandboxError:
            return b""

    while out := _Halves.of(found, altered, read).left_alone():
        found.leave(out)


@dataclass(frozen=True, slots=True)
class _Halves:
    """What is brought, and what is not, to be matched.

    Attributes:
        edits: Path in the sandbox → what is brought.
        left: Path in the sandbox → what is not.
        arriving: Hashes of all that will be here as it is there.
        leaving: Hashes of all that will have been removed.
        read: What a file of the sandbox holds; b"" if it cannot be read.
    """

    edits: Mapping[str, Edit]
    left: Mapping[str, Altered]
    arriving: frozenset[str | None]
    leaving: frozenset[str | None]
    read: Callable[[str], bytes]

    @classmethod
    def of(
        cls, found: Gathered, altered: Sequence[Altered], read: Callable[[str], bytes]
    ) -> _Halves:
        edits = dict(zip(found.paths, found.edits, strict=True))
        arriving = {edit.after_sha256 for edit in found.edits} | {*found.already.values()}
        removed = [one.known for one in altered if one.path in found.removed]
        left = {one.path: one for one in altered if shown_name(one.path) in found.left}
        return cls(edits, left, frozenset(arriving), frozenset().union(*removed), read)

    def left_alone(self) -> dict[str, str]:
        """Path → why it is to be left out, too."""
        whys = {
            path: self._of_removed(path, edit) if edit.after is None else self._of_new(path, edit)
            for path, edit in self.edits.items()
            if self.left
        }
        return {path: why for path, why in whys.items() if why}

    def _of_removed(self, path: str, edit: Edit) -> str:
        if folder := self._left_above(path):
            return f"{folder} was made of its folder and is left out"
        if edit.before is None or not edit.before.content or edit.before.sha256 in self.arriving:
            return ""
        for one in self.left.values():
            if not one.gone and self._became(edit.before.content, one):
                return f"it was moved to {shown_name(one.path)}, which is left out"
        return ""

    def _of_new(self, path: str, edit: Edit) -> str:
        if file := self._left_above(path):
            return f"{file} stays, in place of its folder"
        if not edit.after or edit.after_sha256 in self.leaving:
            return ""
        for one in self.left.values():
            if one.gone and edit.after_sha256 in one.known:
                return f"it was moved from {shown_name(one.path)}, which is left out"
        return ""

    def _left_above(self, path: str) -> str:
        above = (str(folder) for folder in PurePosixPath(path).parents)
        return next((shown_name(folder) for folder in above if folder in self.left), "")

    def _became(self, old: bytes, one: Altered) -> bool:
        """Whether `one` is what was `old`, which may have been changed then."""
        new = self.read(one.path)
        is_new, few = one.was_executable is None, len(self.edits) * len(self.left)
        return new == old or (is_new and few <= _MOST_COMPARED and _alike(old, new))


def _alike(old: bytes, new: bytes) -> bool:
    """Whether they share more than half of the lines of the longer one."""
    before, after = Counter(old.split(b"\n")), Counter(new.split(b"\n"))
    return 2 * (before & after).total() > max(before.total(), after.total())
