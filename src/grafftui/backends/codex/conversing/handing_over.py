"""A conversation that goes on with another backend: the note it takes along, and the border."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grafftui import events
from grafftui.backends.codex.conversing.threads import AGENT, BACKEND, Threads
from grafftui.core.ending import Outcome
from grafftui.errors import NotFoundError, UsageError
from grafftui.events import AgentEvent
from grafftui.history import Store
from grafftui.history.backend_threads import handing_over
from grafftui.models import UserMessage
from grafftui.text import for_model, one_line
from grafftui.text.redact import redact

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.core.hosting import Hosted

_MOST_PROMPTS: Final = 30
_MOST_OF_PROMPT: Final = 600
_MOST_OF_ANSWER: Final = 6_000
_MOST_FILES: Final = 100
_OURS: Final = "graff"


class HandOver:
    """Hands conversations of a `Graff` over."""

    def __init__(self, graff: Graff, threads: Threads) -> None:
        self._graff = graff
        self._threads = threads

    def first(self, conversation_id: str) -> list[str]:
        """What Codex is to be told before the next prompt.

        A conversation that was exported and came back has no thread, nor has a fork that was cut
        in its first turn: what is known of it is told then.
        """
        known, store = self._threads.of(conversation_id), self._graff.store
        if known.note:
            return [known.note]
        if known.thread_id or not store.live_messages(conversation_id):
            return []
        return [hand_over_note(store, conversation_id)]

    def run(self, conversation_id: str, to: str, note: str) -> Iterator[AgentEvent]:
        """Hand a conversation over, as a turn of its own. See `CodexBackend.hand_over`.

        Raises:
            NotFoundError: There is no such conversation.
            UsageError: There is no such backend, or it has the conversation already.
            ConversationBusyError: A turn of it is running.
        """
        before = {BACKEND: _OURS, _OURS: BACKEND}.get(to)
        if before is None:
            raise UsageError(f"nothing can be handed over to {one_line(to, 40)!r}")
        conversation = self._graff.hosted_conversation(conversation_id, before)
        agent = AGENT if to == BACKEND else self._graff.first_agent
        said = redact(for_model(note)).strip()
        yield from self._graff.host_turn(
            conversation, "", lambda hosted: _Border(hosted, before, to, agent, said)
        )


@dataclass(slots=True)
class _Border:
    """The turn in which it happens: what changes and what tells of it are one transaction."""

    hosted: Hosted
    before: str
    to: str
    agent: str
    note: str

    def steps(self) -> Generator[AgentEvent, None, Outcome]:
        """Part of `Steps`."""
        recorder = self.hosted.recorder
        event = events.handed_over(self.before, self.to, self.note)
        for_codex = self.note if self.to == BACKEND else ""
        recorder.record_with(handing_over(self.to, self.agent, for_codex), event)
        if self.to == _OURS and self.note:
            recorder.add_message("user", UserMessage(self.note).to_wire())
        yield event
        return Outcome("done", events.task_complete())

    def abandon(self) -> None:
        """Part of `Steps`: there is nothing midway."""


def hand_over_note(store: Store, conversation_id: str) -> str:
    """What whoever goes on with a conversation should know, made of what is in the history.

    Raises:
        NotFoundError: There is no such conversation.
    """
    conversation = store.conversation(conversation_id)
    if conversation is None:
        raise NotFoundError(f"Conversation with ID '{conversation_id}' not found")
    bodies = store.live_messages(conversation.id)
    asked = [_short(body, _MOST_OF_PROMPT) for body in bodies if body.get("role") == "user"]
    answers = [body for body in bodies if body.get("role") == "assistant" and body.get("text")]
    changed = _changed(store, conversation.id)
    todos = [
        f"[{todo.get('status')}] {todo.get('content')}" for todo in store.todos(conversation.id)
    ]
    parts = [
        f"You go on with a conversation that {conversation.backend} has led until now, about the"
        f" folder {conversation.workspace}. This is what is known of it; look at the files"
        " themselves before you change them.",
        _list("What the person asked for, oldest first", asked[-_MOST_PROMPTS:]),
        _list("Files that were changed", changed[:_MOST_FILES]),
        _list("Todos", todos),
    ]
    if answers:
        parts.append(f"The last answer was:\n\n{_short(answers[-1], _MOST_OF_ANSWER)}")
    return redact(for_model("\n\n".join(part for part in parts if part)))


def _changed(store: Store, conversation_id: str) -> list[str]:
    """Paths, those that were changed last first."""
    found: dict[str, None] = {}
    for turn in reversed(store.trajectories.turns(conversation_id)):
        for event, _ in reversed(list(store.trajectories.events(turn.id))):
            if event.type == "FileChanged":
                found[str(event.data.get("path"))] = None
    return list(found)


def _short(body: dict[str, object], most: int) -> str:
    text = str(body.get("text") or "").strip()
    return text if len(text) <= most else f"{text[:most].rstrip()} …"


def _list(title: str, lines: list[str]) -> str:
    shown = ["- " + line.replace("\n", "\n  ") for line in lines if line]
    return "\n".join([f"{title}:", *shown]) if shown else ""
