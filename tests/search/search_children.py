"""Processes that keep an index, to be killed. Run as a script: role, home, …"""

from __future__ import annotations

import os
import sys

from grafftui import events
from grafftui.history import Store
from grafftui.settings.paths import Paths


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def reindex(home: str) -> None:
    """Make the index anew, for ever; tells of every step."""
    with Store.open(Paths.from_environment({"GRAFFTUI_HOME": home})) as store:
        while True:
            store.search_index.rebuild(say)


def talk(home: str, count: str) -> None:
    """Have turns in conversations of its own, indexing all that waits, whoever said it."""
    with Store.open(Paths.from_environment({"GRAFFTUI_HOME": home}), wait=30) as store:
        for number in range(int(count)):
            id = store.create_conversation(
                workspace="/w", backend="graff", agent="forge", provider="p", model="m"
            )
            turn = store.begin_turn(id, f"prompt {os.getpid()} {number}")
            turn.record([events.markdown("common answer"), events.task_complete()])
            turn.finish("done")
            store.search_index.catch_up()
            if number % 5 == 4:
                store.delete_conversation(id)
    say("done")


if __name__ == "__main__":
    {"reindex": reindex, "talk": talk}[sys.argv[1]](*sys.argv[2:])
