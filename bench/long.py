"""What length costs: 200 turns in one conversation, and a conversation of 10,000 entries."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

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
FIRST, WINDOW = 4, 20
"""The first turn that counts (those before it warm up), and how many turns are compared."""
SHORT, LONG = 100, 10_000
"""Entries."""
ROUNDS = 3
ENTRIES_A_TURN = 20


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
    """The last turns of a long conversation, in turn with early ones of a fresh app.

    So both meet the same weather on a busy machine; who is at rest uses no CPU.
    """
    with (
        provider() as server,
        room(server) as here,
        room(server) as there,
        running(grafftui(), here) as long,
    ):
        long.emulator.hold()
        _ask(long, range(1, FIRST))
        memory = long.memory()
        _ask(long, range(FIRST, TURNS - WINDOW + 1))
        grown = long.memory() - memory
        with running(grafftui(), there) as short:
            short.emulator.hold()
            _ask(short, range(1, FIRST))
            yield from _side_by_side(long, short)
    yield Figure(f"memory added by {TURNS - WINDOW - FIRST + 1} turns", grown, "MB")


def _side_by_side(long: Stage, short: Stage) -> Iterator[Figure]:
    late, early = long.span(), short.span()
    seconds: dict[Stage, list[float]] = {long: [], short: []}
    for number in range(WINDOW):
        seconds[long] += _ask(long, range(TURNS - WINDOW + number + 1, TURNS - WINDOW + number + 2))
        seconds[short] += _ask(short, range(FIRST + number, FIRST + number + 1))
    late.end()
    early.end()
    load = max(0.0, late.load - early.cpu / early.wall)
    name = f"turns {TURNS - WINDOW + 1}–{TURNS} of turns {FIRST}–{FIRST + WINDOW - 1}"
    yield ratio(f"{name}, CPU", late.cpu / WINDOW, early.cpu / WINDOW, 1.1, "s", load)
    after, before = (statistics.median(seconds[stage]) for stage in (long, short))
    beside = f"{1000 * after:.0f} / {1000 * before:.0f} ms, Enter to last word"
    yield Figure(f"{name}, time", after / before, "×", None, beside, load)


def _ask(stage: Stage, turns: range) -> list[float]:
    """Turns, each until rest; seconds from Enter to the last word of each."""
    seconds = []
    for number in turns:
        entered = stage.send(TOKENS, 0, f"t{number:04}")
        seconds.append(stage.emulator.seen(30) - entered)
        stage.rest()
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
        return float(statistics.median(getattr(one[count], what) for one in rounds))

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
