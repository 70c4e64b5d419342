"""What length costs: 200 turns in one conversation, and a conversation of 10,000 entries."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bench.answers import blocks, end_of
from bench.figures import Figure, ratio
from bench.provider import provider
from bench.stage import SIZE, Room, Stage, grafftui, room, running
from grafftui import events
from grafftui.events import AgentEvent
from grafftui.history import Store
from grafftui.settings.paths import Paths
from ptyharness import start

TURNS, TOKENS = 200, 500
FIRST, WINDOW = 4, 10
"""The first turn that counts (those before it warm up), and how many turns are compared."""
SHORT, LONG = 100, 10_000
"""Entries."""
ROUNDS = 5
ENTRIES_A_TURN = 20


class Window(NamedTuple):
    """Some turns after one another: CPU seconds, median seconds of a turn, cores of others."""

    cpu: float
    seconds: float
    load: float


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation opened by a start: seconds from exec to its last words; what it took."""

    seconds: float
    cpu: float
    memory: float
    load: float


def measure() -> Iterator[Figure]:
    """All figures of this part."""
    yield from _turns()
    yield from _openings()


def _turns() -> Iterator[Figure]:
    last = TURNS - WINDOW + 1
    with provider() as server, room(server) as where, running(grafftui(), where) as stage:
        stage.emulator.hold()
        _ask(stage, range(1, FIRST))
        first = _window(stage, FIRST)
        memory = stage.memory()
        _ask(stage, range(FIRST + WINDOW, last))
        end = _window(stage, last)
        grown = stage.memory() - memory
    load = max(first.load, end.load)
    yield ratio("last ten of 200 turns, CPU", end.cpu / WINDOW, first.cpu / WINDOW, 1.1, "s", load)
    seconds = end.seconds / first.seconds
    beside = f"{1000 * end.seconds:.0f} / {1000 * first.seconds:.0f} ms, Enter to last word"
    yield Figure("last ten of 200 turns, time", seconds, "×", None, beside, load)
    yield Figure("memory added by 186 turns", grown, "MB")


def _window(stage: Stage, first: int) -> Window:
    """Ten turns, from rest to rest."""
    stage.rest()
    span = stage.span()
    seconds = _ask(stage, range(first, first + WINDOW))
    stage.rest()
    span.end()
    return Window(span.cpu, statistics.median(seconds), span.load)


def _ask(stage: Stage, turns: range) -> list[float]:
    """Turns, each from rest; seconds from Enter to the last word of each."""
    seconds = []
    for number in turns:
        stage.rest()
        entered = stage.send(TOKENS, 0, f"t{number:04}")
        seconds.append(stage.emulator.seen(30) - entered)
        stage.emulator.forget()
        stage.term.chunks.clear()
    return seconds


def _openings() -> Iterator[Figure]:
    with provider() as server, room(server) as where:
        ids = {count: _write(where, count) for count in (SHORT, LONG)}
        rounds = [
            {count: _open(where, ids[count], count) for count in (SHORT, LONG)}
            for _ in range(ROUNDS + 1)
        ][1:]  # the first fills caches

    def middle(count: int, what: str) -> float:
        return statistics.median(getattr(one[count], what) for one in rounds)

    load = middle(LONG, "load")
    for words, what, limit in (("time", "seconds", 1.5), ("CPU", "cpu", 1.5)):
        name = f"start with 10,000 entries of 100, {words}"
        yield ratio(name, middle(LONG, what), middle(SHORT, what), limit, "s", load)
    grown = middle(LONG, "memory") - middle(SHORT, "memory")
    yield Figure("memory of 10,000 entries beyond 100", grown, "MB", 30)


def _open(where: Room, conversation: str, count: int) -> Opened:
    argv = grafftui("--conversation", conversation)
    with start(argv, where.environment, SIZE, where.folder) as term:
        stage = Stage(term, where.provider)
        span = stage.span()
        seen = term.wait_for(end_of(f"entries{count}"), 60)
        stage.rest()
        span.end()
        return Opened(seen - term.started, span.cpu, stage.memory(), span.load)


def _write(where: Room, count: int) -> str:
    """A conversation of so many entries, written through the history itself; its id."""
    paths = Paths.from_environment(where.environment)
    with Store.open(paths) as store:
        conversation = store.create_conversation(
            workspace=str(where.folder),
            backend="graff",
            agent="forge",
            provider="openai_compatible",
            model="fake-model",
            title=f"{count} entries",
        )
        text = blocks()
        for first in range(0, count, ENTRIES_A_TURN):
            turn = store.begin_turn(conversation, f"prompt {first}")
            said = [event for n in range(1, ENTRIES_A_TURN - 1) for event in _entry(n, next(text))]
            end = end_of(f"entries{count}") if first + ENTRIES_A_TURN >= count else "done"
            said += [events.markdown(end), events.task_complete()]
            turn.record(said)
            turn.finish("done")
        return conversation


def _entry(number: int, tokens: list[str]) -> list[AgentEvent]:
    """An entry: an answer, or a tool call with an output."""
    text = "".join(tokens)
    if number % 2:
        return [events.markdown(text)]
    call = f"call-{number}"
    return [
        events.tool_call_start("read", call, {"file_path": f"src/part_{number}.py"}),
        events.tool_call_end("read", call, is_error=False, values=[{"text": text}]),
    ]
