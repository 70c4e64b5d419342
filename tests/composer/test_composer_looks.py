"""What the composer and the lists above it look like; the record is the pictures."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from composer_host import Host
from textual import events
from textual.pilot import Pilot

from grafftui.ui import themes
from grafftui.ui.widgets.completions import Completion, Completions
from grafftui.ui.widgets.composer import Composer
from grafftui.ui.widgets.queued_prompts import QueuedPrompts

Snap = Callable[..., bool]

COMMANDS = [
    Completion("/model", "For this conversation", "model"),
    Completion("/theme", "Dark, light, high contrast", "theme"),
    Completion("/retry", "After a failure, for example", "retry"),
]


def composer_of(pilot: Pilot[None]) -> Composer:
    return pilot.app.query_one(Composer)


async def empty(pilot: Pilot[None]) -> None:
    await pilot.pause()


async def with_a_paste_and_a_selection(pilot: Pilot[None]) -> None:
    composer = composer_of(pilot)
    composer.load("compare this\n")
    pilot.app.post_message(events.Paste("x" * 4_321))
    await pilot.pause()
    composer.type(" with what 字 we had, and say\twhich is better")
    await pilot.press("shift+home")
    await pilot.pause()


async def a_shell_command_behind_a_queue(pilot: Pilot[None]) -> None:
    queue = QueuedPrompts(themes.signs(ascii=False))
    await pilot.app.mount(queue, before=composer_of(pilot))
    queue.show(["then run the tests", "and commit what you have"])
    composer_of(pilot).load("!git status --short")
    await pilot.pause()


async def completing_a_command(pilot: Pilot[None]) -> None:
    completions = Completions()
    await pilot.app.mount(completions, before=composer_of(pilot))
    composer_of(pilot).popup = completions
    composer_of(pilot).type("/e")
    completions.offer(COMMANDS, "e")
    await pilot.press("down")
    await pilot.pause()


async def searching_earlier_prompts(pilot: Pilot[None]) -> None:
    composer = composer_of(pilot)
    composer.history = ["fix the parser\nand its test", "explain"]
    await pilot.press("ctrl+r", "p", "a", "r")
    await pilot.pause()


SCENES = [
    empty,
    with_a_paste_and_a_selection,
    a_shell_command_behind_a_queue,
    completing_a_command,
    searching_earlier_prompts,
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_dark(snap_compare: Snap, scene: object) -> None:
    assert snap_compare(Host(), run_before=scene, terminal_size=(60, 10))


@pytest.mark.parametrize("theme", [themes.LIGHT, themes.CONTRAST])
def test_other_themes(snap_compare: Snap, theme: str) -> None:
    """The two with most colours."""

    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.theme = theme
        await with_a_paste_and_a_selection(pilot)

    assert snap_compare(Host(), run_before=scene, terminal_size=(60, 10))


def test_without_colour(snap_compare: Snap, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is selected and where the cursor is can still be seen."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = Host()
    assert app.no_color
    assert snap_compare(app, run_before=with_a_paste_and_a_selection, terminal_size=(60, 10))


def test_very_small(snap_compare: Snap) -> None:
    """Nothing breaks at 40 by 10, however much is written."""

    async def scene(pilot: Pilot[None]) -> None:
        composer_of(pilot).load("\n".join(f"line {number}" for number in range(30)))
        await pilot.pause()

    assert snap_compare(Host(), run_before=scene, terminal_size=(40, 10))
