"""A session at rest, at 100 tokens a second, and at full speed; and the floor beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.answers import end_of
from bench.figures import Figure, shown
from bench.processes import Span, wakes_of
from bench.provider import provider
from bench.stage import FLOOR, Stage, Turn, grafftui, room, running
from bench.terminal import Echo

RATE = 100
"""Tokens a second."""
IDLE, WARM, STREAM = 5.0, 1.5, 8.0
"""Seconds: at rest; of a stream before it is measured; of a stream."""
KEYS, INTERVAL = 30, 0.2
"""How many, and seconds between them."""
LONG, FLOOR_LONG = 20_000, 3_000
"""Tokens of the burst; the floor's is shorter, because 20,000 take it a minute."""


@dataclass(frozen=True, slots=True)
class Idle:
    """At rest: CPU, threads that woke a second, and the one that woke most."""

    span: Span
    wakes: float
    most: str


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that were typed, and what else the machine did meanwhile."""

    echo: Echo
    span: Span

    def __str__(self) -> str:
        return f"{shown(self.echo.at_most(0.95))} ms, half within {shown(self.echo.at_most(0.5))}"


@dataclass(frozen=True, slots=True)
class Session:
    """What one program cost."""

    idle: Idle
    keys_idle: Keys
    stream: Span
    written: float
    keys_streaming: Keys
    burst: Turn
    memory: float


def measure() -> Iterator[Figure]:
    """All figures of this part."""
    with provider() as server:
        with room(server) as where, running(FLOOR, where) as stage:
            floor = session(stage, FLOOR_LONG)
        with room(server) as where, running(grafftui(), where) as stage:
            ours = session(stage, LONG)
    yield from _idle_figures(ours, floor)
    yield from _stream_figures(ours, floor)
    yield from _burst_figures(ours, floor)


def session(stage: Stage, burst_of: int) -> Session:
    """Measure one program."""
    idle = _idle(stage)
    stage.emulator.hold()
    keys_idle = _keys(stage)
    stage.emulator.release(keys_idle.echo.look)
    keys_idle.echo.erase()
    stage.ask(200, "warm")
    stream, written, keys_streaming = _stream(stage)
    burst = stage.ask(burst_of, "burst")
    return Session(idle, keys_idle, stream, written, keys_streaming, burst, stage.memory())


def _idle(stage: Stage) -> Idle:
    time.sleep(1.0)
    counts, span = wakes_of(stage.tree()), stage.span()
    time.sleep(IDLE)
    span.end()
    woken = {name: count - counts.get(name, 0) for name, count in wakes_of(stage.tree()).items()}
    most = max(woken, key=lambda name: woken[name])
    words = f"{most.rpartition(' ')[0]} {shown(woken[most] / span.wall)}"
    return Idle(span, sum(woken.values()) / span.wall, words)


def _keys(stage: Stage) -> Keys:
    echo, span = stage.echo(), stage.span()
    echo.type_keys(KEYS, INTERVAL)
    return Keys(echo, span.end())


def _stream(stage: Stage) -> tuple[Span, float, Keys]:
    """CPU and bytes a second of a stream that nobody disturbs, and then keys while it goes on."""
    seconds = WARM + STREAM + KEYS * INTERVAL + 1.0
    stage.emulator.hold()
    stage.send(int(RATE * seconds), RATE, "paced")
    time.sleep(WARM)
    before, span = stage.emulator.held, stage.span()
    time.sleep(STREAM)
    span.end()
    written = (stage.emulator.held - before) / span.wall
    keys = _keys(stage)
    stage.emulator.seen(30)
    stage.emulator.release(keys.echo.look)
    stage.term.wait_for(end_of("paced"))
    keys.echo.erase()
    stage.rest()
    return span, written, keys


def _idle_figures(ours: Session, floor: Session) -> Iterator[Figure]:
    idle, bare = ours.idle, floor.idle
    yield Figure(
        "CPU at rest",
        _percent(idle.span),
        "%",
        0.5,
        f"floor {shown(_percent(bare.span))} %",
        idle.span.load,
    )
    yield Figure(
        "threads woken at rest",
        idle.wakes,
        "/s",
        0.5,
        f"most: {idle.most}; floor {shown(bare.wakes)}, most: {bare.most}",
        idle.span.load,
    )
    yield Figure(
        "key echo at rest, 95 of 100 within",
        ours.keys_idle.echo.at_most(0.95),
        "ms",
        None,
        f"half within {shown(ours.keys_idle.echo.at_most(0.5))}; floor {floor.keys_idle}",
        ours.keys_idle.span.load,
    )


def _stream_figures(ours: Session, floor: Session) -> Iterator[Figure]:
    yield Figure(
        "CPU at 100 tokens/s",
        _percent(ours.stream),
        "%",
        15,
        f"floor {shown(_percent(floor.stream))} %",
        ours.stream.load,
    )
    yield Figure(
        "written at 100 tokens/s",
        ours.written / 1000,
        "kB/s",
        None,
        f"floor {shown(floor.written / 1000)} kB/s",
    )
    yield Figure(
        "key echo meanwhile, 95 of 100 within",
        ours.keys_streaming.echo.at_most(0.95),
        "ms",
        16,
        f"half within {shown(ours.keys_streaming.echo.at_most(0.5))}; floor {floor.keys_streaming}",
        ours.keys_streaming.span.load,
    )


def _burst_figures(ours: Session, floor: Session) -> Iterator[Figure]:
    burst, bare = ours.burst, floor.burst
    yield Figure(
        "20,000 tokens, Enter to last word",
        burst.seconds,
        "s",
        1.0,
        f"{shown(burst.span.cpu)} s CPU; "
        f"floor, {FLOOR_LONG:,} tokens: {shown(bare.seconds)} s, {shown(bare.span.cpu)} s CPU",
        burst.span.load,
    )
    yield Figure(
        "written for 20,000 tokens",
        burst.written / 1000,
        "kB",
        None,
        f"floor, {FLOOR_LONG:,} tokens: {shown(bare.written / 1000)} kB",
    )
    yield Figure("memory after it", ours.memory, "MB", 120)


def _percent(span: Span) -> float:
    return 100 * span.cpu / span.wall
