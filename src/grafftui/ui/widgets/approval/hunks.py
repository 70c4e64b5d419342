"""The hunks of a proposed edit, and what the person wants done with each. Knows no Textual."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from grafftui.text.diff_lines import read_diff

if TYPE_CHECKING:
    from grafftui.approvals import FileEdit, HunkChoice

_NUMBERS = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")
_CONTEXT: Final = 3
_MOST_COMPARED: Final = 200
"""Lines of an edited hunk that are compared one by one."""


@dataclass(slots=True, eq=False)
class Hunk:
    """One hunk.

    Attributes:
        path: Of its `FileEdit`.
        number: 0, 1, … in the file's diff.
        header: Its `@@` line.
        body: Its lines with their signs, as proposed.
        keep: Whether it is made.
        lines: Its new side as the person wrote it, or None for the proposed one.
    """

    path: str
    number: int
    header: str
    body: tuple[str, ...]
    keep: bool = True
    lines: tuple[str, ...] | None = None

    @property
    def changed(self) -> bool:
        """Whether it is made otherwise than proposed."""
        return not self.keep or self.lines is not None

    @property
    def word(self) -> str:
        """What became of it, in a word; "" when it stands as proposed."""
        if not self.keep:
            return "rejected"
        return "edited" if self.lines is not None else ""

    def side(self, sign: str) -> tuple[str, ...]:
        """The lines before ("-") or as proposed ("+"), without their signs."""
        kept = (line for line in self.body if line[:1] in (sign, " ", ""))
        return tuple(line[1:].removesuffix("\r") for line in kept)

    @property
    def new_lines(self) -> tuple[str, ...]:
        """The new side as it would be made."""
        return self.side("+") if self.lines is None else self.lines

    def shown(self) -> Iterator[str]:
        """The lines of its diff as it would be made."""
        if self.lines is None:
            yield self.header
            yield from self.body
            return
        numbers = _NUMBERS.match(self.header)
        assert numbers is not None
        before = self.side("-")
        yield _header(int(numbers[1]), len(before), int(numbers[2]), len(self.lines))
        yield from _compared(before, self.lines)


class Shown(NamedTuple):
    """A line of a diff, and the hunk it is part of."""

    text: str
    hunk: Hunk | None


class ProposedEdits:
    """All hunks of a request, in order.

    Args:
        edits: What is proposed.

    Attributes:
        hunks: In the order of the diffs. A removal and what is no text have none that could be
            made apart.
        contents: Path → whole text, for files the person wrote anew.
    """

    def __init__(self, edits: Sequence[FileEdit]) -> None:
        self.hunks: list[Hunk] = []
        self.contents: dict[str, str] = {}
        self._parts: list[Sequence[str] | Hunk] = []
        self._rewritten: dict[str, list[str]] = {}
        self._paths: list[str] = []
        for edit in edits:
            self._take(edit)

    def _take(self, edit: FileEdit) -> None:
        lines = edit.diff.removesuffix("\n").split("\n")
        starts = [n for n, (line, _) in enumerate(read_diff(lines)) if line.kind == "hunk"]
        if edit.after_sha256 is None or not starts:
            self._add(lines, edit.path)
            return
        self._add(lines[: starts[0]], edit.path)
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True)):
            hunk = Hunk(edit.path, number, lines[start], tuple(lines[start + 1 : end]))
            self.hunks.append(hunk)
            self._add(hunk, edit.path)

    def _add(self, part: Sequence[str] | Hunk, path: str) -> None:
        self._parts.append(part)
        self._paths.append(path)

    def rewrite(self, path: str, proposed: str, text: str) -> None:
        """The person wrote the whole file anew; as `proposed` it is what it was."""
        if text == proposed:
            self.contents.pop(path, None)
            return
        self.contents[path] = text
        lines = _one_hunk(proposed.split("\n"), text.split("\n"))
        self._rewritten[path] = ["--- as proposed", "+++ as you wrote it", *lines]

    def shown(self) -> list[Shown]:
        """Every line of the diff as it would be made, rejected hunks included."""
        found: list[Shown] = []
        rewritten: set[str] = set()
        for part, path in zip(self._parts, self._paths, strict=True):
            if path in self.contents:
                if path not in rewritten and not isinstance(part, Hunk):
                    rewritten.add(path)
                    found += [Shown(line, None) for line in part]
                    found += [Shown(line, None) for line in self._rewritten[path]]
            elif isinstance(part, Hunk):
                found += [Shown(line, part) for line in part.shown()]
            else:
                found += [Shown(line, None) for line in part]
        return found

    @property
    def apart(self) -> list[Hunk]:
        """The hunks that can still be decided one by one."""
        return [hunk for hunk in self.hunks if hunk.path not in self.contents]

    @property
    def nothing_left(self) -> bool:
        """Whether every hunk is rejected, and nothing written anew."""
        hunks = self.apart
        return bool(hunks) and not self.contents and not any(hunk.keep for hunk in hunks)

    @property
    def rejected(self) -> int:
        """How many hunks are rejected."""
        return sum(not hunk.keep for hunk in self.apart)

    def choices(self) -> tuple[HunkChoice, ...]:
        """What differs from making every hunk as proposed."""
        from grafftui.approvals import HunkChoice

        return tuple(
            HunkChoice(hunk.path, hunk.number, hunk.keep, hunk.lines if hunk.keep else None)
            for hunk in self.apart
            if hunk.changed
        )


def _header(before: int, old: int, after: int, new: int) -> str:
    return f"@@ -{before},{old} +{after},{new} @@"


def _one_hunk(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """All that differs, with a few equal lines around it."""
    head, tail = _equal_ends(before, after)
    first, last = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    yield _header(first + 1, len(old), first + 1, len(new))
    yield from _compared(old, new)


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Both sides as the lines of a hunk, changes beside what they replace."""
    head, tail = _equal_ends(before, after)
    yield from (f" {line}" for line in before[:head])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    codes = [("replace", 0, len(old), 0, len(new))]
    if max(len(old), len(new)) <= _MOST_COMPARED:
        codes = list(difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    for tag, i1, i2, j1, j2 in codes:
        if tag == "equal":
            yield from (f" {line}" for line in old[i1:i2])
        else:
            yield from (f"-{line}" for line in old[i1:i2])
            yield from (f"+{line}" for line in new[j1:j2])
    yield from (f" {line}" for line in before[len(before) - tail :])


def _equal_ends(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many lines are the same at the beginning, and how many at the end."""
    shorter = min(len(before), len(after))
    head = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - head
    return head, next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
