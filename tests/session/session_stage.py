"""The app with real parts around it, steered by a pilot: core, history, files, a fake provider."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from fakes.server import FakeProvider
from fakes.steps import Turn
from grafftui.approvals import Request
from grafftui.settings.first_frame import FirstFrame
from grafftui.ui.app import GrafftuiApp
from grafftui.ui.desk import Desk
from grafftui.ui.live import LiveConversation, Pending
from grafftui.ui.options import Options
from grafftui.ui.screens.session import SessionScreen
from grafftui.ui.themes import DARK
from grafftui.ui.widgets.approval_panel import ApprovalPanel

PROVIDER, MODEL = "openai_compatible", "fake-model"
PATIENCE = 60.0


def last_prompt(body: dict[str, Any]) -> str:
    """The newest message of the person in a request."""
    return [str(m["content"]) for m in body["messages"] if m["role"] == "user"][-1]


def turns_since_prompt(body: dict[str, Any]) -> int:
    """How often the model has answered since then."""
    roles = [message["role"] for message in reversed(body["messages"])]
    return roles[: roles.index("user")].count("assistant")


def answering(**turns: list[Turn]) -> Callable[[dict[str, Any]], Turn]:
    """A provider's handler: the first word of the prompt names the turns it is answered with."""

    def answer(body: dict[str, Any]) -> Turn:
        known = turns[last_prompt(body).split()[0].strip(",.")]
        return known[min(turns_since_prompt(body), len(known) - 1)]

    return answer


@dataclass
class Session:
    """A running app and its parts."""

    app: GrafftuiApp
    pilot: Pilot[int]

    @property
    def screen(self) -> SessionScreen:
        return self.app.session

    @property
    def desk(self) -> Desk:
        return self.app.session.desk

    @property
    def current(self) -> LiveConversation:
        return self.app.session.desk.current

    @property
    def panel(self) -> ApprovalPanel:
        return self.screen.query_one(ApprovalPanel)

    @property
    def text(self) -> str:
        """What is drawn, trailing spaces left out."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Let the app work until something holds."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, f"{what}\n{self.text}"
            await self.pilot.pause(0.01)

    async def until_seen(self, *wanted: str) -> None:
        """Until every text of `wanted` is on the screen."""
        await self.until(lambda: all(one in self.text for one in wanted), " + ".join(wanted))

    async def shows(self, kind: type[Screen[Any]]) -> None:
        """Until a screen of that kind is on top, whole, and takes keys."""

        def is_there() -> bool:
            screen = self.app.screen
            ready = screen.is_mounted and (screen.focused or not screen.focus_chain)
            return isinstance(screen, kind) and bool(ready)

        await self.until(is_there, kind.__name__)

    async def type(self, text: str) -> None:
        """Press the keys of a text."""
        names = {" ": "space", "\n": "ctrl+j"}
        await self.pilot.press(*(names.get(character, character) for character in text))

    async def say(self, prompt: str) -> None:
        """Write a prompt and send it."""
        self.screen.composer.focus()
        self.screen.composer.load(prompt)
        await self.pilot.press("enter")

    async def say_and_wait(self, prompt: str) -> None:
        """Send a prompt and wait until its turn is over."""
        before = len(self.current.entries)
        await self.say(prompt)
        await self.until(lambda: len(self.current.entries) > before and not self.current.running)

    async def asked(self) -> Pending:
        """Wait until a question stands on the screen, whole; the question."""
        await self.until(lambda: self.screen.query("ApprovalPanel.-open"), "no question came")
        await self.until(
            lambda: self.panel._bodies() and all(body.seen_all for body in self.panel._bodies()),
            "the question is not whole",
        )
        assert self.panel.pending is not None
        return self.panel.pending

    async def open_for_answers(self) -> None:
        """Give the question the focus and wait until it listens."""
        await self.pilot.press("ctrl+g")
        await self.until(lambda: self.panel.has_focus)
        await self.until(lambda: time.monotonic() >= self.panel._deaf_until, "it never listens")


Begin = Callable[..., Any]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder with a file in it."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "prices.txt").write_text("tea 3\nmilk 2\n")
    return folder


@pytest.fixture
def begin(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Start the app with a provider: `async with begin(provider) as session`."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef0123")

    @asynccontextmanager
    async def begun(
        provider: FakeProvider | None,
        size: tuple[int, int] = (150, 40),
        options: dict[str, Any] | None = None,
        early: Callable[[Session], Awaitable[None]] | None = None,
    ) -> AsyncIterator[Session]:
        url = provider.url if provider else "http://127.0.0.1:9/v1"
        monkeypatch.setenv("OPENAI_URL", url)
        chosen = {"cwd": str(workspace), "provider": PROVIDER, "model": MODEL} | (options or {})
        app = GrafftuiApp(Options(**chosen), FirstFrame(DARK))
        async with app.run_test(size=size, notifications=True) as pilot:
            session = Session(app, pilot)
            if early is not None:
                await early(session)
            await session.until(lambda: session.desk.reader, "the core is not open")
            await session.until(lambda: not _opening(session))
            yield session
        assert app.control_filter.fired == 0, "what is drawn was not clean before the last filter"

    return begun


def _opening(session: Session) -> bool:
    """Whether the first worker still works."""
    return any(worker.name == "_open" for worker in session.app.workers)


def command_request(command: str = "touch ran", number: int = 0) -> Pending:
    """A question about a command."""
    request = Request(kind="command", tool="shell", subject=command, cwd="/", command=command)
    return Pending(f"request-{number}", request)
