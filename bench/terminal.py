"""A terminal that can take output without looking at it, and look later.

To interpret what a program writes costs as much as to write it; done meanwhile, it would be
measured with it. So in a measured phase chunks are only kept, each with its time, and what was
visible when is found out afterwards.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from ptyharness import Emulator, Pty

LETTERS = "bcdfghjkmnpqrtvwx"
LEAD = "zqzz"
"""Typed first, and not measured: what tells our keys from the words of an answer."""


class PatientEmulator(Emulator):
    """An emulator that can be told to hold what arrives."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self._lock = threading.Lock()
        self._held: list[tuple[float, bytes]] | None = None
        self._word = b""
        self._tail = b""
        self._seen = threading.Event()
        self._seen_at = 0.0

    def feed(self, data: bytes) -> bytes:
        """Take in output, or keep it; a program that asks the terminal meanwhile gets no answer."""
        with self._lock:
            if self._held is None:
                return super().feed(data)
            at = time.monotonic()
            self._held.append((at, data))
            self._look_for_word(at, data)
            return b""

    def _look_for_word(self, at: float, data: bytes) -> None:
        if self._word and not self._seen.is_set():
            if self._word in self._tail + data:
                self._seen_at = at
                self._seen.set()
            self._tail = data[-len(self._word) :]

    @property
    def held(self) -> int:
        """Bytes kept so far."""
        with self._lock:
            return sum(len(data) for _, data in self._held or ())

    def hold(self) -> None:
        """From now on, only keep."""
        with self._lock:
            if self._held is None:
                self._held = []

    def expect(self, word: str) -> None:
        """Note when this word arrives in one piece. For words no earlier screen has shown."""
        with self._lock:
            self._word, self._tail = word.encode(), b""
            self._seen.clear()

    def seen(self, timeout: float) -> float:
        """The `time.monotonic()` at which the expected word arrived.

        Raises:
            TimeoutError: It did not, within so many seconds.
        """
        if not self._seen.wait(timeout):
            raise TimeoutError(f"{self._word.decode()}: not on the screen within {timeout} s")
        return self._seen_at

    def release(self, look: Callable[[float], None] | None = None) -> int:
        """Interpret what was held; `look` is called after each chunk, with its time.

        Returns:
            How many bytes it was.
        """
        with self._lock:
            held, self._held = self._held or [], None
            for at, data in held:
                super().feed(data)
                if look is not None:
                    look(at)
            return sum(len(data) for _, data in held)

    def forget(self) -> int:
        """Drop what was held and go on holding; how many bytes it was. The screen is stale then."""
        with self._lock:
            held, self._held = self._held or [], []
            return sum(len(data) for _, data in held)

    def changed_rows(self) -> list[str]:
        """The lines that changed since the last call."""
        rows, columns = sorted(self.screen.dirty), range(self.screen.columns)
        self.screen.dirty.clear()
        return ["".join(self.screen.buffer[row][at].data for at in columns) for row in rows]


class Echo:
    """Keys typed at odd intervals, and how long each took to stand on the screen.

    `type_keys` into a terminal that holds its output, then `release` that with `look`.
    """

    def __init__(self, term: Pty, emulator: PatientEmulator) -> None:
        self.delays: list[float] = []
        """Seconds, one for each key."""
        self._term, self._emulator = term, emulator
        self._text = ""
        self._typed: list[float] = []
        self._chance = random.Random(7)

    def type_keys(self, count: int, interval: float = 0.2) -> None:
        """Type so many, about `interval` seconds apart."""
        self._text = LEAD + "".join(self._chance.choice(LETTERS) for _ in range(count))
        self._term.type(LEAD)
        for letter in self._text[len(LEAD) :]:
            time.sleep(interval * self._chance.uniform(0.7, 1.3))
            self._typed.append(time.monotonic())
            self._term.type(letter)
        time.sleep(0.5)

    def look(self, at: float) -> None:
        """See which keys are on the screen by now."""
        rows = self._emulator.changed_rows()
        while len(self.delays) < len(self._typed):
            whole = self._text[: len(LEAD) + len(self.delays) + 1]
            if not any(whole in row for row in rows):
                return
            self.delays.append(at - self._typed[len(self.delays)])

    def erase(self) -> None:
        """Take back what was typed."""
        self._term.press(*["backspace"] * len(self._text))
        self._term.wait_for(lambda term: LEAD not in term.text)

    def at_most(self, share: float) -> float:
        """Milliseconds that such a share of the keys needed at most.

        Raises:
            RuntimeError: A key never stood on the screen.
        """
        if len(self.delays) < len(self._typed):
            raise RuntimeError(f"{len(self.delays)} of {len(self._typed)} keys were echoed")
        ordered = sorted(self.delays)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]
