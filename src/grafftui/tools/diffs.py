"""Unified diffs, in bounded time whatever the texts are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_COMPARED_LINES = 4_000
"""Lines (old + new, without what is equal at both ends) that are compared closely. Beyond that
the whole middle counts as replaced: difflib needs time by the square of it."""

MAX_RUN = 2_000
"""Removed lines shown in one run; of what goes, the rest is only counted."""

_CONTEXT = 3

Opcode = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs.

    Attributes:
        text: Unified diff; "" when nothing differs.
        added: Lines added.
        removed: Lines removed.
    """

    text: str
    added: int
    removed: int

    @property
    def lines(self) -> list[str]:
        """The diff's lines, split at LF only."""
        return self.text.rstrip("\n").split("\n") if self.text else []


def unified(before: str, after: str, path: str, *, created: bool, removed: bool) -> Diff:
    """The diff from `before` to `after`. Lines end at LF only; a CR is part of its line."""
    old, new = _split(before), _split(after)
    opcodes = _opcodes(old, new)
    changes = [code for code in opcodes if code[0] != "equal"]
    head = [
        "--- /dev/null\n" if created else f"--- a/{path}\n",
        "+++ /dev/null\n" if removed else f"+++ b/{path}\n",
    ]
    hunks = [line for group in _groups(opcodes) for line in _hunk(group, old, new)]
    return Diff(
        "".join((*head, *hunks)) if changes else "",
        added=sum(j2 - j1 for _, _, _, j1, j2 in changes),
        removed=sum(i2 - i1 for _, i1, i2, _, _ in changes),
    )


def _split(text: str) -> list[str]:
    """Lines with their LF; only the last may have none."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    if len(old_middle) + len(new_middle) <= MAX_COMPARED_LINES:
        matcher = difflib.SequenceMatcher(None, old_middle, new_middle, autojunk=False)
        middle: Sequence[Opcode] = matcher.get_opcodes()
    else:
        middle = [("replace", 0, len(old_middle), 0, len(new_middle))]
    codes: list[Opcode] = [("equal", 0, start, 0, start)]
    codes += [(t, i1 + start, i2 + start, j1 + start, j2 + start) for t, i1, i2, j1, j2 in middle]
    codes.append(("equal", len(old) - end, len(old), len(new) - end, len(new)))
    return [code for code in codes if code[1] < code[2] or code[3] < code[4]]


def _groups(opcodes: Sequence[Opcode]) -> Iterator[list[Opcode]]:
    """The changes with up to three equal lines around them, those near each other together."""
    group: list[Opcode] = []
    for tag, i1, i2, j1, j2 in opcodes:
        if tag != "equal":
            group.append((tag, i1, i2, j1, j2))
            continue
        if group and i2 - i1 > 2 * _CONTEXT:
            group.append((tag, i1, i1 + _CONTEXT, j1, j1 + _CONTEXT))
            yield group
            group = []
        if group:
            group.append((tag, i1, i2, j1, j2))
        else:
            keep = min(_CONTEXT, i2 - i1)
            group = [(tag, i2 - keep, i2, j2 - keep, j2)] if keep else []
    if group and (len(group) > 1 or group[0][0] != "equal"):
        tag, i1, i2, j1, j2 = group[-1]
        keep = i2 - i1 if tag != "equal" else min(_CONTEXT, i2 - i1)
        yield [*group[:-1], (tag, i1, i1 + keep, j1, j2 if tag != "equal" else j1 + keep)]


def _hunk(group: Sequence[Opcode], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    body: list[str] = []
    old_shown = 0
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            body += _marked(" ", old[i1:i2])
            old_shown += i2 - i1
            continue
        run = min(i2 - i1, MAX_RUN)
        body += _marked("-", old[i1 : i1 + run])
        old_shown += run
        if i2 - i1 > run:
            body.append(f"\\ {i2 - i1 - run:,} more lines removed\n")
        body += _marked("+", new[j1:j2])
    first_old, first_new = group[0][1], group[0][3]
    new_shown = group[-1][4] - first_new
    yield f"@@ -{_range(first_old, old_shown)} +{_range(first_new, new_shown)} @@\n"
    yield from body


def _marked(sign: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield sign + line
        if not line.endswith("\n"):
            yield "\n\\ No newline at end of file\n"


def _range(first: int, count: int) -> str:
    return f"{first + 1 if count else first},{count}"
