"""From planning to acting and back, in the middle of a conversation."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from session_stage import Begin, Session

from fakes.server import FakeProvider
from fakes.steps import text, tool, until

PLAN = tool("plan", {"plan_name": "log-out", "version": "v1", "content": "1. Look.\n"})
WRITE = tool("write", {"file_path": "new.txt", "content": "x\n"})
PATH = f"plans/{date.today().isoformat()}-log-out-v1.md"


async def command(session: Session, name: str) -> None:
    await session.say(f"/{name}")
    await session.until(lambda: session.screen.composer.text != f"/{name}")


def tools_sent(provider: FakeProvider) -> list[str]:
    return [each["function"]["name"] for each in provider.requests[-1].body["tools"]]


async def test_plan_and_act(begin: Begin, workspace: Path) -> None:
    turns = [[text("Hi.")], [PLAN], [text("Planned.")], [WRITE], [text("Acted.")]]
    with FakeProvider(turns) as provider:
        async with begin(provider, options={"mode": "edits"}) as session:
            await session.say_and_wait("hello")
            assert "write" in tools_sent(provider)
            await command(session, "plan")
            await session.until_seen("muse ·", "plan")
            assert session.current.agent == "muse" and session.current.mode == "plan"
            await session.say("plan it")
            request = await session.asked()
            assert request.request.subject == PATH and "plan" in tools_sent(provider)
            assert "write" not in tools_sent(provider)
            await session.open_for_answers()
            await session.pilot.press("a")
            await session.until_seen("Planned.", f"create {PATH}")
            assert (workspace / PATH).read_text() == "1. Look.\n"
            await session.until(lambda: not session.current.running)
            await command(session, "act")
            carry_out = f"Carry out the plan in @[{PATH}]."
            await session.until(lambda: session.screen.composer.text == carry_out)
            assert session.current.agent == "forge" and session.current.mode == "edits"
            assert len(provider.requests) == 3  # nothing is sent before the person does
            await session.pilot.press("enter")
            await session.until_seen("Acted.")
            assert (workspace / "new.txt").exists()
            assert "1. Look." in str(provider.requests[3].body["messages"])


async def test_a_plan_is_found_when_the_conversation_is_opened_again(begin: Begin) -> None:
    with FakeProvider([[PLAN], [text("Planned.")]]) as provider:
        options = {"agent": "muse", "mode": "edits"}
        async with begin(provider, options=options) as session:
            await session.say_and_wait("plan it")
        async with begin(provider, options={"resume": True}) as session:
            await session.until_seen("Planned.")
            assert session.current.agent == "muse"
            await command(session, "act")
            await session.until(lambda: PATH in session.screen.composer.text)
            assert session.current.agent == "forge"


async def test_full_is_not_gone_back_to(begin: Begin) -> None:
    with FakeProvider([]) as provider:
        async with begin(provider) as session:
            session.screen.set_mode("full")
            await command(session, "plan")
            await session.until(lambda: session.current.mode == "plan")
            await command(session, "act")
            await session.until(lambda: session.current.mode == "ask")
            assert session.screen.composer.is_empty


async def test_sage_and_a_turn_that_runs(begin: Begin, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with FakeProvider([[text("Half"), until(gate)], [text("Read.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.until_seen("Half")
            await command(session, "sage")
            await session.until_seen("A turn runs here")
            assert session.current.agent != "sage"
            gate.touch()
            await session.until(lambda: not session.current.running)
            await command(session, "sage")
            await session.until(lambda: session.current.agent == "sage")
            await session.say_and_wait("look")
            assert "patch" not in tools_sent(provider)
