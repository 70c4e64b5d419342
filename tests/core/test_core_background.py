"""A command in the background outlives its turn, and not grafftui."""

from __future__ import annotations

import os

from corestage import Core, Scripted, answer_of, results_of, wait_until
from fakes.steps import text, tool


def test_it_outlives_its_turn_and_not_its_graff(core: Core) -> None:
    pid_file = core.workspace / "pid"
    command = f"echo $$ > {pid_file}; echo listening; exec sleep 1000"
    fake = core.provider(
        [tool("shell", {"command": command, "background": True}, "c1")],
        [text("It listens.")],
        [tool("background", {"action": "output", "number": 1}, "c2")],
        [text("Still there.")],
    )
    graff = core.graff(fake, approver=Scripted("accept"))
    session = graff.session()
    assert answer_of(session.send("serve")) == "It listens."
    pid = int(pid_file.read_text())
    os.kill(pid, 0)
    (result,) = results_of(session.send("well?"))
    assert "listening" in result and 'state="running"' in result
    graff.close()
    wait_until(lambda: _gone(pid), 20)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_no_starts_nothing(core: Core) -> None:
    fake = core.provider(
        [tool("shell", {"command": "touch ran", "background": True}, "c1")], [text("As you wish.")]
    )
    graff = core.graff(fake, approver=Scripted("decline"))
    assert answer_of(graff.chat("serve")) == "As you wish."
    assert not (core.workspace / "ran").exists()
    assert not graff._workbench.background.all()
