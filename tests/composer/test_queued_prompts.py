"""Prompts that wait."""

from __future__ import annotations

from composer_host import Desk

from grafftui.ui import themes
from grafftui.ui.widgets.queued_prompts import QueuedPrompts


async def queue(desk: Desk, *prompts: str) -> QueuedPrompts:
    widget = QueuedPrompts(themes.signs(ascii=False))
    await desk.app.mount(widget, before=desk.composer)
    widget.show(prompts)
    await desk.pilot.pause()
    return widget


async def test_each_is_a_line_and_none_takes_no_room(desk: Desk) -> None:
    widget = await queue(desk, "then\nrun the tests", "and commit")
    assert desk.screen_text()[-3:-1] == [
        "   ◌ queued  then run the tests",
        "   ◌ queued  and commit",
    ]
    widget.show([])
    await desk.pilot.pause()
    assert widget.size.height == 0


async def test_more_than_four_scroll(desk: Desk) -> None:
    widget = await queue(desk, *(f"prompt {number}" for number in range(9)))
    assert widget.size.height == 4
    widget.focus()
    await desk.press("end")
    await desk.pilot.pause()
    assert "prompt 8" in "\n".join(desk.screen_text())


async def test_edit_and_remove(desk: Desk) -> None:
    widget = await queue(desk, "one", "two")
    widget.focus()
    await desk.pilot.pause()
    await desk.press("down", "enter", "delete")
    await desk.pilot.pause()
    assert desk.app.said == [QueuedPrompts.Edit(1), QueuedPrompts.Remove(1)]


async def test_a_click_edits(desk: Desk) -> None:
    await queue(desk, "one", "two")
    await desk.pilot.click(QueuedPrompts, offset=(15, 1))
    await desk.pilot.pause()
    assert desk.app.said == [QueuedPrompts.Edit(1)]


async def test_a_huge_harmful_prompt_is_one_line(desk: Desk) -> None:
    await queue(desk, "x\x1b[2J[/]\u202e" + "y" * 1_000_000)
    line = desk.screen_text()[-2]
    assert line.isprintable()
    assert line.endswith("…")
