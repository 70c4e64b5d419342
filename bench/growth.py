"""The transcript alone, in a process of its own, by `bench.transcript`: what length costs it.

python -m bench.growth          a JSON object on stdout, one number for each measurement
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, shown
from bench.transcript import Bench, on_terminal, open_history, resident, stream
from grafftui.ui.transcript import warm_up

FEW, MANY = 1_000, 50_000
"""Tokens already in the message."""
SECONDS, FRAMES = 4.0, 30
OPENINGS = 5


def measure() -> Iterator[Figure]:
    """All figures of this part."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.growth"],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    yield _ratio("a token behind 50,000, of behind 1,000", found["many"], found["few"], 1.3)
    yield _ratio("open 10,000 entries, of 100", found["long"], found["short"], 1.5)
    yield Figure("memory added by 10,000 entries", found["memory"], "MB", 30)


def _ratio(name: str, large: float, small: float, limit: float) -> Figure:
    beside = f"{shown(large)} / {shown(small)} ms CPU, the transcript alone"
    return Figure(name, large / small, "×", limit, beside)


async def _measured() -> dict[str, float]:
    """Run the app of `bench.transcript`, and measure in it."""
    warm_up()
    app = Bench()
    found: dict[str, float] = {}

    async def inside() -> None:
        await asyncio.sleep(0.5)
        await stream(app, FEW, 100, 1.0, FRAMES)
        found["few"] = await stream(app, FEW, 100, SECONDS, FRAMES)
        found["many"] = await stream(app, MANY, 100, SECONDS, FRAMES)
        await open_history(app, 100)
        found["short"] = min([await open_history(app, 100) for _ in range(OPENINGS)])
        gc.collect()
        before = resident()
        found["long"] = min([await open_history(app, 10_000) for _ in range(OPENINGS)])
        found["memory"] = resident() - before
        app.exit()

    app.call_later(lambda: app.run_worker(inside(), exit_on_error=True))
    await app.run_async()
    return found


async def main() -> list[str]:
    """The figures, as the lines to print."""
    return [json.dumps(await _measured())]


if __name__ == "__main__":
    print("\n".join(on_terminal(main)))
