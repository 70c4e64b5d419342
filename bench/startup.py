"""How long until there is a frame, a key echoed, a version: ratios to a floor, in one run.

    python bench/startup.py [--rounds N] [-- COMMAND …]

The floor of the screen is a bare Textual app with one Input and one Static, in the same kind of
terminal (120×40); that of `--version` is `python -c "import argparse"`. Rounds are interleaved,
figures are medians, and only the ratios mean anything on another machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from ptyharness import Emulator, start

SIZE = (120, 40)
PAINTED = 20
"""Characters on the screen that make it a frame."""
PROBE = "Q"
BARE = """
from textual.app import App
from textual.widgets import Input, Static

class Bare(App):
    def compose(self):
        yield Static("a bare app with one input and one static")
        yield Input()

Bare().run()
"""
FLOOR = [sys.executable, "-c", BARE]
SCRIPT = str(Path(sys.executable).with_name("grafftui"))


class Started(NamedTuple):
    """Seconds from exec to what a person sees."""

    frame: float
    echo: float


class Ratio(NamedTuple):
    """One figure: ours over the floor's, and what it may be."""

    name: str
    ours: float
    floor: float
    limit: float

    @property
    def value(self) -> float:
        return self.ours / self.floor

    def __str__(self) -> str:
        verdict = "ok" if self.value <= self.limit else "TOO MUCH"
        times = f"{self.ours * 1000:6.0f} ms / {self.floor * 1000:4.0f} ms"
        return f"{self.name:<28} {times} = {self.value:5.2f}  (at most {self.limit})  {verdict}"


def screen(argv: Sequence[str], env: dict[str, str], cwd: str) -> Started:
    """Start a program, press a key once it shows something, and wait for the key's echo."""
    with start(argv, env, SIZE, cwd) as term:
        frame = term.wait_for(lambda t: painted(t.emulator) >= PAINTED)
        before = term.text.count(PROBE)
        term.send(PROBE)
        echo = term.wait_for(lambda t: t.text.count(PROBE) > before)
        return Started(frame - term.started, echo - term.started)


def painted(emulator: Emulator) -> int:
    """Characters on the screen that are not blank."""
    return len("".join(emulator.text.split()))


def whole(argv: Sequence[str], env: dict[str, str]) -> float:
    """Seconds a program takes from start to end."""
    begun = time.perf_counter()
    subprocess.run(argv, env={**os.environ, **env}, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def measure(command: Sequence[str], rounds: int) -> list[Ratio]:
    """All ratios, each from `rounds` interleaved rounds after one to warm the caches."""
    with tempfile.TemporaryDirectory() as home:
        env = {
            "HOME": home,
            "GRAFFTUI_HOME": f"{home}/grafftui",
            "PYTHONDONTWRITEBYTECODE": "",  # an editable install would be compiled at every start
            "PYTHONPYCACHEPREFIX": f"{home}/compiled",
        }
        ours, floor, version, plain = [], [], [], []
        for _ in range(rounds + 1):
            ours.append(screen(command, env, home))
            floor.append(screen(FLOOR, env, home))
            version.append(whole([*command, "--version"], env))
            plain.append(whole([sys.executable, "-c", "import argparse"], env))
    middle = statistics.median
    return [
        Ratio(
            "first frame",
            middle(s.frame for s in ours[1:]),
            middle(s.frame for s in floor[1:]),
            0.5,
        ),
        Ratio(
            "ready to echo a key",
            middle(s.echo for s in ours[1:]),
            middle(s.echo for s in floor[1:]),
            1.2,
        ),
        Ratio("--version / import argparse", middle(version[1:]), middle(plain[1:]), 1.5),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Print the ratios; 1 if one is beyond its limit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("command", nargs="*", default=[SCRIPT], help=f"default: {SCRIPT}")
    chosen = parser.parse_args(argv)
    ratios = measure(chosen.command, chosen.rounds)
    print(*ratios, sep="\n")
    return int(any(ratio.value > ratio.limit for ratio in ratios))


if __name__ == "__main__":
    sys.exit(main())
