"""What is written goes into the running turn."""

from __future__ import annotations

from pathlib import Path

from session_stage import Begin

from fakes.server import FakeProvider
from fakes.steps import text, until


async def test_sent_into_the_running_turn(begin: Begin, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    script = [[text("Hm."), until(gate), text(" Yes.")], [text("In French: oui.")]]
    with FakeProvider(script) as provider:
        async with begin(provider) as session:
            await session.say("well?")
            await session.until_seen("Hm.")
            await session.screen.run_action("command_steer")
            await session.until_seen("Write to the model first")
            await session.type("in French")
            await session.pilot.press("ctrl+p")
            await session.pilot.pause()
            await session.type("running turn")
            await session.pilot.press("enter")
            await session.until(lambda: session.screen.composer.is_empty)
            assert not session.current.queue
            gate.touch()
            await session.until_seen("in French", "In French: oui.")
            assert len(provider.requests) == 2
            await session.until(lambda: not session.current.running)
            await session.type("and now?")
            await session.screen.run_action("command_steer")
            await session.until_seen("Nothing runs here.")
            assert session.screen.composer.text == "and now?"
