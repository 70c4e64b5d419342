"""Everything that has a target, in one table: `python -m bench [PART …]`, one or more of PARTS.

What is a ratio is one to something measured in the same run, so it can be compared between
machines. What is absolute (seconds, milliseconds, shares of a core) means little on a busy
machine: the column "others" says how many cores other people's processes used meanwhile.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from bench.figures import Figure, table

PARTS = (
    "startup",
    "session",
    "long",
    "transcript",
    "sandbox",
    "sandboxes",
    "streams",
    "codex",
    "history",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the parts that are named, or all; 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    chosen = parser.parse_args(argv).parts or PARTS
    if unknown := [part for part in chosen if part not in PARTS]:
        parser.error(f"no such part: {unknown[0]} (there are {', '.join(PARTS)})")
    figures: list[Figure] = []
    for part in chosen:
        begun = time.monotonic()
        figures += _measure(part)
        print(f"{part}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(table(figures))
    return int(any(figure.too_much for figure in figures))


def _measure(part: str) -> Iterable[Figure]:
    """The figures of a part."""
    if part == "startup":
        return _startup()
    module = import_module({"transcript": "bench.growth"}.get(part, f"bench.{part}"))
    measure: Callable[[], Iterable[Figure]] = module.measure
    return measure()


def _startup() -> Iterable[Figure]:
    startup = import_module("bench.startup")
    for ratio in startup.measure([startup.SCRIPT], rounds=7):
        times = f"{ratio.ours * 1000:.0f} / {ratio.floor * 1000:.0f} ms"
        yield Figure(ratio.name, ratio.value, "×", ratio.limit, times)


if __name__ == "__main__":
    sys.exit(main())
