"""kill -9 at random points: what was acknowledged is there (T41)."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import pytest
from history_helpers import Start, rows, run_turn, transcript

from grafftui.history import Store
from grafftui.history.messages import calls_of
from grafftui.history.schema import MIGRATIONS
from grafftui.settings.paths import Paths

Ack = tuple[str, str, str]


def kill_after(child: subprocess.Popen[bytes], lines: int, pause: float) -> list[Ack]:
    """Kill the child `pause` seconds after so many lines; all it acknowledged."""
    assert child.stdout is not None
    read = [child.stdout.readline() for _ in range(lines)]
    deadline = time.perf_counter() + pause
    while time.perf_counter() < deadline:
        pass
    child.kill()
    whole = b"".join(read) + child.stdout.read()  # not `communicate`: it skips the buffer
    child.wait()
    return [tuple(line.split()) for line in whole.decode().splitlines() if line.count(" ") == 2]


async def check(store: Store, acks: list[Ack]) -> None:
    seen: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for kind, conversation_id, what in acks:
        seen[conversation_id][kind].append(what)
    for conversation_id, kinds in seen.items():
        found = await transcript(store, conversation_id)
        assert found[0] == ("prompt", "done", f"prompt {kinds['turn'][0]}")
        said = "".join(f"<{token}>" for token in kinds["token"])
        answers = "".join(text for kind, _, text in found if kind == "answer")
        assert answers.startswith(said)
        messages = store.live_messages(conversation_id)
        roles = [body["role"] for body in messages]
        assert roles[0] == "user"
        for role in kinds["message"]:
            assert role in roles
        called = [call for body in messages for call, _ in calls_of(body)]
        answered = [body["call_id"] for body in messages if body["role"] == "tool"]
        assert called == answered
        if kinds["result"]:
            assert ("tool", "done", "output") in found
        conversation = store.conversation(conversation_id)
        assert conversation is not None
        assert conversation.state == ("done" if kinds["done"] else conversation.state)
        assert conversation.state in ("done", "lost")
        intents = rows(
            store,
            "SELECT call_id FROM tool_runs JOIN turns ON turns.id = turn_id"
            " WHERE conversation_id = ?",
            (conversation_id,),
        )
        assert len(intents) >= len(kinds["intent"])


@pytest.mark.parametrize("seed", range(4))
async def test_killed_while_it_writes(start: Start, paths: Paths, seed: int) -> None:
    """Ten times over on one history, which keeps what all of them wrote."""
    chance = random.Random(seed)
    acks: list[Ack] = []
    for _ in range(10):
        child = start("turns")
        lines, pause = chance.randrange(1, 150), chance.random() * 0.003
        fresh = kill_after(child, lines, pause)
        acks += fresh
        with Store.open(paths) as store:
            assert store.notices == [], "nothing was damaged"
            await check(store, fresh)
            run_turn(store, fresh[-1][1], "go on", "yes")
    with Store.open(paths) as store:
        acked = {conversation_id for _, conversation_id, _ in acks}
        assert acked <= {found.id for found in store.conversations()}
        assert rows(store, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("seed", range(10))
def test_killed_while_it_migrates(start: Start, paths: Paths, seed: int) -> None:
    with Store.open(paths) as store:
        conversation_id = store.create_conversation(
            workspace="/w", backend="graff", agent="forge", provider="p", model="m"
        )
        run_turn(store, conversation_id, "p", "a")
    child = start("migration")
    kill_after(child, 1, random.Random(seed).random() * 0.5)
    version = _version(paths.database)
    assert version in (len(MIGRATIONS), len(MIGRATIONS) + 1)
    with Store.open(paths) as store:
        numbers = rows(store, "SELECT name FROM sqlite_schema WHERE name = 'numbers'")
        if version == len(MIGRATIONS):
            assert numbers == []
        else:
            assert rows(store, "SELECT count(*) FROM numbers") == [(200_000,)]
        assert len(store.live_messages(conversation_id)) == 2
        assert rows(store, "PRAGMA integrity_check") == [("ok",)]


def _version(path: Path) -> int:
    import sqlite3
    from contextlib import closing

    assert os.path.exists(path)
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
