"""A history that cannot be written: whoever follows a turn is told, and nothing is lost unsaid."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from corestage import Command, Core, kept, kept_messages, types
from fakes.steps import status, text, tool
from grafftui import AgentEvent, AsyncGraff, Graff
from grafftui.errors import StoreError, TurnFailedError
from smalldisk import fill

LONG = f"{'BIG' * 33} " * 2_400


class FailingDisk:
    """Stands before the history's transactions, and fails them while it is `full`."""

    def __init__(self, graff: Graff, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self._transaction = graff.store._database.transaction
        monkeypatch.setattr(graff.store._database, "transaction", self._or_none)

    def _or_none(self, **options: Any) -> AbstractContextManager[Connection]:
        if self.full:
            raise StoreError("the disk is full")
        return self._transaction(**options)


def notices(events: list[AgentEvent]) -> list[str]:
    found = [event.data for event in events if event.type == "Notice"]
    assert all(data["level"] == "warning" for data in found)
    return [data["text"] for data in found]


FULL, AGAIN = "history is not being saved: the disk is full", "history is being saved again"


def test_a_turn_says_that_it_is_not_saved(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    graff = core.graff(core.provider([text("One two three.")]))
    disk = FailingDisk(graff, monkeypatch)
    turn = graff.chat("go")
    events = [next(turn)]
    disk.full = True
    events += turn
    assert notices(events) == [FULL]
    assert types(events)[-1] == "TaskComplete", "the last event stays the last"
    with pytest.raises(StoreError, match="not in the history: the disk is full"):
        graff.close()
    graff.close()


def test_a_turn_says_that_it_is_saved_again(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its end at the latest, however far the next attempt was put off."""
    script = [[tool("read", {"file_path": "a"})], [text("Two.")]]
    with core.graff(core.provider(*script)) as graff:
        disk = FailingDisk(graff, monkeypatch)
        events = []
        for event in graff.chat("go"):
            disk.full = event.type == "ConversationStarted" or (
                disk.full and event.type != "Notice"
            )
            events.append(event)
        assert notices(events) == [FULL, AGAIN]
        assert types(events)[-1] == "TaskComplete"
        assert graff.store.unsaved == ""
    assert kept_messages(core.home)[-1]["text"] == "Two."


def test_a_turn_that_fails_says_so_too(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    graff = core.graff(core.provider([status(400, "no")]))
    disk = FailingDisk(graff, monkeypatch)
    events = []
    with pytest.raises(TurnFailedError):
        for event in graff.chat("go"):
            events.append(event)
            disk.full = True
    assert notices(events) == [FULL]
    assert types(events)[-1] == "TurnFailed"
    disk.full = False
    graff.close()


def test_what_is_lost_at_the_end_is_a_note_on_another_error(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    graff = core.graff(core.provider([text("Yes.")]))
    disk = FailingDisk(graff, monkeypatch)
    with pytest.raises(ZeroDivisionError) as found, graff:
        for _ in graff.chat("go"):
            disk.full = True
        raise ZeroDivisionError
    assert "not in the history: the disk is full" in found.value.__notes__[0]


async def test_an_async_graff_says_the_same(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = core.provider([text("Yes.")])
    core.graff(fake).close()  # for the environment
    graff = AsyncGraff(cwd=str(core.workspace), provider="openai_compatible", model="m")
    disk = FailingDisk(await graff._sync(), monkeypatch)
    events = []
    async for event in graff.chat("go"):
        disk.full = True
        events.append(event)
    assert notices(events) == [FULL]
    with pytest.raises(StoreError, match="not in the history"):
        await graff.close()
    with pytest.raises(ZeroDivisionError):
        async with graff:
            raise ZeroDivisionError


@pytest.fixture
def on_small_disk(core: Core, small_disk: Path) -> tuple[Command, Path]:
    """`grafftui` with its home on a disk with room for a short turn, and where that is."""
    fake = core.provider([text("one")], [text(LONG)], [text("three")])
    command = core.command(fake)
    command.home = small_disk / "home"
    assert command.run("run", "first").returncode == 0
    fill(small_disk, 400 * 1024)
    return command, small_disk


@pytest.mark.parametrize("json_lines", [False, True])
def test_run_says_what_could_not_be_saved(
    on_small_disk: tuple[Command, Path], json_lines: bool
) -> None:
    command, disk = on_small_disk
    done = command.run("run", "--continue", *["--json"] * json_lines, "second")
    assert done.returncode == 1
    errors = done.stderr.splitlines()
    assert "what was said last is not in the history" in errors[-1]
    assert "the disk is full" in errors[-1]
    if json_lines:
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        events = [AgentEvent(line["type"], line["data"]) for line in lines]
        assert types(events)[-1] == "TaskComplete"
        [notice] = notices(events)
    else:
        assert done.stdout == LONG + "\n"
        notice = errors[0]
    assert "history is not being saved" in notice
    assert "the disk is full" in notice
    (disk / "ballast").unlink()
    assert command.run("run", "--continue", "third").returncode == 0
    states = kept(command.home, "SELECT state FROM turns ORDER BY id")
    assert states == [("done",), ("lost",), ("done",)]
