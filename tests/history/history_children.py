"""Processes that use a history, to be stopped and killed. Run as a script: role, home, …

Each line on stdout acknowledges what had been committed before it was written.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from grafftui import events
from grafftui.history import Store
from grafftui.history.database import Database
from grafftui.history.migrations import migrate
from grafftui.history.schema import MIGRATIONS
from grafftui.settings.paths import Paths


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def open_store(home: str, **options: float) -> Store:
    return Store.open(Paths.from_environment({"GRAFFTUI_HOME": home}), **options)


def conversation(store: Store) -> str:
    return store.create_conversation(
        workspace="/w", backend="graff", agent="forge", provider="p", model="m"
    )


def turns(home: str) -> None:
    """Stream answers and call tools for ever."""
    store = open_store(home)
    for turn in range(10_000):
        conversation_id = conversation(store)
        recorder = store.begin_turn(conversation_id, f"prompt {turn}")
        say("turn", conversation_id, turn)
        for token in range(40):
            recorder.record([events.markdown(f"<{token}>")])
            say("token", conversation_id, token)
        call = {"call_id": "c1", "name": "shell", "arguments": {}}
        body = {"role": "assistant", "text": "", "tool_calls": [call]}
        recorder.add_message("assistant", body)
        say("message", conversation_id, "assistant")
        recorder.record([events.tool_call_start("shell", "c1", {})])
        recorder.tool_intent("c1", "shell", "digest")
        say("intent", conversation_id, "c1")
        recorder.tool_finished("c1")
        result = {"role": "tool", "call_id": "c1", "name": "shell", "text": "output"}
        recorder.add_message("tool", {**result, "is_error": False})
        say("message", conversation_id, "tool")
        end = events.tool_call_end("shell", "c1", is_error=False, values=[{"text": "output"}])
        recorder.record([end], durable=True)
        say("result", conversation_id, "c1")
        recorder.finish("done")
        say("done", conversation_id, turn)


def one_turn(home: str) -> None:
    """Begin a turn, run a command in it, and wait."""
    store = open_store(home)
    conversation_id = conversation(store)
    recorder = store.begin_turn(conversation_id, "prompt")
    call = {"call_id": "c1", "name": "shell", "arguments": {}}
    recorder.record([events.markdown("I will sleep.")])
    recorder.add_message("assistant", {"role": "assistant", "text": "", "tool_calls": [call]})
    recorder.record([events.tool_call_start("shell", "c1", {})])
    recorder.tool_intent("c1", "shell", "digest")
    sleeper = subprocess.Popen(["sleep", "100"], start_new_session=True, stdout=subprocess.DEVNULL)
    recorder.tool_pid("c1", sleeper.pid)
    say("running", conversation_id, sleeper.pid)
    try:
        for line in sys.stdin:
            recorder.record([events.markdown(line)])
            say("recorded")
    except Exception as error:
        say(type(error).__name__)
    finally:
        sleeper.kill()
        sleeper.wait()


def hold(home: str) -> None:
    """Hold a write transaction until a line comes."""
    store = open_store(home)
    with store._writing():
        say("holding")
        sys.stdin.readline()
    store.close()
    say("let go")


def many_turns(home: str, conversation_id: str, count: str) -> None:
    """Write turns into one conversation, waiting for it when it is busy."""
    from grafftui.history import ConversationBusyError

    with open_store(home, wait=30) as store:
        for turn in range(int(count)):
            while True:
                try:
                    recorder = store.begin_turn(conversation_id, f"{os.getpid()} {turn}")
                    break
                except ConversationBusyError:
                    continue
            recorder.record([events.markdown(f"{os.getpid()} {turn}")])
            recorder.finish("done")
        assert store.flush()
    say("wrote", count)


def full_disk(home: str, limit: str) -> None:
    """Meet a limit on the size of files, then have it lifted."""
    store = open_store(home)
    reasons: list[str] = []
    store.on_unsaved(reasons.append)
    conversation_id = conversation(store)
    recorder = store.begin_turn(conversation_id, "prompt")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), hard))
    for piece in range(400):
        recorder.record([events.notice("info", f"{piece} " + "x" * 2000)])
    say("full", conversation_id, bool(store.unsaved), len(reasons))
    sys.stdin.readline()
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    say("flushed", store.flush(), repr(store.unsaved), reasons[-1] == "")
    recorder.finish("done")
    store.close()


def use_grant(home: str, grant_id: str, tries: str) -> None:
    """Use a grant as often as it can be used, once the start is given."""
    with open_store(home, wait=30) as store:
        say("ready")
        sys.stdin.readline()
        say("used", sum(store.grants.use(grant_id) for _ in range(int(tries))))


def migration(home: str) -> None:
    """Apply a slow migration."""
    paths = Paths.from_environment({"GRAFFTUI_HOME": home})
    slow = (
        "CREATE TABLE numbers (n INTEGER)",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 200000)"
        " INSERT INTO numbers SELECT n FROM r",
        "CREATE INDEX numbers_n ON numbers (n)",
    )
    database = Database(paths.database)
    database.configure(shared_memory=True)
    say("migrating")
    migrate(database, paths.backups, (*MIGRATIONS, slow))
    say("migrated")


ROLES: dict[str, Callable[..., None]] = {
    role.__name__: role
    for role in (turns, one_turn, hold, many_turns, full_disk, use_grant, migration)
}

if __name__ == "__main__":
    role, home, *arguments = sys.argv[1:]
    Path(home).mkdir(exist_ok=True)
    ROLES[role](home, *arguments)
