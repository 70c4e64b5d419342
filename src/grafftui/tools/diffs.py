"""Unified diffs, in bounded time whatever the texts are."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

MAX_PAIRS, MAX_ALL_PAIRS = 20_000, 200_000
"""Pairs of equal lines that difflib is given at once, and for one diff: it needs time by their
product with the number of blocks. Beyond that a stretch counts as replaced."""

MAX_DEPTH = 50
"""How often a stretch is divided."""

MAX_RUN = 2_000
"""Removed lines shown in one run; of what goes, the rest is only counted."""

_CONTEXT = 3

Opcode = tuple[str, int, int, int, int]
Block = tuple[int, int, int]
"""Where it begins in the old lines, where in the new, and how many lines it has."""


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


Choices = Mapping[int, Sequence[str] | None]
"""Number of a hunk → the lines, without ends, of its new side; None leaves it as it was."""


def with_choices(before: str, after: str, choices: Choices) -> str:
    """`after` with some of its hunks, numbered as `unified` shows them, made otherwise.

    Raises:
        ValueError: There is no hunk of such a number.
    """
    old, new = _split(before), _split(after)
    groups = list(_groups(_opcodes(_split(_readable(before)), _split(_readable(after)))))
    if missing := [number for number in choices if not 0 <= number < len(groups)]:
        raise ValueError(f"there is no hunk {missing[0] + 1}; the edit has {len(groups)}")
    made: list[str] = []
    end = 0
    for number, group in enumerate(groups):
        (_, first_old, _, first_new, _), (_, _, last_old, _, last_new) = group[0], group[-1]
        chosen = choices.get(number)
        if number not in choices:
            side = new[first_new:last_new]
        elif chosen is None:
            side = old[first_old:last_old]
        else:
            side = _ended(chosen, new[first_new:last_new])
        made += [*new[end:first_new], *side]
        end = last_new
    return "".join((*made, *new[end:]))


def _ended(lines: Sequence[str], like: Sequence[str]) -> list[str]:
    """`lines` with the ends that `like` has: CRLF or LF, and none at the end of the file."""
    end = "\r\n" if any(line.endswith("\r\n") for line in like) else "\n"
    ended = [line.removesuffix("\r") + end for line in lines]
    if ended and like and not like[-1].endswith("\n"):
        ended[-1] = ended[-1].removesuffix(end)
    return ended


def _readable(text: str) -> str:
    """The text as diffs are made of it: what is no UTF-8 became U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _split(text: str) -> list[str]:
    """Lines with their LF; only the last may have none."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    codes: list[Opcode] = []
    i = j = 0
    for start_i, start_j, size in [*_equal_blocks(old, new), (len(old), len(new), 0)]:
        if i < start_i or j < start_j:
            codes.append(("replace", i, start_i, j, start_j))
        i, j = start_i + size, start_j + size
        if size and codes and codes[-1][0] == "equal":
            codes[-1] = ("equal", codes[-1][1], i, codes[-1][3], j)
        elif size:
            codes.append(("equal", start_i, i, start_j, j))
    return codes


def _equal_blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """Stretches that stay, in order: patience diff, with difflib between its anchors."""
    blocks: list[Block] = []
    waiting = [(0, len(old), 0, len(new), 0)]
    budget = MAX_ALL_PAIRS
    while waiting:
        i1, i2, j1, j2, depth = waiting.pop()
        shorter = min(i2 - i1, j2 - j1)
        start = next((n for n in range(shorter) if old[i1 + n] != new[j1 + n]), shorter)
        rest = shorter - start
        end = next((n for n in range(rest) if old[i2 - 1 - n] != new[j2 - 1 - n]), rest)
        blocks += [(i1, j1, start), (i2 - end, j2 - end, end)]
        i1, i2, j1, j2 = i1 + start, i2 - end, j1 + start, j2 - end
        if i1 == i2 or j1 == j2:
            continue
        old_counts, new_counts = Counter(old[i1:i2]), Counter(new[j1:j2])
        anchors = _anchors(old, new, (i1, i2, j1, j2), old_counts, new_counts)
        pairs = sum(count * new_counts[line] for line, count in old_counts.items())
        if anchors and depth < MAX_DEPTH:
            for i, j in [*anchors, (i2, j2)]:
                waiting.append((i1, i, j1, j, depth + 1))
                i1, j1 = i, j
        elif pairs <= min(MAX_PAIRS, budget):
            budget -= pairs
            matcher = difflib.SequenceMatcher(None, old[i1:i2], new[j1:j2], autojunk=False)
            blocks += [(i1 + i, j1 + j, size) for i, j, size in matcher.get_matching_blocks()]
    return sorted(block for block in blocks if block[2])


def _anchors(
    old: Sequence[str],
    new: Sequence[str],
    stretch: tuple[int, int, int, int],
    old_counts: Counter[str],
    new_counts: Counter[str],
) -> list[tuple[int, int]]:
    """Lines that stand once in both, as many as are in the same order in both."""
    i1, i2, j1, j2 = stretch
    places = {new[j]: j for j in range(j1, j2) if new_counts[new[j]] == 1}
    pairs = [
        (i, places[old[i]]) for i in range(i1, i2) if old_counts[old[i]] == 1 and old[i] in places
    ]
    # the longest rising sequence: tops[n] ends the lowest one of n + 1
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(tops, j)
        before.append(ends[length - 1] if length else -1)
        tops[length : length + 1] = [j]
        ends[length : length + 1] = [index]
    rising: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        rising.append(pairs[index])
        index = before[index]
    return rising[::-1]


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
