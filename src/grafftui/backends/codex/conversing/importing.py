"""Threads of Codex that were made elsewhere, taken into the history.

Nothing is opened for it, so whoever has a thread open keeps it. What has not changed since the
last look costs one line of a list.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile
from typing import Any, Final

from grafftui import events
from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.conversing.server import Server
from grafftui.backends.codex.conversing.stored import StoredTurn, changed_at, root_of
from grafftui.backends.codex.conversing.threads import AGENT, BACKEND, Threads
from grafftui.backends.codex.errors import (
    CodexRequestError,
    CodexTimeoutError,
    UnknownMethodError,
)
from grafftui.backends.codex.results import rows_in
from grafftui.history import ConversationBusyError, Store
from grafftui.history.arriving import Arrival
from grafftui.history.backend_threads import BackendThread
from grafftui.history.portable import MESSAGES
from grafftui.models import AssistantMessage, UserMessage
from grafftui.text import one_line
from grafftui.text.redact import redact

Json = dict[str, Any]

_KINDS: Final = ("cli", "vscode", "exec", "appServer")
"""Who began the threads that are people's. Those of `codex exec` are not listed untold."""
_PAGE: Final = 50
_TURNS: Final = 20
"""In one answer: each has its items with it, of up to a megabyte each."""
_LONG_AGO: Final = 3600.0
"""Seconds after which a turn that does not end will not."""
_SAME_TIME: Final = 2.0
_STOPPING: Final = 2.5
"""Seconds an import is given to stop."""
_UNREADABLE: Final = (
    CodexRequestError,
    CodexTimeoutError,
    ConversationBusyError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)
"""Why one thread may not be taken in, which keeps no other one out."""
_TITLE_CELLS: Final = 60


class Importing:
    """One import at a time."""

    def __init__(self, store: Store, server: Server, threads: Threads) -> None:
        self._store = store
        self._server = server
        self._threads = threads
        self._lock = threading.Lock()
        self._stopping = False

    def run(self) -> int:
        """Look at all threads; see `CodexBackend.import_threads`."""
        with self._lock:
            self._stopping = False
            client = self._server.client()
            known = self._store.backend_threads.known(BACKEND)
            count = 0
            for about in reversed(list(_changed(client, known))):
                if self._stopping:
                    break
                count += self._take(client, known, about)
            return count

    def stop(self) -> None:
        """End an import that is under way, after the thread it is at."""
        self._stopping = True
        if self._lock.acquire(timeout=_STOPPING):
            self._lock.release()

    def _take(self, client: CodexClient, known: dict[str, BackendThread], about: Json) -> bool:
        """Take in a thread, or what is new in it; whether there was anything."""
        before = known.get(str(about["id"]))
        if before is not None and not self._is_wanted(before):
            self._threads.keep(replace(before, changed=changed_at(about)))
            return False
        with suppress(*_UNREADABLE):  # it is looked at again the next time
            turns = list(_new_turns(client, about, before))
            ended = [*takewhile(lambda turn: _has_ended(turn, about), turns)]
            changed = changed_at(about) if len(ended) == len(turns) and _rests(about) else 0.0
            if before is None:
                return self._arrived(about, ended, changed)
            if ended:
                self._grown(before, about, ended)
            last = ended[-1].id if ended else before.last_turn
            self._threads.keep(replace(before, changed=changed, last_turn=last))
            return bool(ended)
        return False

    def _is_wanted(self, thread: BackendThread) -> bool:
        """Whether its conversation is there, and still Codex's."""
        conversation = self._store.conversation(thread.conversation_id)
        return conversation is not None and conversation.backend == BACKEND

    def _arrived(self, about: Json, turns: list[StoredTurn], changed: float) -> bool:
        if not turns:
            return False
        with self._store.arrivals.one() as arrival:
            _write(arrival, about, turns)
        thread = BackendThread(arrival.id, BACKEND, str(about["id"]), turns[-1].id, changed)
        self._threads.keep(thread)
        return True

    def _grown(self, thread: BackendThread, about: Json, turns: list[StoredTurn]) -> None:
        for turn in turns:
            told = turn.told(root_of(about))
            recorder = self._store.begin_turn(thread.conversation_id, told.prompt)
            try:
                recorder.record(told.events)
                if told.answer:
                    recorder.add_message("assistant", AssistantMessage(told.answer).to_wire())
            finally:
                recorder.finish(told.state)


