"""R-42, thousands of times: text meant for the composer never approves, and none of it is lost.

The panels are the real ones, on a real screen; keys are handed to them one by one on a clock of
our own, so that a round costs a millisecond. `test_typing_never_approves` goes all the way
through the app, some hundred times.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from textual import events

from approving.approving_stage import COMPOUND, SESSION_OFFER, command, edit, pending, staged
from approving.typist import Clock, character_of
from grafftui.trust import Contents, GovernedFile, Unknown
from grafftui.ui.widgets.approval import guarded
from grafftui.ui.widgets.approval.guarded import GuardedPanel
from grafftui.ui.widgets.approval_panel import ApprovalPanel
from session.session_stage import Begin

Patch = pytest.MonkeyPatch

ROUNDS = 400
LETTERS = "aAtwfeExXnpjkrR  aat bcd.yY1"
KEYS = ["backspace", "delete", "ctrl+u", "ctrl+j", "enter", "up", "down", "end", "home"]
PASTES = ["a", "A\n", "t", "w\r", "yes, approve", "a" * 2_000]
FOLDER = Contents("/code/shop", "1:2", (GovernedFile("AGENTS.md", b"- be brief\n"),), ())


@dataclass
class Hands:
    """Types into a panel that has the focus; after that the composer has it."""

    panel: GuardedPanel
    clock: Clock
    chance: random.Random
    came: list[Any] = field(default_factory=list)

    async def burst(self, keys: list[str]) -> None:
        """Keys close upon each other, the way text is typed; then silence."""
        for key in keys:
            if self._left:
                break  # the composer has the focus, and takes all the rest
            await self._press(key)
            await self.clock.advance(self.chance.uniform(0.01, 0.29))
        await self.clock.advance(self.chance.choice([0.31, 0.5, 2.0]))

    @property
    def _left(self) -> bool:
        return any(isinstance(one, GuardedPanel.Typed) for one in self.came)

    async def _press(self, key: str) -> None:
        if key.startswith("paste:"):
            self.panel.on_paste(events.Paste(key.removeprefix("paste:")))
            return
        event = events.Key(key, character_of(key))
        event.time = self.clock.now
        self.panel.on_key(event)
        bound = self.panel._bindings.key_to_bindings.get(key)
        if bound and not event._stop_propagation:
            name, _, argument = bound[0].action.removesuffix(")").partition("(")
            found = getattr(self.panel, f"action_{name}")(*([int(argument)] if argument else []))
            if found is not None:
                await found

    def accepted(self) -> list[Any]:
        """What would let anything happen."""
        return [one for one in self.came if _accepts(one)]


def _accepts(message: Any) -> bool:
    decision = getattr(message, "decision", None)
    reason = getattr(message, "value", "") == "accept"
    return reason or getattr(message, "trusted", False) or (decision and decision.accepted)


def typed(chance: random.Random, others: list[str]) -> list[str]:
    """Two keys or more that a person writes a text with."""
    keys = [
        chance.choice(others) if chance.random() < 0.12 else chance.choice(LETTERS)
        for _ in range(chance.randint(2, 8))
    ]
    if chance.random() < 0.1:
        keys.insert(chance.randint(0, len(keys)), f"paste:{chance.choice(PASTES)}")
    return ["space" if key == " " else key for key in keys]


async def type_at(
    panel: GuardedPanel, clock: Clock, seed: int, again: Callable[[], Any], monkeypatch: Patch
) -> None:
    """Many bursts of text at `panel`, each from where `again` brings it."""
    chance = random.Random(seed)
    hands = Hands(panel, clock, chance)
    wider = isinstance(panel, ApprovalPanel) and panel._offers()
    others = [key for key in KEYS if not (wider and key in ("up", "down"))]  # to choose, on purpose
    post = panel.post_message

    def posted(message: Any) -> bool:
        """What the panel says of itself is ours, all else is Textual's."""
        if "approv" not in type(message).__module__:
            return post(message)
        hands.came.append(message)
        return True

    monkeypatch.setattr(panel, "post_message", posted)
    for _ in range(ROUNDS):
        panel.listen_anew()
        await clock.advance(chance.choice([0.0, 0.1, 0.31, 0.31, 5.0]))
        keys = typed(chance, others)
        await hands.burst(keys)
        assert not hands.accepted(), (keys, hands.came)
        hands.came.clear()
        await again()


@pytest.fixture
def clock(monkeypatch: Patch) -> Clock:
    return Clock()


def take_over(panel: GuardedPanel, clock: Clock, monkeypatch: Patch) -> None:
    monkeypatch.setattr(guarded, "time", SimpleNamespace(monotonic=clock.monotonic))
    monkeypatch.setattr(panel, "set_timer", clock.set_timer)


@pytest.mark.parametrize("kind", ["command", "edit", "wider", "full"])
async def test_R_42_text_never_approves(
    begin: Begin, monkeypatch: Patch, clock: Clock, kind: str
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        asked = pending(edit(), SESSION_OFFER) if kind == "edit" else pending(command(), COMPOUND)
        await stage.ask(asked)
        if kind == "full":
            await stage.press("f")
            await session.until(lambda: stage.top is not stage.screen)
        panel = await stage.listening()
        assert isinstance(panel, ApprovalPanel)
        await session.pilot.press("end")
        await session.until(panel.all_seen)
        take_over(panel, clock, monkeypatch)

        async def again() -> None:
            if (kind == "wider") != bool(panel._offers()):
                await panel.answer_wider()

        await again()
        await type_at(panel, clock, len(kind), again, monkeypatch)
        monkeypatch.undo()


@pytest.mark.parametrize("pause", [0.35, 0.5, 0.75])
async def test_R_42_text_typed_slowly_does_not_approve_what_came_by_itself(
    begin: Begin, monkeypatch: Patch, clock: Clock, pause: float
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(), COMPOUND))
        panel = await stage.listening()
        panel.come_forward()
        take_over(panel, clock, monkeypatch)
        hands = Hands(panel, clock, random.Random(1))
        said: list[str] = []
        monkeypatch.setattr(panel, "_is_typing", lambda text: said.append(panel._held + text))
        await clock.advance(5.0)
        for key in ("a", "space"):
            await hands._press(key)
            await clock.advance(pause)
        assert said == ["a "] and not stage.answers
        panel._forget_keys()
        panel.focus()  # asked for: then it does not wait for that long
        await hands._press("a")
        await clock.advance(0.35)
        assert (await stage.until_decided()).value == "accept"
        monkeypatch.undo()


async def test_R_42_text_never_trusts(begin: Begin, monkeypatch: Patch, clock: Clock) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        stage.core.folder = Unknown(FOLDER)
        await stage.screen.ask_for_trust()
        panel = await stage.listening()
        take_over(panel, clock, monkeypatch)

        async def again() -> None:
            pass

        await type_at(panel, clock, 7, again, monkeypatch)
        monkeypatch.undo()


async def test_an_answer_right_after_another_key_is_asked_again(
    begin: Begin, monkeypatch: Patch, clock: Clock
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(), COMPOUND))
        panel = await stage.listening()
        take_over(panel, clock, monkeypatch)
        hands = Hands(panel, clock, random.Random(1))
        for key in ("end", "a"):
            await hands._press(key)
            await clock.advance(0.1)
        await clock.advance(1.0)
        await session.until_seen("a came right after another key")
        assert not stage.answers
        await hands._press("a")
        await clock.advance(0.4)
        assert (await stage.until_decided()).value == "accept"
        monkeypatch.undo()
