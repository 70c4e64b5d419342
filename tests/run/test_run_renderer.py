"""`Renderer`: what of a turn goes where, as a program uses it."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator

import pytest

from corestage import Core
from fakes.steps import status, text, tool
from grafftui import AgentEvent, EventHooks, Renderer, events


class Streams:
    def __init__(self) -> None:
        self.out, self.notices = io.StringIO(), io.StringIO()

    def said(self) -> tuple[str, str]:
        return self.out.getvalue(), self.notices.getvalue()


@pytest.fixture
def streams() -> Streams:
    return Streams()


def shown(streams: Streams, *all_events: AgentEvent, **options: bool) -> tuple[str, str]:
    renderer = Renderer(streams.out, streams.notices, **options)
    for event in all_events:
        renderer.show(event)
    return streams.said()


def test_as_a_hook_of_a_turn(core: Core, streams: Streams) -> None:
    fake = core.provider(
        [status(503)], [text("I write."), tool("write", {"file_path": "a", "content": "x\n"})],
        [text("Done.")],
    )  # fmt: skip
    graff = core.graff(fake, mode="edits")
    result = graff.run("go", hooks=EventHooks(Renderer(streams.out, streams.notices).show))
    assert result.status == "completed"
    out, notices = streams.said()
    assert out == "I write.\nDone.\n"
    retried, title, change = notices.splitlines()
    assert retried.startswith("retrying in ")
    assert (title, change) == ("▸ Create a", "  created a +1 −0")


def test_the_answer_as_it_is_unless_it_is_a_terminal(streams: Streams) -> None:
    words = "a\x1b[31mb\u202ec"
    assert shown(streams, events.markdown(words), events.task_complete())[0] == words + "\n"


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def test_nothing_controls_a_terminal(terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    with open(theirs, "w", encoding="utf-8", closefd=False) as out:
        renderer = Renderer(out, io.StringIO())
        renderer.show(events.markdown("a\x1b]0;mine\x07b"))
        renderer.show(events.task_complete())
    said = os.read(ours, 1000)
    assert said.startswith(b"a") and said.endswith(b"b\r\n")
    assert b"\x1b" not in said


def test_notices_are_one_line_each(streams: Streams) -> None:
    hostile = events.tool_input("Execute [sh]", "echo \x1b[2J\nrm -rf /\r" + "x" * 1_000)
    _, notices = shown(streams, hostile)
    assert notices.count("\n") == 1
    assert "\x1b" not in notices and "\r" not in notices
    assert len(notices) < 600


def test_an_answer_that_was_cut_off_ends_its_line(streams: Streams) -> None:
    said = shown(streams, events.markdown("Half"), events.turn_interrupted())
    assert said == ("Half\n", "grafftui: interrupted\n")


def test_without_the_answer(streams: Streams) -> None:
    all_events = (
        events.markdown("Half"),
        events.interrupt("MaxRequestPerTurnLimitReached", 3),
        events.turn_failed("no way", "try another"),
        events.task_complete(),
    )
    assert shown(streams, *all_events, answer=False) == (
        "",
        "grafftui: stopped: MaxRequestPerTurnLimitReached (3)\ngrafftui: no way — try another\n",
    )


def test_types_it_does_not_know(streams: Streams) -> None:
    assert shown(streams, AgentEvent("SomethingNew", {"text": "?"})) == ("", "")
