"""Sub-agents on screen: the tree in the panel, their entries, their questions, what they said."""

from __future__ import annotations

from pathlib import Path

from family_stage import by_prompt, task

from fakes.server import FakeProvider
from fakes.steps import text, tool, tools, until
from grafftui.ui.themes import signs
from session.session_stage import Begin

MUCH = {"usage": {"prompt": 5_000, "completion": 1, "cached": 0}}


async def test_from_their_beginning_to_what_they_said(begin: Begin, workspace: Path) -> None:
    gate = workspace / "gate"
    read = tool("read", {"file_path": "prices.txt"}, "r1")
    script = {
        "go": [
            [
                text("I ask two."),
                tools(task("look at prices"), task("touch", agent="forge", call_id="t2")),
            ],
            [text("All done.")],
        ],
        "look": [[text("Secret musings."), read, MUCH], [until(gate), text("Tea is three.")]],
        "touch": [[tool("shell", {"command": "touch made"}, "s1"), MUCH], [text("It is made.")]],
    }
    with FakeProvider(handler=by_prompt(script)) as provider:
        async with begin(provider, size=(160, 44)) as session:
            sign = signs()
            await session.say("go")
            pending = await session.asked()
            assert pending.request.agent == "Forge"
            assert "for the agent Forge" in session.text
            await session.until_seen("Agents", "0/2", f"{sign.waiting} forge touch")
            await session.until_seen(f"{sign.running} sage look", "sage [agent] look at prices")
            assert session.current.phase == "waiting"
            await session.until_seen("5.0k")
            assert session.current.usage.context_tokens == 120
            await session.open_for_answers()
            await session.pilot.press("a")
            await session.until_seen("1/2", f"{sign.done} forge touch")
            await session.until(lambda: "1 agent at work" in session.text)
            assert "Secret musings." not in session.text and "made" in str([*workspace.iterdir()])
            gate.touch()
            await session.until_seen("All done.", "2/2")
            assert "Tea is three." not in session.text
            kinds = [entry.kind for entry in session.current.entries]
            assert kinds == ["prompt", "answer", "notice", "tool", "tool", "answer"]

            parent = session.current.id
            transcript = session.screen.drawn.transcript
            transcript.focus()
            transcript.cursor = 3
            await session.pilot.press("enter")
            await session.until_seen("Secret musings.", "Tea is three.")
            assert session.current.id != parent and session.current.agent == "sage"
            assert [row.id for row in session.screen.rows] == [parent]

            await session.screen.run_action("command_sub_agents")
            await session.until_seen("Sub-agents", "back to go")
            await session.pilot.press("enter")
            await session.until_seen("All done.")
            assert session.current.id == parent
            await session.until_seen("Agents", "2/2")


async def test_there_may_be_none(begin: Begin) -> None:
    with FakeProvider([[text("Hello.")]]) as provider:
        async with begin(provider, size=(160, 44)) as session:
            await session.say_and_wait("hi")
            await session.screen.run_action("command_sub_agents")
            await session.until_seen("No agent was called here yet.")
            assert "Agents" not in session.text


async def test_read_while_it_works(begin: Begin, workspace: Path) -> None:
    """Like any other conversation: it grows, it asks, and Esc stops it alone."""
    first, second = workspace / "first", workspace / "second"
    script = {
        "go": [[task("make", "wait", agent="forge")], [text("So be it.")]],
        "make": [
            [text("I begin."), until(first), tool("shell", {"command": "touch made"}, "s1")],
            [text("Next."), until(second), text("Never said.")],
        ],
        "wait": [[until(second), text("Waited.")]],
    }
    with FakeProvider(handler=by_prompt(script)) as provider:
        async with begin(provider, size=(160, 44)) as session:
            await session.say("go")
            await session.until(lambda: session.current.agents.at_work == 2)
            parent = session.current.id
            session.screen.drawn.transcript.focus()
            session.screen.drawn.transcript.cursor = 1
            await session.pilot.press("enter")
            await session.until_seen("I begin.")
            assert session.current.id != parent and session.current.running
            first.touch()
            await session.asked()
            await session.until_seen("waiting for you", "1 waiting")
            assert "2 waiting" not in session.text
            await session.open_for_answers()
            await session.pilot.press("a")
            await session.until_seen("Next.")
            assert (workspace / "made").exists()
            await session.pilot.press("escape")
            await session.until_seen("Interrupted.")
            second.touch()
            await session.screen.run_action("command_sub_agents")
            await session.until_seen("back to go")
            await session.pilot.press("enter")
            await session.until_seen("So be it.", "cut off", "2/2")
            assert session.current.id == parent and not session.desk.busy
            assert "Never said." not in session.text
            assert list(session.desk._live) == [parent]
