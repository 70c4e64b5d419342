"""A command in the background outlives its turn, and not grafftui."""

from __future__ import annotations

import os

from corestage import Core, Scripted, answer_of, processes_with, results_of, wait_until
from fakes.steps import text, tool


def test_it_outlives_its_turn_and_not_its_graff(core: Core) -> None:
    seconds = f"1000.{os.getpid()}"
    command = f"echo listening; exec sleep {seconds}"
    fake = core.provider(
        [tool("shell", {"command": command, "background": True}, "c1")],
        [text("It listens.")],
        [tool("background", {"action": "output", "number": 1}, "c2")],
        [text("Still there.")],
    )
    graff = core.graff(fake, approver=Scripted("accept"))
    session = graff.session()
    assert answer_of(session.send("serve")) == "It listens."
    assert processes_with(seconds)
    (result,) = results_of(session.send("well?"))
    assert "listening" in result and 'state="running"' in result
    graff.close()
    wait_until(lambda: not processes_with(seconds), 20)


def test_a_no_starts_nothing(core: Core) -> None:
    fake = core.provider(
        [tool("shell", {"command": "touch ran", "background": True}, "c1")], [text("As you wish.")]
    )
    graff = core.graff(fake, approver=Scripted("decline"))
    assert answer_of(graff.chat("serve")) == "As you wish."
    assert not (core.workspace / "ran").exists()
    assert not graff._workbench.background.all()
