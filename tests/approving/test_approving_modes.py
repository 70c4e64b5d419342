"""Modes, rules and grants, and what the panel says about the sandbox."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from approving.approving_stage import a_held_policy, a_policy, staged
from grafftui.approvals.grants import Grant, GrantRule
from grafftui.approvals.rules import Rule
from grafftui.core.local_policy import LocalPolicy
from grafftui.ui.screens import confirm, rules
from session.session_stage import Begin, Session

Patch = pytest.MonkeyPatch


def status(session: Session) -> str:
    return session.text.splitlines()[-1]


async def test_one_key_goes_round_without_full(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        session.current.id = "one"
        for mode in ("edits", "sandboxed", "plan", "ask"):
            await session.pilot.press("f8")
            await session.until(lambda mode=mode: mode in status(session))
            assert stage.core.modes == {"one": mode}


async def test_full_is_chosen_and_confirmed_and_red(begin: Begin, monkeypatch: Patch) -> None:
    monkeypatch.setattr(confirm, "GUARD", 0.0)
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        session.current.id = "one"
        for confirmed in (False, True):
            await session.pilot.press("f7")
            await session.until(lambda: session.app.screen.query("PickerList"))
            await session.type("full")
            await session.pilot.press("enter")
            await session.until_seen("Nobody is asked.")
            await session.pilot.press(*(["right"] if confirmed else []), "enter")
            await session.until(lambda: stage.top is stage.screen)
            assert stage.core.modes == ({"one": "full"} if confirmed else {})
        await session.until(lambda: "▲ full" in status(session))
        drawn = session.screen.status_line.render()
        full = next(span for span in drawn.spans if "$text-error" in str(span.style))
        assert drawn.plain[full.start : full.end] == "▲ full"


async def test_a_mode_chosen_before_the_first_prompt_is_the_conversations(
    begin: Begin, monkeypatch: Patch
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await session.pilot.press("f8")
        await session.until(lambda: "edits" in status(session))
        assert stage.core.modes == {}
        session.current.id = "new"
        await stage.screen.show_request()
        assert stage.core.modes == {"new": "edits"} and "edits" in status(session)


# -- the sandbox ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "words", "colour"),
    [
        (a_held_policy(), "✓ workspace-write", "success"),
        (a_policy(why_not="no namespaces"), "✗ none", "error"),
    ],
)
async def test_the_badge_is_green_only_when_proven(
    begin: Begin, monkeypatch: Patch, held: LocalPolicy, words: str, colour: str
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        stage.core.held = held
        stage.screen.look_at_panel()
        await session.until_seen("Sandbox", words, held.why_not or "network off")
        drawn = session.screen.drawn.side_panel.drawn()
        badge = next(span for span in drawn.spans if f"$text-{colour}" in str(span.style))
        assert words in drawn.plain[badge.start : badge.end]
        assert ("network off" in session.text) == held.held


# -- rules and grants ----------------------------------------------------------------------


def grant(words: str, **more: Any) -> Grant:
    known: dict[str, Any] = {
        "id": words, "rule": GrantRule("prefix", ("npm", "test")), "scope": "session",
        "conversation_id": "", "workspace": "/code/shop", "uses_left": None,
        "expires_at": None, "created_at": 0.0, "words": words,
    }  # fmt: skip
    return Grant(**(known | more))


async def opened(session: Session, monkeypatch: Patch, *grants: Grant) -> Any:
    stage = await staged(session, monkeypatch)
    stage.core.granted = list(grants)
    stage.core.ruled = [Rule("deny", "command", "git push", "policy.toml entry 1")]
    await session.pilot.app.run_action("screen.command_rules")
    await session.until_seen("Rules and grants", "git push")
    return stage


async def test_a_grant_is_taken_back_with_one_key(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await opened(session, monkeypatch, grant("npm test"), grant("make"))
        await session.pilot.press("down", "d")
        await session.until(lambda: [one.words for one in stage.core.granted] == ["npm test"])
        await session.until(lambda: "make" not in session.text)
        await session.pilot.press("down", "d")
        await session.until_seen("A rule is taken back in the file it stands in.")


async def test_a_countdown_runs_only_while_it_is_seen(begin: Begin, monkeypatch: Patch) -> None:
    now = [1_000.0]
    clock = SimpleNamespace(time=lambda: now[0])
    monkeypatch.setattr(rules, "time", clock)
    async with begin(None) as session:
        timed = grant("npm test", scope="minutes", expires_at=now[0] + 540)
        await opened(session, monkeypatch, timed)
        await session.until_seen("9 min")
        screen = session.app.screen
        assert isinstance(screen, rules.RulesScreen)
        tick: Callable[[], Any] = screen._tick
        now[0] += 500
        await tick()
        await session.until_seen("40 s")
        now[0] += 41
        await tick()
        await session.until(lambda: "npm test" not in session.text)
        assert screen._ticking is None
        await session.pilot.press("escape")
        await session.until(lambda: session.app.screen is session.screen)


async def test_nothing_ticks_without_a_timed_grant(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        await opened(session, monkeypatch, grant("npm test", uses_left=2, scope="times"))
        await session.until_seen("2 more")
        assert isinstance(session.app.screen, rules.RulesScreen)
        assert session.app.screen._ticking is None and time.time() > 0
