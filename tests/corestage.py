"""The core with real parts around it: a fake provider over HTTP, a real history, real files."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fakes.server import FakeProvider
from fakes.steps import Turn
from grafftui import AgentEvent, Graff
from grafftui.approvals import Decision, DecisionValue, Request
from grafftui.cancellation import Cancellation

WIRES = {
    "chat": ("openai_compatible", "OPENAI_URL", "OPENAI_API_KEY"),
    "responses": ("openai_responses_compatible", "OPENAI_URL", "OPENAI_API_KEY"),
    "anthropic": ("anthropic_compatible", "ANTHROPIC_URL", "ANTHROPIC_API_KEY"),
}
"""Wire format → the provider that speaks it at any address, and the variables it reads."""

KEY = "sk-test-0123456789abcdef0123"
MODEL = "fake-model"

each_wire = pytest.mark.parametrize("wire", list(WIRES))


def environment(url: str, wire: str = "chat") -> dict[str, str]:
    """The variables that lead to the provider at `url`."""
    _, address, key = WIRES[wire]
    return {address: url, key: KEY, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for a condition, but not for ever."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        threading.Event().wait(0.002)


class Scripted:
    """An approver with its answers ready; the last one is given again and again."""

    def __init__(self, *answers: Decision | DecisionValue) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer if isinstance(answer, Decision) else Decision(answer)


class Waiting:
    """An approver that waits until the test answers."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.requests: list[Request] = []
        self._answered = threading.Event()
        self._answer = Decision("decline")

    def answer(self, decision: Decision) -> None:
        self._answer = decision
        self._answered.set()

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        self.requests.append(request)
        self.asked.set()
        with cancellation.on_cancel(self._answered.set):
            assert self._answered.wait(20), "nobody answered"
        cancellation.raise_if_cancelled()
        return self._answer


class Following:
    """A turn on a thread of its own, as it is followed from another."""

    def __init__(self, stream: Iterable[AgentEvent]) -> None:
        self.events: list[AgentEvent] = []
        self.error: BaseException | None = None
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._follow, args=(stream,), daemon=True)
        self._thread.start()

    def until(self, seen: Callable[[AgentEvent], bool], seconds: float = 60) -> AgentEvent:
        """The first event for which `seen` is true."""

        def found() -> AgentEvent | None:
            return next((event for event in self.events if seen(event)), None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() or self._ended, seconds), self.events
            event = found()
        assert event is not None, (self.events, self.error)
        return event

    def type(self, name: str, seconds: float = 60) -> AgentEvent:
        """The first event of a type."""
        return self.until(lambda event: event.type == name, seconds)

    def text(self, words: str, seconds: float = 60) -> None:
        """Until the answer holds `words`."""
        with self._changed:
            assert self._changed.wait_for(lambda: words in answer_of(self.events), seconds)

    @property
    def conversation_id(self) -> str:
        return str(self.type("ConversationStarted").data["conversationId"])

    def end(self, seconds: float = 60) -> list[AgentEvent]:
        """Every event, once the turn is over; raises what it raised."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), self.events
        if self.error is not None:
            raise self.error
        return self.events

    def _follow(self, stream: Iterable[AgentEvent]) -> None:
        try:
            for event in stream:
                with self._changed:
                    self.events.append(event)
                    self._changed.notify_all()
        except BaseException as error:
            self.error = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()


# -- what happened ---------------------------------------------------------------------------


def types(events: Iterable[AgentEvent]) -> list[str]:
    """Their types; for a "TaskMessage" the kind of its content."""
    return [
        event.data["content"]["kind"] if event.type == "TaskMessage" else event.type
        for event in events
    ]


def run_together(names: Sequence[str]) -> list[str]:
    """`names` with neighbours that are the same counted as one: deltas come as they may."""
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


def answer_of(events: Iterable[AgentEvent]) -> str:
    """The answer's text."""
    return "".join(
        event.data["content"]["text"]
        for event in events
        if event.type == "TaskMessage" and event.data["content"]["kind"] == "Markdown"
    )


def played(stream: Iterable[AgentEvent]) -> str:
    """Play a turn to its end; the id of its conversation."""
    events = list(stream)
    return str(events[0].data["conversationId"])


def of_type(events: Iterable[AgentEvent], name: str) -> list[dict[str, Any]]:
    """The data of every event of a type."""
    return [event.data for event in events if event.type == name]


def results_of(events: Iterable[AgentEvent]) -> list[str]:
    """The text of every tool's result."""
    return [
        data["result"]["output"]["values"][0]["text"] for data in of_type(events, "ToolCallEnd")
    ]


def titles_of(events: Iterable[AgentEvent]) -> list[tuple[str, str | None, str]]:
    """Title, sub-title and category of every "ToolInput"."""
    return [
        (content["title"], content["sub_title"], content["category"])
        for content in (data["content"] for data in of_type(events, "TaskMessage"))
        if content["kind"] == "ToolInput"
    ]


# -- what was sent, and what was kept --------------------------------------------------------


def sent_texts(body: Mapping[str, Any]) -> list[str]:
    """Every text in the messages of a request, of whatever wire format, with results."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        for item in value.values() if isinstance(value, Mapping) else ():
            walk(item)
        for item in value if isinstance(value, list) else ():
            walk(item)

    walk(body.get("messages", body.get("input")))
    return found


def calls_and_results(body: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Ids of the tool calls and of the results in a request, in order."""
    calls: list[str] = []
    results: list[str] = []
    for message in body.get("messages", body.get("input", [])):
        if message.get("type") == "function_call":
            calls.append(message["call_id"])
        elif message.get("type") == "function_call_output":
            results.append(message["call_id"])
        elif message.get("role") == "tool":
            results.append(message["tool_call_id"])
        calls += [call["id"] for call in message.get("tool_calls") or ()]
        for part in message["content"] if isinstance(message.get("content"), list) else ():
            if part.get("type") == "tool_use":
                calls.append(part["id"])
            elif part.get("type") == "tool_result":
                results.append(part["tool_use_id"])
    return calls, results


