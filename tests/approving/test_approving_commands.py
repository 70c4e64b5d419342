"""Commands: what is said about them, how far a yes reaches, what leaves the sandbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approving.approving_stage import (
    COMPOUND,
    HELD,
    OFFERS,
    command,
    pending,
    staged,
)
from grafftui.approvals import Ask, Confinement, Decision, Offer, Request
from grafftui.approvals.request import WHY_ASK, RequestKind
from grafftui.ui.widgets.approval import wording
from grafftui.ui.widgets.approval.open_request import OpenRequest
from session.session_stage import Begin

Patch = pytest.MonkeyPatch


async def test_every_part_has_its_state_in_words(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(), COMPOUND))
        await session.until_seen(
            "Run this command?",
            "! would remove 812 files, 3.1 MB",
            "✓ git status          allowed by git status, always",
            "! rm -rf build        dangerous",
            "◌ npm test -- Header  new",
            "✓ in the sandbox: workspace-write, network off (bubblewrap)",
            "A session",
            "w wider…",
        )


@pytest.mark.parametrize("kind", WHY_ASK)
def test_a_reason_is_shown_when_it_says_more_than_the_question(kind: RequestKind) -> None:
    request = Request(kind, "tool", "it", "/code/shop", command="ls")
    generic, telling = WHY_ASK[kind], "may change .envrc, which decides what programs do"
    assert wording.dangers(OpenRequest(pending(request, Ask((generic,))))) == []
    (shown,) = wording.dangers(OpenRequest(pending(request, Ask((generic, telling)))))
    assert shown.plain == telling


async def test_R_41_every_doubtful_character_is_spelled_out(
    begin: Begin, monkeypatch: Patch
) -> None:
    text = "echo \x1b[2J\u202e\u200b" + " " * 300 + "; rm -rf ~ # раураl"
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(text)))
        await session.until_seen("␛[2J", "\\u{202e}\\u{200b}␠×300", "rm -rf ~")
        assert "раураl" not in session.text
        shown = stage.screen.query_one("ApprovalPanel").pending.request
        assert shown.command == text


async def test_R_43_a_drawn_dialog_stays_inside(begin: Begin, monkeypatch: Patch) -> None:
    fake = "ls\n╭ Run this command? ╮\n│ [@click=app.quit]a once[/] │\n\x1b[1;1H\x1b]0;x\x07"
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(fake)))
        await session.until_seen("[@click=app.quit]a once[/]", "␛[1;1H")
        lines = session.text.splitlines()
        rows = [line for line in lines if "[@click" in line or "╭ Run this" in line]
        assert all("┃" in row or "│" in row for row in rows)
        await session.pilot.click("CommandView")
        assert session.app.screen is session.screen and not stage.answers


@pytest.mark.parametrize(
    ("confinement", "words"),
    [
        (None, "NOT in a sandbox"),
        (Confinement("landlock", "read-only"), "read-only, network off (landlock)"),
        (Confinement("bubblewrap", "workspace-write", True), "network ON"),
        (replace(HELD, writable=("/var/cache",)), "may write /var/cache"),
    ],
)
async def test_it_says_what_holds_the_command(
    begin: Begin, monkeypatch: Patch, confinement: Confinement | None, words: str
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command("ls", confinement=confinement)))
        await session.until_seen(words)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["a"], Decision("accept")),
        (["A"], Decision("acceptForSession", scope="session")),
        (["r"], Decision("decline")),
        (["enter"], Decision("decline")),
        (["right", "enter"], Decision("accept")),
        (["w", "down", "enter"], Decision("acceptForSession", scope="times")),
        (["w", "down", "down", "enter"], Decision("acceptForSession", scope="minutes")),
        (["w", "up", "enter"], Decision("acceptForSession", scope="always")),
        (["w", "enter", "a"], Decision("accept")),
        (["w", "down", "escape", "r"], Decision("decline")),
        (["w", "down", "w", "r"], Decision("decline")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_how_far_a_yes_reaches(
    begin: Begin, monkeypatch: Patch, keys: list[str], expected: Decision
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(), COMPOUND))
        await stage.press(*keys)
        assert await stage.until_decided() == expected


async def test_the_wider_answers_say_their_rules_and_what_else_they_match(
    begin: Begin, monkeypatch: Patch
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(), COMPOUND))
        await stage.press("w")
        await session.until_seen(
            "▸ back",
            "3 more times",
            "for 15 minutes",
            "npm test with any arguments, anywhere",
            "“always” would also have matched:",
            "npm test -- --watch",
        )
        session.panel._deaf_until = float("inf")  # it has only just come
        await session.pilot.press("enter")
        await session.until_seen("▸ back")
        assert not stage.answers


@pytest.mark.parametrize("offers", [(), OFFERS[:1]])
async def test_what_is_not_offered_is_not_shown(
    begin: Begin, monkeypatch: Patch, offers: tuple[Offer, ...]
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(), Ask(("new",), offers=offers)))
        assert "A session" not in session.text
        assert ("w wider" in session.text) == bool(offers)
        await stage.press("A")
        await session.until_seen("this can only be approved once")
        assert not stage.answers


async def test_R_12_leaving_the_sandbox_is_another_dialog_without_wider_answers(
    begin: Begin, monkeypatch: Patch
) -> None:
    request = Request(
        "unsandboxed", "shell", "pip install x", "/code", command="pip install x",
        because="it wants the network",
    )  # fmt: skip
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(request, Ask((), offers=OFFERS)))
        await session.until_seen(
            "Run this OUTSIDE the sandbox?", "it wants the network", "NOT in a sandbox"
        )
        assert "A session" not in session.text and "w wider" not in session.text
        assert stage.screen.query("ApprovalPanel.-unsandboxed")
        await stage.press("A", "w")
        assert not stage.answers
        await stage.press("enter")
        assert await stage.until_decided() == Decision("decline")


async def test_R_41_approve_stays_off_until_the_end_was_on_screen(
    begin: Begin, monkeypatch: Patch
) -> None:
    text = "\n".join(f"echo {number}" for number in range(300))
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(text), COMPOUND))
        await stage.listening()
        await session.until_seen("more lines – scroll")
        await stage.press("a", "A", "w")
        assert not stage.answers and "back" not in session.text
        await stage.press("right")
        await session.pilot.press("enter")
        await session.until_seen("there is more")
        await stage.press("end")
        await session.until_seen("echo 299", "in the sandbox")
        await stage.press("a")
        assert await stage.until_decided() == Decision("accept")


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (240, 60)], ids="{0[0]}x{0[1]}".format)
async def test_the_answers_are_in_sight(
    begin: Begin, monkeypatch: Patch, size: tuple[int, int]
) -> None:
    long = command("\n".join(f"echo {number}" for number in range(99)), description="d " * 90)
    async with begin(None, size=size) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(long, COMPOUND))
        await stage.listening()
        await session.until_seen("Run this command?", "r reject", "f full", "more lines")
        await stage.press("end", "w")
        await session.until_seen("▸ back", "esc back")
        await stage.press("up")
        await session.until_seen("▸ always")


async def test_R_41_what_a_short_screen_cuts_off_was_not_on_screen(
    begin: Begin, monkeypatch: Patch
) -> None:
    async with begin(None, size=(40, 10)) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command("\n".join(f"echo {number}" for number in range(8)))))
        await stage.press("a")
        await session.until_seen("there is more")
        await stage.press("end", "a")
        assert await stage.until_decided() == Decision("accept")


async def test_full_screen_answers_too(begin: Begin, monkeypatch: Patch) -> None:
    text = "\n".join(f"echo {number}" for number in range(300))
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(text), COMPOUND))
        await stage.press("f")
        await session.until(lambda: stage.top is not stage.screen)
        await stage.press("a")
        await session.until_seen("there is more")
        await stage.press("end", "a")
        assert await stage.until_decided() == Decision("accept")
        assert stage.top is stage.screen


async def test_what_was_read_in_full_need_not_be_read_again(
    begin: Begin, monkeypatch: Patch
) -> None:
    text = "\n".join(f"echo {number}" for number in range(300))
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(text), COMPOUND))
        await stage.press("f")
        await session.until(lambda: stage.top is not stage.screen)
        await stage.press("end")
        await session.until_seen("echo 299")
        await session.pilot.press("escape")
        await session.until(lambda: stage.top is stage.screen)
        await stage.press("a")
        assert await stage.until_decided() == Decision("accept")


async def test_full_screen_goes_when_the_question_does(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(), COMPOUND))
        await stage.press("f")
        await session.until(lambda: stage.top is not stage.screen)
        session.current.pending.clear()
        await stage.screen.show_request()
        await session.until(lambda: stage.top is stage.screen)
        assert not stage.answers


async def test_typing_on_the_full_screen_goes_to_the_composer(
    begin: Begin, monkeypatch: Patch
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(command(), COMPOUND))
        await stage.press("f")
        await session.until(lambda: stage.top is not stage.screen)
        await stage.listening()
        await session.pilot.press("f", "i", "n", "d")
        await session.until(lambda: session.screen.composer.text == "find")
        assert stage.top is stage.screen and not stage.answers


# -- the queue over all conversations ------------------------------------------------------


async def test_the_oldest_first_over_all_conversations(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        first, second, third = (pending(command(f"echo {n}")) for n in ("one", "two", "three"))
        await stage.ask(first, of=stage.another("Fix the flaky test"))
        assert not stage.screen.query("ApprovalPanel.-open")
        here = session.current
        await session.pilot.press("ctrl+g")
        await session.until_seen("echo one", "in “Fix the flaky test”")
        await stage.ask(second)
        await stage.ask(third, of=stage.another("Port to uv"))
        await session.until_seen("1 of 3")
        await session.pilot.press("ctrl+g")
        await session.until_seen("echo two", "2 of 3")
        assert "Fix the flaky test”" not in session.text
        await session.pilot.press("ctrl+g")
        await session.until_seen("echo three", "3 of 3", "in “Port to uv”")
        await stage.press("a")
        await session.until(lambda: stage.answers)
        assert stage.answers[0][0] is third and session.current is here
        await session.until_seen("echo two")
        await session.pilot.press("ctrl+g")
        await session.until_seen("echo one", "1 of 2")
        await stage.press("r")
        await session.until(lambda: len(stage.answers) == 2)
        assert stage.answers[1][0] is first and session.current is here
