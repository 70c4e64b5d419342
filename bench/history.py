"""A history of 100,000 conversations: its list, its longest conversation, searching all of it.

It is written once, by `bench.corpus`, into the folder GRAFFTUI_BENCH_CORPUS names, by default one
in the system's folder for temporary files: 5 GB, and minutes. Delete the folder to write it anew.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import corpus
from bench.figures import Figure, ratio
from bench.long import Opened
from bench.provider import Provider, provider
from bench.stage import SIZE, Room, Stage, grafftui
from grafftui import events
from grafftui.history import Store
from grafftui.history.reader import Reader
from grafftui.history.search import parse_query
from grafftui.settings.paths import Paths
from ptyharness import start

SMALL = 100
"""Conversations of the history that the large one is compared with."""
SHORT = 20
"""Entries of its longest conversation."""
ROUNDS = 5
SEARCHES = 300
_VERSION = 1
"""Grows when another history is to be written."""


def measure() -> Iterator[Figure]:
    """All figures of this part."""
    with provider() as server, tempfile.TemporaryDirectory(prefix="grafftui-bench-") as small:
        large = _large()
        corpus.write(Path(small, "grafftui"), SMALL, longest=SHORT)
        corpus.index(Path(small, "grafftui"))
        rooms = [_room(Path(small), server), _room(large, server)]
        yield from _lists(*rooms)
        yield from _openings(*rooms)
        yield from _searches(large / "grafftui")


def _large() -> Path:
    """The home of the large history, written if it is not there."""
    name = f"grafftui-bench-history-{_VERSION}"
    default = Path(tempfile.gettempdir(), name)
    home = Path(os.environ.get("GRAFFTUI_BENCH_CORPUS") or default)
    begun, done = home / "begun", home / "done"
    if not done.exists():
        if begun.exists():
            shutil.rmtree(home)  # it was broken off
        home.mkdir(parents=True, exist_ok=True)
        begun.touch()
        print(f"writing {corpus.CONVERSATIONS:,} conversations to {home}", file=sys.stderr)
        corpus.write(home / "grafftui", corpus.CONVERSATIONS, longest=corpus.LONGEST)
        corpus.index(home / "grafftui")
        done.touch()
    return home


def _room(home: Path, server: Provider) -> Room:
    return Room(corpus.project(home / "grafftui", 0), home, server)


def _paths(where: Room) -> Paths:
    return Paths.from_environment(where.environment)


# -- what is opened ------------------------------------------------------------------------


def _lists(small: Room, large: Room) -> Iterator[Figure]:
    title = corpus.TITLE_OF_LONGEST[:12]
    opened = _in_turn({small: ((), title), large: ((), title)})
    ours, base = (_middle(opened[where], "seconds") for where in (large, small))
    load = _middle(opened[large], "load")
    yield ratio("start until 100,000 are listed, of 100", ours, base, 1.2, "s", load)
    ours, base = asyncio.run(_pages(large)), asyncio.run(_pages(small))
    yield ratio("the query for that list alone", ours, base, 10, "ms", load)


async def _pages(where: Room) -> float:
    """Milliseconds the newest 100 of all folders take."""
    async with await Reader.open(_paths(where)) as reader:
        taken = []
        for _ in range(50):
            begun = time.perf_counter()
            assert len(await reader.list_conversations(None, 100)) == 100
            taken.append(1000 * (time.perf_counter() - begun))
    return statistics.median(taken)


def _openings(small: Room, large: Room) -> Iterator[Figure]:
    opened = _in_turn({where: _longest(where) for where in (small, large)})
    ours, base = (_middle(opened[where], "seconds") for where in (large, small))
    load = _middle(opened[large], "load")
    beside = f"{ours:.2f} / {base:.2f} s from start to last words"
    name = "opening 10,000 entries, 100 MB of output, beyond 20"
    yield Figure(name, ours - base, "s", 1, beside, load)
    memory = _middle(opened[large], "memory") - _middle(opened[small], "memory")
    yield Figure("memory that takes", memory, "MB")


def _longest(where: Room) -> tuple[tuple[str, ...], str]:
    """The options that open the longest conversation, and the last word it then shows."""
    query = parse_query(f'"{corpus.TITLE_OF_LONGEST}"')
    with Store.open(_paths(where)) as store:
        (hit,) = store.search(query)
        id = hit.conversation.id
    words = asyncio.run(_last_text(where, id)).split()
    return ("--conversation", id), words[-1].rpartition("/")[2]


async def _last_text(where: Room, id: str) -> str:
    async with await Reader.open(_paths(where)) as reader:
        last = len(await reader.entry_index(id))
        (entry,) = await reader.entries(id, last - 1, last)
        return entry.text


def _in_turn(wanted: dict[Room, tuple[tuple[str, ...], str]]) -> dict[Room, list[Opened]]:
    """Each opened several times, in turn, so that all meet the same weather."""
    opened: dict[Room, list[Opened]] = {where: [] for where in wanted}
    for _ in range(ROUNDS + 1):
        for where, (options, words) in wanted.items():
            opened[where].append(_open(where, options, words))
    return {where: rounds[1:] for where, rounds in opened.items()}  # the first fills caches


def _open(where: Room, options: tuple[str, ...], words: str) -> Opened:
    with start(grafftui(*options), where.environment, SIZE, where.folder) as term:
        stage = Stage(term, where.provider)
        span = stage.span()
        seen = term.wait_for(words, 60)
        stage.rest()
        span.end()
        return Opened(seen - term.started, span.cpu, stage.memory(), span.load)


def _middle(opened: list[Opened], what: str) -> float:
    return float(statistics.median(getattr(one, what) for one in opened))


# -- what is found -------------------------------------------------------------------------


def _searches(folder: Path) -> Iterator[Figure]:
    with _writing(folder):
        taken = sorted(asyncio.run(_search(Paths.from_environment({"GRAFFTUI_HOME": str(folder)}))))
    p99 = taken[int(len(taken) * 0.99)]
    load = os.getloadavg()[0]
    beside = f"{SEARCHES} searches in 1,010,000 entries, while another process writes"
    yield Figure("first page of three words, median", statistics.median(taken), "ms", 100, "", load)
    yield Figure("first page of three words, p99", p99, "ms", 250, beside, load)


async def _search(paths: Paths) -> list[float]:
    rng = random.Random(7)
    words = corpus.Words(random.Random(4))
    taken = []
    async with await Reader.open(paths) as reader:
        for number in range(SEARCHES):
            query = parse_query(_three(words, rng, number))
            begun = time.perf_counter()
            await reader.search(query)
            taken.append(1000 * (time.perf_counter() - begun))
    return taken


def _three(words: corpus.Words, rng: random.Random, number: int) -> str:
    """Three words that were said side by side, or are common; the last is still being typed."""
    said = re.findall(r"[A-Za-z]{3,}", words.said(400))
    chosen = rng.sample(said, 3)
    if number % 3:
        chosen[2] = chosen[2][: rng.randrange(2, len(chosen[2]) + 1)]
    return " ".join(chosen)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Another process has turns meanwhile."""
    argv = [sys.executable, "-m", "bench.history", str(folder)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        yield
        writer.communicate()  # the end of its input is its sign


def write_until_told(folder: str) -> None:
    """Have turns at the pace of a fast model, until the input ends."""
    import select

    words = corpus.Words(random.Random(time.time()))
    with Store.open(Paths.from_environment({"GRAFFTUI_HOME": folder})) as store:
        id = store.create_conversation(
            workspace="/bench", backend="graff", agent="forge", provider="p", model="m"
        )
        while True:
            turn = store.begin_turn(id, words.said(100))
            for _ in range(20):
                turn.record([events.markdown(words.said(40))])
                if select.select([sys.stdin], [], [], 0.03)[0]:
                    turn.finish("done")
                    return
            turn.record([*_call(words), events.task_complete()])
            turn.finish("done")
            print("wrote a turn", flush=True)


def _call(words: corpus.Words) -> list[events.AgentEvent]:
    output = [{"text": words.output(5000)}]
    return [
        events.tool_call_start("read", "c", {"file_path": words.path()}),
        events.tool_call_end("read", "c", is_error=False, values=output),
    ]


if __name__ == "__main__":
    write_until_told(sys.argv[1])
