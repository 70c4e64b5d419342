"""Frames: painted at once, only where something changed, and the same as Textual would paint."""

from __future__ import annotations

import asyncio
import random

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.geometry import Region
from textual.screen import Screen
from textual.widgets import Input, Static

from grafftui.ui.frames import GAP, PromptFrames, _Frames
from grafftui.ui.frugal_compositor import FrugalCompositor
from grafftui.ui.hygiene import TerminalDriver
from ptyharness import Emulator

SIZE = (60, 20)


class Crowded(PromptFrames):
    """Widgets beside, above, inside and half outside of each other."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("side " * 60, id="side")
            with VerticalScroll():
                for number in range(12):
                    yield Static(f"row {number} " * 5)
        yield Static("docked " * 20, id="docked")
        yield Input("written")
        yield Static("floating 漢字 " * 6, id="floating")


class Host(App[None]):
    """Shows one."""

    CSS = """
    Screen { layers: below above; }
    #floating { layer: above; width: 21; height: 5; offset: 14 3; border: round white; }
    #side { width: 13; } #docked { dock: bottom; height: 2; }
    VerticalScroll Static { height: 3; border: solid green; }
    """

    def get_default_screen(self) -> Screen[None]:
        return Crowded()


def painted(app: Host, update: ChopsUpdate | None) -> list[str]:
    """What a terminal full of crosses shows after `update`, colours and all."""
    emulator = Emulator(*SIZE)
    emulator.feed(("\x1b[H" + "x" * SIZE[0] * SIZE[1]).encode())
    if update is not None:
        emulator.feed(update.render_segments(app.console).encode())
    buffer = emulator.screen.buffer
    return [" ".join(map(repr, (buffer[y][x] for x in range(SIZE[0])))) for y in range(SIZE[1])]


async def test_a_frame_is_what_textual_would_have_painted() -> None:
    chance = random.Random(5)
    app = Host()
    async with app.run_test(size=SIZE) as pilot:
        app.screen.query_one(VerticalScroll).scroll_to(y=4, animate=False)
        await pilot.pause()
        compositor = app.screen._compositor
        assert isinstance(compositor, FrugalCompositor)
        for _ in range(150):
            regions = {
                Region(chance.randrange(60), chance.randrange(20), *rectangle)
                for rectangle in (
                    (chance.randint(1, 40), chance.randint(1, 12))
                    for _ in range(chance.randint(1, 4))
                )
            }
            regions = {part for r in regions if (part := r.intersection(Region(0, 0, *SIZE)))}
            compositor._dirty_regions = set(regions)
            ours = painted(app, compositor.render_partial_update())
            compositor._dirty_regions = set(regions)
            theirs = painted(app, Compositor.render_partial_update(compositor))
            assert ours == theirs, regions
            assert not compositor._dirty_regions


async def test_only_what_is_seen_in_the_change_is_asked() -> None:
    app = Host()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        asked: list[str] = []
        for widget in app.screen.walk_children():
            before = widget.render_lines

            def render_lines(crop: Region, widget: object = widget, before=before):  # type: ignore[no-untyped-def]
                asked.append(f"{getattr(widget, 'id', None)} {crop.height}")
                return before(crop)

            widget.render_lines = render_lines  # type: ignore[method-assign]
        app.screen._compositor._dirty_regions = {Region(1, 2, 5, 2)}
        app.screen._compositor.render_partial_update()
        assert asked == ["side 2"]


async def test_what_asks_for_a_frame_gets_one_and_only_one() -> None:
    painted_at: list[float] = []
    loop = asyncio.get_running_loop()
    frames = _Frames(lambda: painted_at.append(loop.time()))
    frames.resume()
    frames.resume()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(painted_at) == 1  # in the next pass of the loop, not at a later tick
    frames.resume()
    frames.pause()
    await asyncio.sleep(2 * GAP)
    assert len(painted_at) == 1
    frames.resume()
    frames.resume()
    while len(painted_at) < 2:
        await asyncio.sleep(GAP)
    assert painted_at[1] - painted_at[0] >= GAP


async def test_a_fault_in_painting_ends_the_app_with_its_report() -> None:
    app = Host()
    with pytest.raises(RuntimeError, match="no such colour"):
        async with app.run_test(size=SIZE) as pilot:

            def fail() -> None:
                raise RuntimeError("no such colour")

            app.screen._on_timer_update = fail  # type: ignore[method-assign]
            app.screen.query_one("#side").refresh()
            await pilot.pause(1.0)


def test_a_frame_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its begin, its text and its end each woke the thread that writes."""
    written: list[str] = []
    monkeypatch.setattr(
        "textual.drivers.linux_driver.LinuxDriver.write", lambda _, s: written.append(s)
    )
    driver = TerminalDriver.__new__(TerminalDriver)
    driver._has_terminal, driver._skip_entering, driver._frame = True, False, None
    for part in ("a", "\x1b[?2026h", "text", "\x1b[?2026l", "b"):
        driver.write(part)
    assert written == ["a", "\x1b[?2026htext\x1b[?2026l", "b"]
