"""What lasting sandboxes cost: the first command in a new one over `bash -c true`, 100 MB there and
back over `cp`, and a list of fifty; each beside its floor, by turns, in one run."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from bench.figures import Figure, ratio, shown
from bench.processes import Span
from bench.sandbox import TRUE
from grafftui.sandboxes.lasting.engine import Command, Wanted
from grafftui.sandboxes.lasting.local import LocalEngine
from grafftui.settings.paths import Paths

FIRST_ROUNDS = 30
FIRST_LIMIT = 150.0
"""Milliseconds over the floor."""
BYTES = 100_000_000
FILES = 500
"""The folder has as many bytes, in these."""
COPY_ROUNDS = 7
COPY_LIMIT = 2.0
MEMORY_LIMIT = 32.0
"""Megabytes that a transfer may add to the peak, whatever its size."""
LISTED = 50
LIST_LIMIT = 50.0
"""Milliseconds: a list that comes later is one that is waited for."""

Act = Callable[[], object]


def measure() -> Iterator[Figure]:
    """The figures of the local engine; none where it cannot be used."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        paths = Paths(data=root / "data", settings=root / "settings", runtime=root / "runtime")
        engine = LocalEngine(paths)
        if engine.problem():
            return
        try:
            yield _first(engine)
            yield from _copies(engine, root)
            yield _list(engine, paths)
        finally:
            for one in engine.list():
                engine.destroy(one["id"])


def _first(engine: LocalEngine) -> Figure:
    def create_and_run() -> None:
        made = engine.create(Wanted())["id"]
        assert engine.execute(made, Command("true")).result()["exitCode"] == 0

    span = Span(lambda: (), 0)
    medians = _medians(
        {"floor": lambda: subprocess.run(TRUE, check=True), "ours": create_and_run}, FIRST_ROUNDS
    )
    load = span.end().load
    ours, floor = medians["ours"], medians["floor"]
    beside = f"{shown(ours)} − {shown(floor)} ms, median of {FIRST_ROUNDS}"
    return Figure("a sandbox and its first command", ours - floor, "ms", FIRST_LIMIT, beside, load)


def _copies(engine: LocalEngine, root: Path) -> Iterator[Figure]:
    """A file and a folder, there and back."""
    made, content = engine.create(Wanted())["id"], os.urandom(1_000_000)
    (root / "folder").mkdir()
    (root / "file").write_bytes(content * (BYTES // len(content)))
    for number in range(FILES):
        (root / "folder" / str(number)).write_bytes(content[: BYTES // FILES])
    for kind, limit in (("file", COPY_LIMIT), ("folder", None)):
        source, there, back, copy = root / kind, f"/tmp/{kind}", root / "back", root / "copy"
        acts: dict[str, Act] = {
            "cp": lambda s=source, c=copy: subprocess.run(["cp", "-r", s, c], check=True),
            "up": lambda s=source, t=there: engine.upload_path(made, s, t),
            "down": lambda t=there, b=back: engine.download_path(made, t, b),
        }

        _forget_the_peak()
        before, span = _memory("VmRSS"), Span(lambda: (), 0)
        clear = partial(_clear, engine, made, there, back, copy)
        medians = _medians(acts, COPY_ROUNDS, clear)
        load, grown = span.end().load, _memory("VmHWM") - before
        for words, way in (("into a sandbox", "up"), ("out of one", "down")):
            figure = ratio(
                f"a {kind} of 100 MB {words}", medians[way], medians["cp"], limit or 0, "ms", load
            )
            yield figure if limit else _without_limit(figure)
        yield Figure(f"memory that takes, a {kind}", grown, "MB", MEMORY_LIMIT, "", load)


def _without_limit(figure: Figure) -> Figure:
    return Figure(figure.name, figure.value, figure.unit, None, figure.beside, figure.load)


def _list(engine: LocalEngine, paths: Paths) -> Figure:
    while len(engine.list()) < LISTED:
        engine.create(Wanted())

    def read() -> None:
        for record in (paths.data / "sandboxes").glob("*/sandbox.json"):
            json.loads(record.read_bytes())

    span = Span(lambda: (), 0)
    medians = _medians({"floor": read, "ours": engine.list}, FIRST_ROUNDS)
    beside = f"their records are read in {shown(medians['floor'])} ms"
    load = span.end().load
    return Figure("a list of 50 sandboxes", medians["ours"], "ms", LIST_LIMIT, beside, load)


def _medians(acts: Mapping[str, Act], rounds: int, clear: Act = lambda: None) -> dict[str, float]:
    """Milliseconds that each takes."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            begun = time.perf_counter()
            act()
            taken[name].append((time.perf_counter() - begun) * 1_000)
        clear()
    return {name: statistics.median(times) for name, times in taken.items()}


def _clear(engine: LocalEngine, sandbox_id: str, there: str, *paths: Path) -> None:
    engine.execute(sandbox_id, Command(f"rm -rf {there}")).result()
    for path in paths:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _forget_the_peak() -> None:
    """Have VmHWM begin anew (proc_pid_clear_refs(5))."""
    Path("/proc/self/clear_refs").write_text("5")


def _memory(field: str) -> float:
    """Megabytes of this process, of /proc/self/status."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1_024 / 1e6
    raise AssertionError(field)