def _changed(client: CodexClient, known: dict[str, BackendThread]) -> Iterator[Json]:
    """Threads that are new or have changed, newest first, up to a page without any."""
    cursor = None
    while True:
        page = client.thread_list(
            cursor=cursor,
            limit=_PAGE,
            sort_key="updated_at",
            sort_direction="desc",
            source_kinds=_KINDS,
        )
        found = [about for about in rows_in(page) if _is_news(about, known)]
        yield from found
        cursor = page.get("nextCursor")
        if not found or not cursor:
            return


def _rests(about: Json) -> bool:
    """Whether what changes from now on has another time: Codex counts whole seconds."""
    return time.time() - changed_at(about) > _SAME_TIME


def _has_ended(turn: StoredTurn, about: Json) -> bool:
    """Whether nothing is to be expected of it: also where its program was killed long ago."""
    return not turn.is_running or time.time() - changed_at(about) > _LONG_AGO


def _is_news(about: Json, known: dict[str, BackendThread]) -> bool:
    before = known.get(str(about.get("id")))
    if not about.get("id") or about.get("ephemeral"):
        return False
    return before is None or before.changed != changed_at(about)


def _new_turns(
    client: CodexClient, about: Json, before: BackendThread | None
) -> Iterator[StoredTurn]:
    """The turns that are not in the history, oldest first."""
    last = before.last_turn if before is not None else ""
    found: list[StoredTurn] = []
    for wire in _turns(client, str(about["id"])):
        turn = StoredTurn(wire)
        if last and turn.id == last:
            break
        found.append(turn)
    else:
        if last:  # what we know of was taken back there: nothing is certain to be new
            return
    yield from reversed(found)


def _turns(client: CodexClient, thread_id: str) -> Iterator[Json]:
    """The turns of a thread with all that is in them, newest first."""
    cursor = None
    while True:
        try:
            page = client.thread_turns_list(
                thread_id, cursor=cursor, limit=_TURNS, items_view="full"
            )
        except UnknownMethodError:
            whole = client.thread_read(thread_id, include_turns=True)
            yield from reversed(whole["thread"].get("turns") or ())
            return
        yield from page.get("data") or ()
        cursor = page.get("nextCursor")
        if not cursor:
            return


def _write(arrival: Arrival, about: Json, turns: list[StoredTurn]) -> None:
    root, messages = root_of(about), 0
    for number, turn in enumerate(turns, 1):
        told = turn.told(root)
        arrival.turn(
            {
                "number": number,
                "state": told.state,
                "prompt": told.prompt,
                "started_at": turn.started_at,
                "ended_at": turn.ended_at,
                "rewound": None,
                "by_agent": None,
                "by_model": None,
                "unknown": (),
            }
        )
        said = [events.prompt_submitted(told.prompt)] if told.prompt else []
        for event in (*said, *told.events):
            arrival.event(event.type, event.data, turn.started_at)
        bodies = [UserMessage(told.prompt).to_wire()] if told.prompt else []
        bodies += [AssistantMessage(told.answer).to_wire()] if told.answer else []
        for body in bodies:
            messages += 1
            first = 1 if body["role"] == "user" else len(said) + 1
            arrival.row(
                MESSAGES,
                {
                    "number": messages,
                    "role": body["role"],
                    "first_event": first,
                    "last_event": len(said)
                    if first == 1 and said
                    else len(said) + len(told.events),
                    "pinned": False,
                    "turn_id": number,
                    "compaction": None,
                    "place": None,
                    "body": body,
                },
            )
    arrival.finish(
        {
            "title": _title(about, turns, root),
            "workspace": root,
            "backend": BACKEND,
            "agent": AGENT,
            "provider": one_line(str(about.get("modelProvider") or ""), 200),
            "model": one_line(str(about.get("model") or ""), 200),
            "state": "done",
            "created_at": float(about.get("createdAt") or 0),
            "updated_at": changed_at(about),
            "titled_by": "person" if about.get("name") else "prompt",
            "context_version": 0,
            "token_ratio": 1.0,
            "todos": [],
        }
    )


def _title(about: Json, turns: list[StoredTurn], root: str) -> str:
    said = str(about.get("name") or about.get("preview") or "").strip()
    said = said or next((told for turn in turns if (told := turn.told(root).prompt)), "Codex")
    return one_line(redact(said).splitlines()[0], _TITLE_CELLS)
