"""Commands in the background: they go on, can be read, and end with all they started."""

from __future__ import annotations

import os
import re
import signal

from tool_hands import Hands, until

from grafftui.tools import ToolResult
from grafftui.tools.background_commands import MOST_RUNNING


def begun(hands: Hands, command: str) -> tuple[int, ToolResult]:
    result = hands("shell", command=command, background=True)
    found = re.search(r'background_number="(\d+)"', result.text)
    assert found is not None
    return int(found[1]), result


def test_it_goes_on_while_the_model_does(hands: Hands) -> None:
    number, result = begun(hands, "echo ready; read -r < <(mkfifo p; cat p); echo never")
    assert 'state="running"' in result.text and "ready" in result.text and not result.is_error
    assert 'state="running"' in hands("background", action="list").text
    assert "ready" in hands("background", action="output", number=number).text
    stopped = hands("background", action="stop", number=number)
    assert 'state="stopped"' in stopped.text


def test_what_needs_a_yes_says_that_it_has_no_end(hands: Hands) -> None:
    request = hands.prepare("shell", command="sleep 1", background=True).request
    other = hands.prepare("shell", command="sleep 1").request
    assert request is not None and other is not None
    assert request.timeout is None and other.timeout is not None
    assert request.digest() != other.digest()


def test_one_that_fails_at_once_is_told_so(hands: Hands) -> None:
    _, result = begun(hands, "echo no such port >&2; exit 3")
    assert result.is_error and 'state="exit code 3"' in result.text
    assert "no such port" in result.text


def test_stopping_ends_the_whole_tree(hands: Hands) -> None:
    number, _ = begun(hands, "(setsid sleep 1000 & echo $! > pid; wait) & wait")
    pid_file = hands.root / "pid"
    until(lambda: pid_file.exists() and pid_file.read_text().strip(), 20)
    pid = int(pid_file.read_text())
    os.kill(pid, 0)
    hands("background", action="stop", number=number)
    one = hands.context.background.find(number, hands.context.conversation_id)
    assert one.wait(20)
    until(lambda: _gone(pid), 20)


def test_an_end_from_outside_is_told(hands: Hands) -> None:
    number, _ = begun(hands, "exec sleep 1000")
    os.kill(hands.started[-1], signal.SIGKILL)
    one = hands.context.background.find(number, hands.context.conversation_id)
    assert one.wait(20)
    assert 'state="ended by SIGKILL"' in hands("background", action="list").text


def test_there_is_a_most(hands: Hands) -> None:
    for _ in range(MOST_RUNNING):
        begun(hands, "exec sleep 1000")
    assert "stop one first" in hands.refused("shell", command="sleep 1", background=True)
    hands.context.background.stop_all(20)
    assert not any(one.running for one in hands.context.background.all())
    begun(hands, "true; exit 1")


def test_another_conversation_does_not_see_it(hands: Hands) -> None:
    number, _ = begun(hands, "exec sleep 1000")
    hands.context.conversation_id = "22222222-2222-4222-8222-222222222222"
    assert "No command" in hands("background", action="list").text
    assert "there are: none" in hands.refused("background", action="stop", number=number)
    hands.context.background.stop_all(20)


def test_a_number_is_needed(hands: Hands) -> None:
    assert "give its number" in hands.refused("background", action="output")


def _gone(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
