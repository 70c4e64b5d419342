"""What it costs to hold a command: over `bash -c true` as it is, by turns, in one run."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Figure, shown
from bench.processes import Span
from grafftui.sandboxes import LocalSandbox
from grafftui.sandboxes.proof import Engine

ROUNDS = 60
LIMIT = 15.0
"""Milliseconds over the floor."""
ENGINES: tuple[Engine, ...] = ("bubblewrap", "landlock")
TRUE = ("/bin/bash", "-c", "true")
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}

Start = Callable[[], "subprocess.Popen[bytes]"]


def measure() -> Iterator[Figure]:
    """The overhead of each engine in a repository; the floor is how grafftui runs what is held
    by nothing."""
    with tempfile.TemporaryDirectory() as directory:
        workspace = Path(directory)
        subprocess.run(["git", "init", "-q", directory], check=True)
        starts: dict[str, Start] = {"floor": lambda: _plain(workspace)}
        for engine in ENGINES:
            if start := _held(engine, workspace):
                starts[engine] = start
        span = Span(lambda: (), 0)
        medians = _medians(starts)
        load = span.end().load
    floor = medians.pop("floor")
    for name, median in medians.items():
        beside = f"{shown(median)} − {shown(floor)} ms, median of {ROUNDS}"
        yield Figure(f"a command held by {name}", median - floor, "ms", LIMIT, beside, load)


def _medians(starts: dict[str, Start]) -> dict[str, float]:
    """Milliseconds from the start to the end of both outputs and of the process."""
    taken: dict[str, list[float]] = {name: [] for name in starts}
    for _ in range(ROUNDS):
        for name, start in starts.items():
            begun = time.perf_counter()
            start().communicate()
            taken[name].append((time.perf_counter() - begun) * 1_000)
    return {name: statistics.median(times) for name, times in taken.items()}


def _plain(workspace: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        TRUE,
        cwd=workspace,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _held(engine: Engine, workspace: Path) -> Start | None:
    """Starts it as production does; None where the engine does not hold."""
    sandbox = LocalSandbox(workspace, engines=[engine])
    sandbox.prove()
    held = sandbox.confinement("workspace-write")
    if held is None:
        return None
    return lambda: sandbox.spawn(TRUE, workspace, ENVIRONMENT, held)
