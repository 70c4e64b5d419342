"""Heights of many rows of things, and where each begins: a Fenwick tree.

Everything is in lines. `set`, `append`, `top` and `find` take O(log n); `Heights(values)` is
O(n) and cheap enough for a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterable


class Heights:
    """A sequence of heights with fast prefix sums.

    Args:
        values: The initial heights, each at least 0.
    """

    __slots__ = ("_sums", "_values", "total")

    def __init__(self, values: Iterable[int] = ()) -> None:
        self._values = list(values)
        self._sums = sums = [0, *self._values]
        size = len(sums)
        for index in range(1, size):
            parent = index + (index & -index)
            if parent < size:
                sums[parent] += sums[index]
        self.total = sum(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int) -> int:
        return self._values[index]

    def append(self, height: int) -> None:
        """Add `height` at the end."""
        self._values.append(height)
        index = len(self._values)
        reach = index - (index & -index)
        total, child = height, index - 1
        while child > reach:
            total += self._sums[child]
            child -= child & -child
        self._sums.append(total)
        self.total += height

    def set(self, index: int, height: int) -> None:
        """Change one height."""
        change = height - self._values[index]
        if not change:
            return
        self._values[index] = height
        self.total += change
        sums, size, node = self._sums, len(self._sums), index + 1
        while node < size:
            sums[node] += change
            node += node & -node

    def truncate(self, length: int) -> None:
        """Forget everything from `length` on."""
        self.total = self.top(length)
        del self._values[length:]
        del self._sums[length + 1 :]

    def top(self, index: int) -> int:
        """The sum of all heights before `index`."""
        total, sums = 0, self._sums
        while index > 0:
            total += sums[index]
            index -= index & -index
        return total

    def find(self, line: int) -> tuple[int, int]:
        """The index that covers `line`, and the line within it.

        Things without height cover nothing. Lines past either end are clamped to the first
        and the last; an empty sequence gives (0, 0).
        """
        size = len(self._values)
        if not size or line < 0:
            return 0, 0
        if line >= self.total:
            return size - 1, max(0, self._values[-1] - 1)
        position, rest, sums = 0, line, self._sums
        step = 1 << (size.bit_length() - 1)
        while step:
            following = position + step
            if following <= size and sums[following] <= rest:
                position = following
                rest -= sums[following]
            step >>= 1
        return position, rest
