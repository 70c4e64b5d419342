"""The guided tour on a stage where it looks the same every time: one place, one clock, no pause.

The tour is the app's own: its scripted model drives the real core, history, tools and approvals.
Fixed are the folder it works in (`~/src/basket`), the clock its figures come from, and the keys.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from textual.pilot import Pilot

from grafftui.approvals import Decision
from grafftui.backends.demo import PROMPTS
from grafftui.models import AssistantMessage, ModelRequest, Usage
from grafftui.settings.first_frame import FirstFrame
from grafftui.ui.app import GrafftuiApp
from grafftui.ui.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

Scene = Callable[[Pilot[int]], Awaitable[None]]
NOW = 1_800_000_000.0
FIX, COVER, NEXT = PROMPTS


class MemoryKeyring:
    """A keyring that says it is the system's."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get(name)

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[name]


MemoryKeyring.__module__ = "keyring.backends.SecretService"


@pytest.fixture
def tour(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], GrafftuiApp]:
    """Make the app of the tour, in the theme named."""
    home = tmp_path_factory.mktemp("person").resolve()
    prepare(monkeypatch, home)
    monkeypatch.setenv("GRAFFTUI_DEMO_RATE", "0")
    _hold_keys(monkeypatch)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("grafftui.sandboxes.masks.homes", lambda: (str(home),))  # no one's keys
    monkeypatch.setattr("grafftui.backends.demo.model._usage", _usage)
    monkeypatch.setattr(
        "grafftui.ui.opening.tempfile",
        SimpleNamespace(TemporaryDirectory=lambda prefix: _sources(home)),
    )
    folder = str(home / "src" / "basket")
    options = Options(demo=True, cwd=folder)
    return lambda theme: GrafftuiApp(options, FirstFrame(theme, reduced_motion=True))


def prepare(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """A terminal, a clock and a home folder that are the same everywhere."""
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("COLORTERM", "truecolor")
    for name in ("NO_COLOR", "LC_ALL", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    _stop_clocks(monkeypatch)


def _usage(request: ModelRequest, answer: AssistantMessage) -> Usage:
    """Not counted from the text, which has the path of a temporary folder in it."""
    return Usage(2_800 + 1_900 * len(request.messages), 40)


@contextmanager
def _sources(home: Path) -> Iterator[str]:
    folder = home / "src"
    folder.mkdir()
    yield str(folder)


def _stop_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing takes any time on screen; what waits for time to pass still can."""
    stopped = SimpleNamespace(time=lambda: NOW, monotonic=lambda: 0.0)
    for module in ("live", "widgets.status_line"):
        monkeypatch.setattr(f"grafftui.ui.{module}.time", stopped)
    monkeypatch.setattr("grafftui.ui.figures.age", lambda elapsed: "now")
    monkeypatch.setattr("grafftui.ui.screens.session_requests._IDLE", 0.0)


def _hold_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = MemoryKeyring()
    monkeypatch.setattr("grafftui.keys.os_keyring.find_backend", lambda: keyring)
    monkeypatch.setattr("grafftui.keys.os_keyring.require_ready", lambda *_, **__: None)
    monkeypatch.setattr("grafftui.keys.os_keyring.is_locked", lambda _: False)


async def until(pilot: Pilot[int], holds: Callable[[], object], what: str = "") -> None:
    """Let the app work until something holds, a minute at most."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, what or holds
        await pilot.pause(0.01)


def session_of(pilot: Pilot[int]) -> GrafftuiApp:
    """The app, as its own type."""
    assert isinstance(pilot.app, GrafftuiApp)
    return pilot.app


async def opened(pilot: Pilot[int]) -> None:
    """Wait until the tour has suggested its first prompt."""
    screen = session_of(pilot).session
    await until(pilot, lambda: screen.composer.suggestion == FIX)
    await until(pilot, lambda: screen._panel_state.policy)


async def say(pilot: Pilot[int], prompt: str) -> None:
    """Send a prompt; wait until it is done or asks for something."""
    screen = session_of(pilot).session
    current = screen.desk.current
    before = len(current.entries)
    screen.composer.focus()  # the last question may still be on its way out
    screen.composer.load(prompt)
    await until(pilot, lambda: screen.focused is screen.composer)
    await pilot.press("enter")
    await until(pilot, lambda: len(current.entries) > before)
    await has_come_to_rest(pilot)


async def accept(pilot: Pilot[int]) -> None:
    """Accept what is asked for; wait until it is done or the next thing is asked for."""
    desk = session_of(pilot).session.desk
    current = desk.current
    asked = current.pending[0]
    assert desk.answer(asked, Decision("accept"))
    await until(pilot, lambda: asked not in current.pending)
    await has_come_to_rest(pilot)


async def has_come_to_rest(pilot: Pilot[int]) -> None:
    """Wait until the turn is done or asks for something, and the focus is where it goes then."""
    screen = session_of(pilot).session
    current = screen.desk.current
    await until(pilot, lambda: current.pending or not current.running)
    if current.pending:
        await until(pilot, lambda: screen.query("ApprovalPanel.-open"))
        await until(pilot, lambda: screen.focused is screen.query_one("ApprovalPanel"))
    else:
        await until(pilot, lambda: not screen.query("ApprovalPanel.-open"))
        screen.composer.focus()
        await until(pilot, lambda: screen.focused is screen.composer)


async def settled(pilot: Pilot[int]) -> None:
    """Wait until nothing on screen is still to come: colours, lists, dialogs."""
    app = session_of(pilot)
    await until(pilot, lambda: app.session.composer.history is not None)
    for worker in list(app.workers):
        if not worker.is_finished and not _goes_on(worker.group):
            await worker.wait()
    await _looked_at_panel(pilot)
    await pilot.pause(0.05)
    for view in app.session.query("TranscriptView, DiffView"):
        known = view._highlighter._known  # type: ignore[attr-defined]
        await until(pilot, lambda known=known: None not in known.values())
    drawn: list[str] = []
    while drawn != (drawn := _drawn(app)):  # a screen or a body may still be on its way
        await pilot.pause(0.05)


def _drawn(app: GrafftuiApp) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


async def _looked_at_panel(pilot: Pilot[int]) -> None:
    """The side panel, if it is seen, says what there is now: the second look began after this."""
    screen = session_of(pilot).session
    for _ in range(2):
        before = screen._panel_state
        screen.look_at_panel()
        await until(
            pilot,
            lambda before=before: (
                not screen._panel_seen.is_set() or screen._panel_state is not before
            ),
        )


def _goes_on(group: str) -> bool:
    """Whether the worker waits for the person, or goes on as long as the app."""
    return group in ("picker", "undo", "panel", "engines", "looking")