def turns_asked(fake: FakeProvider) -> list[dict[str, Any]]:
    """The bodies of the requests for an answer."""
    return [request.body for request in fake.requests if request.method == "POST"]


def kept(home: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of the history, as another connection sees them."""
    path = home / "data" / "history.db"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def kept_messages(home: Path) -> list[dict[str, Any]]:
    """What the model is sent, of every conversation, oldest first."""
    return [json.loads(row[0]) for row in kept(home, "SELECT body FROM messages ORDER BY id")]


def kept_events(home: Path) -> list[AgentEvent]:
    """Every event, oldest first."""
    rows = kept(home, "SELECT type, data FROM events ORDER BY turn_id, seq")
    return [AgentEvent(kind, json.loads(data)) for kind, data in rows]


def kept_entries(home: Path) -> list[tuple[str, str, str]]:
    """Kind, state and text of everything a person sees when it is opened again."""
    rows = kept(home, "SELECT kind, state, body FROM entries ORDER BY conversation_id, ordinal")
    return [(kind, state, json.loads(body).get("text", "")) for kind, state, body in rows]


def files_holding(folder: Path, words: str) -> list[str]:
    """Files under `folder` whose bytes hold `words`.

    Read by another process: to open and close a file of the history here would drop its locks.
    """
    found = subprocess.run(
        ["grep", "-rlaF", "--", words, str(folder)], capture_output=True, text=True, check=False
    )
    assert found.returncode in (0, 1), found.stderr
    return found.stdout.split()


# -- processes -------------------------------------------------------------------------------

LONG = f"300.{os.getpid()}"
"""Seconds of sleep by which processes of ours are known, in whatever namespace they are."""

SLEEPS = f"(sleep {LONG} & sleep {LONG} & touch ready; wait)"
"""Starts two of them, and says in a file that they run."""


def processes_with(words: str) -> list[int]:
    """Those that run and have such words in their command line."""
    found = []
    for place in Path("/proc").iterdir():
        with suppress(OSError):
            if place.name.isdecimal() and words.encode() in (place / "cmdline").read_bytes():
                found.append(int(place.name))
    return found


def sleeping(ready: Path) -> list[int]:
    """The processes of `SLEEPS`, once the file is there."""
    wait_until(ready.exists)
    return processes_with(LONG)


def alive(pids: list[int]) -> list[int]:
    """Those that still run (a zombie does not)."""
    found = []
    for pid in pids:
        with suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state not in "ZX":
                found.append(pid)
    return found


# -- the stage -------------------------------------------------------------------------------


class Core:
    """A home, a workspace, and what was opened in them.

    Attributes:
        home: GRAFFTUI_HOME.
        workspace: An empty directory.
    """

    def __init__(
        self, home: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch, stack: ExitStack
    ) -> None:
        self.home = home
        self.workspace = workspace
        self._monkeypatch = monkeypatch
        self._stack = stack

    def provider(self, *script: Turn, **options: Any) -> FakeProvider:
        """A provider that answers with these turns."""
        return self._stack.enter_context(FakeProvider(script, **options))

    def graff(self, fake: FakeProvider, wire: str = "chat", **options: Any) -> Graff:
        """A `Graff` that asks `fake`."""
        for name, value in environment(fake.url, wire).items():
            self._monkeypatch.setenv(name, value)
        options = {"provider": WIRES[wire][0], "model": MODEL, "cwd": str(self.workspace)} | options
        self._graff = Graff(**options)
        self._stack.callback(self._graff.close)
        return self._graff

    def stop(self, events: Following) -> list[AgentEvent]:
        """Interrupt a turn of the latest `Graff`; all its events."""
        assert self._graff.interrupt(events.conversation_id)
        assert events.end()[-1].type == "TurnInterrupted"
        return events.events

    def forget_key(self, wire: str) -> None:
        """Take the key out of the environment again."""
        self._monkeypatch.delenv(WIRES[wire][2])

    def command(self, fake: FakeProvider, wire: str = "chat", **environ: str) -> Command:
        """`grafftui` as a process that asks `fake`."""
        return Command(self.home, self.workspace, environment(fake.url, wire) | environ)

    def settings(self, text: str) -> None:
        """What stands in `settings.toml`."""
        folder = self.home / "config"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.toml").write_text(text)


@pytest.fixture
def core(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Core]:
    """The stage, cleared at the end."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    with ExitStack() as stack:
        yield Core(home, workspace, monkeypatch, stack)


# -- the command -----------------------------------------------------------------------------


@dataclass
class Command:
    """`grafftui`, as a process."""

    home: Path
    workspace: Path
    environ: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start it."""
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(
            [sys.executable, "-m", "grafftui", *arguments],
            cwd=self.workspace,
            env=self._environ(),
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=options.pop("stderr", subprocess.PIPE),
            **options,
        )

    def run(self, *arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        options: dict[str, Any] = {"input": stdin} if stdin is not None else {}
        if stdin is None:
            options["stdin"] = subprocess.DEVNULL
        done = subprocess.run(
            [sys.executable, "-m", "grafftui", *arguments],
            cwd=self.workspace,
            env=self._environ(),
            capture_output=True,
            timeout=30,
            check=False,
            **options,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def _environ(self) -> dict[str, str]:
        return {**os.environ, "GRAFFTUI_HOME": str(self.home), **self.environ}
