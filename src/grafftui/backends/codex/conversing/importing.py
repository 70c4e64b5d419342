"""Threads of Codex that were made elsewhere, taken into the history.

Nothing is opened for it, so whoever has a thread open keeps it. What has not changed since the
last look costs one line of a list.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from grafftui import events
from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.conversing.server import Server
from grafftui.backends.codex.conversing.telling import Telling
from grafftui.backends.codex.conversing.threads import AGENT, BACKEND, Threads
from grafftui.backends.codex.errors import CodexError, UnknownMethodError, shown
from grafftui.backends.codex.messages import Notification
from grafftui.events import AgentEvent
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
_TITLE_CELLS: Final = 60
_STATES: Final = {"completed": "done", "interrupted": "interrupted", "failed": "failed"}


class Importing:
    """One import at a time."""

    def __init__(self, store: Store, server: Server, threads: Threads) -> None:
        self._store = store
        self._server = server
        self._threads = threads
        self._lock = threading.Lock()

    def run(self) -> int:
        """Look at all threads; see `CodexBackend.import_threads`."""
        with self._lock:
            client = self._server.client()
            known = self._store.backend_threads.known(BACKEND)
            changed = list(_changed(client, known))
            return sum(self._take(client, known, about) for about in reversed(changed))

    def _take(self, client: CodexClient, known: dict[str, BackendThread], about: Json) -> bool:
        """Take in a thread, or what is new in it; whether there was anything."""
        before = known.get(str(about["id"]))
        with suppress(CodexError, ConversationBusyError):  # it is looked at again the next time
            turns = list(_new_turns(client, about, before))
            if any(turn.is_running for turn in turns):
                return False
            if before is None:
                return self._arrived(about, turns)
            if turns:
                self._grown(before, about, turns)
            last = turns[-1].id if turns else before.last_turn
            self._threads.keep(replace(before, changed=_changed_at(about), last_turn=last))
            return bool(turns)
        return False

    def _arrived(self, about: Json, turns: list[_Turn]) -> bool:
        if not turns:
            return False
        with self._store.arrivals.one() as arrival:
            _write(arrival, about, turns)
        thread = BackendThread(
            arrival.id, BACKEND, str(about["id"]), turns[-1].id, _changed_at(about)
        )
        self._threads.keep(thread)
        return True

    def _grown(self, thread: BackendThread, about: Json, turns: list[_Turn]) -> None:
        for turn in turns:
            told = turn.told(_root(about))
            recorder = self._store.begin_turn(thread.conversation_id, told.prompt)
            try:
                recorder.record(told.events)
                if told.answer:
                    recorder.add_message("assistant", AssistantMessage(told.answer).to_wire())
            finally:
                recorder.finish(told.state)


@dataclass(frozen=True, slots=True)
class _Told:
    """A turn in our events."""

    prompt: str
    events: list[AgentEvent]
    answer: str
    state: Any


class _Turn:
    """A turn as Codex has it."""

    def __init__(self, wire: Json) -> None:
        self._wire = wire
        self.id = str(wire.get("id", ""))

    @property
    def is_running(self) -> bool:
        return self._wire.get("status") == "inProgress"

    @property
    def started_at(self) -> float:
        return float(self._wire.get("startedAt") or 0)

    @property
    def ended_at(self) -> float:
        return float(self._wire.get("completedAt") or self.started_at)

    def told(self, root: str) -> _Told:
        """What happened in it."""
        telling, prompts, found = Telling(root), list[str](), list[AgentEvent]()
        for item in self._wire.get("items") or ():
            if item.get("type") != "userMessage":
                found += telling.of(Notification("item/completed", {"item": item}))
            elif text := _said(item):
                prompts.append(text)
                if len(prompts) > 1:
                    found.append(events.prompt_submitted(text))
        found += telling.end()
        state = _STATES.get(str(self._wire.get("status")), "done")
        prompt = prompts[0] if prompts else ""
        return _Told(prompt, [*found, self._last(state)], telling.answer, state)

    def _last(self, state: str) -> AgentEvent:
        if state == "interrupted":
            return events.turn_interrupted()
        if state == "failed":
            error = self._wire.get("error")
            words = error.get("message") if isinstance(error, dict) else ""
            return events.turn_failed(shown(str(words or "the turn failed")), "")
        return events.task_complete()


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
        found = [about for about in page.get("data") or () if _is_news(about, known)]
        yield from found
        cursor = page.get("nextCursor")
        if not found or not cursor:
            return


def _is_news(about: Json, known: dict[str, BackendThread]) -> bool:
    before = known.get(str(about.get("id")))
    return not about.get("ephemeral") and (before is None or before.changed != _changed_at(about))


def _new_turns(client: CodexClient, about: Json, before: BackendThread | None) -> Iterator[_Turn]:
    """The turns that are not in the history, oldest first."""
    last = before.last_turn if before is not None else ""
    found: list[_Turn] = []
    for wire in _turns(client, str(about["id"])):
        turn = _Turn(wire)
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


def _write(arrival: Arrival, about: Json, turns: list[_Turn]) -> None:
    root, messages = _root(about), 0
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
            "updated_at": _changed_at(about),
            "titled_by": "person" if about.get("name") else "prompt",
            "context_version": 0,
            "token_ratio": 1.0,
            "todos": [],
        }
    )


def _title(about: Json, turns: list[_Turn], root: str) -> str:
    said = str(about.get("name") or about.get("preview") or "").strip()
    said = said or next((told for turn in turns if (told := turn.told(root).prompt)), "Codex")
    return one_line(redact(said).splitlines()[0], _TITLE_CELLS)


def _said(item: Json) -> str:
    parts = (part for part in item.get("content") or () if isinstance(part, dict))
    texts = [str(part.get("text") or f"[{part.get('type')}]") for part in parts]
    return redact("\n".join(texts)).strip()


def _root(about: Json) -> str:
    return os.path.realpath(str(about.get("cwd") or "/"))


def _changed_at(about: Json) -> float:
    return float(about.get("updatedAt") or 0)
