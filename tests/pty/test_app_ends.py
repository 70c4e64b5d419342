"""However the app ends, the terminal is in order and all that was shown is there afterwards."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from app_stage import Provide, answer, left_in_order, numbered, read_then, say, screen_of

from corestage import LONG, alive, processes_with
from fakes.steps import hang, text, tool
from ptyharness import Open, Pty

EDIT = tool("patch", {"file_path": "prices.txt", "old_string": "milk 2", "new_string": "milk 4"})
SLOW = [text(numbered(3000), rate=60)]


def last_word(term: Pty) -> int:
    """The highest number shown."""
    return max(int(number) for number in re.findall(r"w(\d+)\.", term.text))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_in_mid_stream(app: Open, provide: Provide, number: signal.Signals) -> None:
    term = app(provide(SLOW))
    say(term, "count for me")
    term.wait_for("w30.")
    term.kill(number)
    left_in_order(term, 128 + number)
    shown_again(app, 30)


def test_a_closed_window_in_mid_stream(app: Open, provide: Provide) -> None:
    term = app(provide(SLOW))
    say(term, "count for me")
    term.wait_for("w30.")
    term.hang_up()
    assert term.wait_exit() == 129
    shown_again(app, 30)


def shown_again(app: Open, last: int) -> Pty:
    """Resume: the prompt and every word up to `last` are there."""
    term = app(None, "--continue", size=(120, 60))
    term.wait_for("count for me")
    term.wait_for(f"w{last}.")
    missing = [n for n in range(last + 1) if f"w{n}." not in term.text]
    assert not missing, term.text
    return term


@pytest.mark.parametrize("words", [1, 40, 150])
def test_a_kill_in_mid_stream_loses_nothing_that_was_shown(
    app: Open, provide: Provide, words: int
) -> None:
    term = app(provide(SLOW), size=(120, 60))
    say(term, "count for me")
    term.wait_for(f"w{words}.")
    shown = last_word(term)
    term.kill(signal.SIGKILL, screen_of(term))
    assert term.wait_exit() == 137
    assert term.left_on() == []
    again = shown_again(app, shown)
    again.wait_for("✗ count for me")


def test_a_kill_while_a_question_waits_leaves_nothing_done(
    app: Open, provide: Provide, workspace: Path
) -> None:
    term = app(provide(*read_then(text("I would change it."), EDIT)))
    say(term, "milk is 4 now")
    term.wait_for("Make this edit?")
    term.kill(signal.SIGKILL, screen_of(term))
    assert term.wait_exit() == 137
    assert term.left_on() == []
    provider = provide([text("Where were we?")])
    again = app(provider, "--continue")
    again.wait_for("I would change it.")
    assert "Make this edit?" not in again.text
    assert (workspace / "prices.txt").read_text() == "tea 3\nmilk 2\n"
    say(again, "go on")
    again.wait_for("Where were we?")
    sent = provider.requests[-1].body["messages"]
    calls = [call["id"] for message in sent for call in message.get("tool_calls") or []]
    results = [message["tool_call_id"] for message in sent if message["role"] == "tool"]
    assert calls == results


def test_quitting_with_a_question_open_changes_nothing(
    app: Open, provide: Provide, workspace: Path
) -> None:
    term = app(provide(*read_then(EDIT)))
    say(term, "milk is 4 now")
    term.wait_for("Make this edit?")
    term.press("ctrl+q")
    left_in_order(term, 0)
    assert (workspace / "prices.txt").read_text() == "tea 3\nmilk 2\n"


def test_quitting_ends_a_running_command(app: Open, provide: Provide, workspace: Path) -> None:
    command = f"touch begun; sleep {LONG}"
    term = app(provide([tool("shell", {"command": command})]))
    say(term, "sleep")
    answer(term, "Run this command?", "a")
    term.wait_for(lambda _: (workspace / "begun").exists())
    running = processes_with(LONG)
    assert running
    term.press("ctrl+q")
    left_in_order(term, 0)
    assert not alive(running)


def test_a_crash_is_one_line_and_loses_nothing(app: Open, provide: Provide) -> None:
    script = str(Path(__file__).with_name("crashing.py"))
    term = app(provide([text(numbered(20)), hang()]), module=script)
    say(term, "count for me")
    term.wait_for("w19.")
    say(term, "/theme ")
    left_in_order(term, 1)
    assert "unexpected RuntimeError" in term.text
    assert b"owned" not in term.raw
    assert b"kkkkkkkk" not in term.raw
    shown_again(app, 19)
