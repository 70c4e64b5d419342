"""Adding, trying and removing keys on a desk that notes what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from dialog_host import Host, screen_text, type_text
from textual import events
from textual.pilot import Pilot

from grafftui.errors import AuthenticationError, KeyringError
from grafftui.ui.screens import confirm
from grafftui.ui.screens.keys import KeyRow, KeysScreen, NewKey
from grafftui.ui.screens.picker import Row

SECRET = "sk-ant-api03-very-secret-indeed"
PROVIDERS = [Row("anthropic", "Anthropic", "ANTHROPIC_API_KEY"), Row("openai", "OpenAI")]


class Desk:
    """Keys in memory; `broken` makes every request fail with it."""

    def __init__(self, *rows: KeyRow) -> None:
        self.rows = list(rows)
        self.asked: list[tuple[str, ...]] = []
        self.broken: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def list(self) -> Sequence[KeyRow]:
        return tuple(self.rows)

    async def set(self, provider: str, key: str, url: str) -> None:
        await self._ask("set", provider, key, url)
        self.rows.append(KeyRow(provider, "keyring", "sk-a…eed", url))

    async def remove(self, provider: str) -> None:
        await self._ask("remove", provider)
        self.rows = [row for row in self.rows if row.provider != provider]

    async def test(self, provider: str) -> str:
        await self._ask("test", provider)
        return f"{provider} accepts the key."

    async def status(self) -> str:
        return "kept in the Secret Service"

    async def _ask(self, *what: str) -> None:
        self.asked.append(what)
        await self.gate.wait()
        if self.broken is not None:
            raise self.broken


ROW = KeyRow("anthropic", "keyring", "sk-a…eed", "https://api.anthropic.com")


async def settled(pilot: Pilot[None]) -> str:
    """What is drawn once every worker is done."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    return screen_text(pilot.app)


async def test_the_keys_there_are() -> None:
    app = Host(KeysScreen(Desk(ROW), PROVIDERS))
    async with app.run_test() as pilot:
        text = await settled(pilot)
        assert "kept in the Secret Service" in text
        assert "anthropic" in text
        assert "keyring" in text
        assert "sk-a…eed" in text


async def test_no_key_yet() -> None:
    app = Host(KeysScreen(Desk(), PROVIDERS))
    async with app.run_test() as pilot:
        assert "No key yet" in await settled(pilot)
        await pilot.press("t", "d", "enter")
        await settled(pilot)


async def test_add_a_key_that_is_never_shown() -> None:
    desk = Desk()
    app = Host(KeysScreen(desk, PROVIDERS))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("a")
        await type_text(pilot, "anth")
        await pilot.press("enter")
        await pilot.pause()
        app.post_message(events.Paste(f"{SECRET}\n"))
        await pilot.pause()
        assert SECRET not in screen_text(app)
        assert "•••" in screen_text(app)
        await pilot.press("enter")
        text = await settled(pilot)
        assert desk.asked == [("set", "anthropic", SECRET, "")]
        assert "The key for anthropic is kept" in text
        assert "sk-a…eed" in text
        assert SECRET not in text


async def test_an_address_goes_along() -> None:
    desk = Desk()
    app = Host(KeysScreen(desk, PROVIDERS))
    async with app.run_test() as pilot:
        await pilot.press("a", "down", "enter")
        await pilot.pause()
        await type_text(pilot, "key")
        await pilot.press("tab")
        await type_text(pilot, "http")
        await pilot.press("enter")
        await settled(pilot)
        assert desk.asked == [("set", "openai", "key", "http")]


async def test_no_key_no_keeping() -> None:
    desk = Desk()
    app = Host(KeysScreen(desk, PROVIDERS))
    async with app.run_test() as pilot:
        await pilot.press("a", "enter")
        await pilot.pause()
        await pilot.press("enter", "escape")
        await settled(pilot)
        assert desk.asked == []


async def test_a_key_that_cannot_be_kept_says_why_and_what_to_do() -> None:
    desk = Desk()
    desk.broken = KeyringError("the keyring is locked", hint="unlock it and try again")
    app = Host(KeysScreen(desk, PROVIDERS))
    async with app.run_test() as pilot:
        await pilot.press("a", "enter")
        await pilot.pause()
        await type_text(pilot, "key")
        await pilot.press("enter")
        assert "the keyring is locked: unlock it and try again" in await settled(pilot)


async def test_try_a_key() -> None:
    desk = Desk(ROW)
    desk.gate.clear()
    app = Host(KeysScreen(desk, PROVIDERS))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("t")
        await pilot.pause()
        assert "asking anthropic" in screen_text(app)
        desk.gate.set()
        assert "anthropic accepts the key." in await settled(pilot)
        desk.broken = AuthenticationError("anthropic rejects the key", hint="enter it again")
        await pilot.press("enter")
        assert "anthropic rejects the key: enter it again" in await settled(pilot)


async def test_remove_after_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm, "GUARD", 0.0)
    desk = Desk(ROW)
    app = Host(KeysScreen(desk, PROVIDERS))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        await settled(pilot)
        assert desk.asked == []
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("right", "enter")
        text = await settled(pilot)
        assert desk.asked == [("remove", "anthropic")]
        assert "The key for anthropic is removed." in text
        assert "sk-a…eed" not in text


async def test_labels_from_outside_are_harmless() -> None:
    app = Host(KeysScreen(Desk(KeyRow("x\x1b[2J", "[/]", "\u202e", "http://\x9b")), PROVIDERS))
    async with app.run_test() as pilot:
        assert (await settled(pilot)).replace("\n", "").isprintable()


def test_a_key_is_not_in_the_repr() -> None:
    assert SECRET not in repr(NewKey(SECRET, ""))


async def test_the_catalogue_is_there_by_default() -> None:
    app = Host(KeysScreen(Desk()))
    async with app.run_test() as pilot:
        await pilot.press("a")
        await type_text(pilot, "anthropic")
        await pilot.pause()
        assert "ANTHROPIC_API_KEY" in screen_text(app)
