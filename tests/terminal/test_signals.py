"""However it ends, the terminal is as it was and the exit code says why."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from ptyharness import Open, Pty, until

ENDING = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM]


def screen_of(term: Pty) -> int:
    """Id of the screen's process, below its supervisor."""
    return term.descendants()[-1]


def state(pid: int) -> str:
    """The process's state as ps shows it; "" when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def gone(pid: int) -> bool:
    return state(pid) in ("", "Z")


@pytest.mark.parametrize(
    ("whom", "number"),
    [
        *(("supervisor", number) for number in ENDING),
        *(("screen", number) for number in (signal.SIGINT, signal.SIGTERM)),
        *(("both", number) for number in (signal.SIGHUP, signal.SIGINT)),
    ],
)
def test_a_signal_ends_it_in_good_order(
    ready: Open, tmp_path: Path, whom: str, number: signal.Signals
) -> None:
    stopped = tmp_path / "stopped"
    term = ready(env={"STANDIN_STOPPED": str(stopped), "STANDIN_GRACE": "60"})
    screen = screen_of(term)
    if whom in ("supervisor", "both"):
        term.kill(number)
    if whom in ("screen", "both"):
        term.kill(number, screen)
    assert term.wait_exit(60) == 128 + number
    assert term.left_on() == []
    assert term.text.strip() == ""
    assert stopped.read_text() == "stopped"
    assert gone(screen)


@pytest.mark.parametrize("number", ENDING, ids=lambda n: n.name)
def test_a_signal_during_the_start_ends_it_too(standin: Open, number: signal.Signals) -> None:
    term = standin()
    term.wait_for("›")
    term.kill(number)
    assert term.wait_exit() == 128 + number
    assert term.left_on() == []
    assert b"Traceback" not in term.raw


def test_ctrl_c_ends_a_start_that_hangs(standin: Open) -> None:
    term = standin(env={"STANDIN": "hangs"})
    term.wait_for("›")
    term.send("\x03")
    assert term.wait_exit() == 130
    assert term.left_on() == []
    assert term.text.strip() == ""


def test_a_signal_after_the_app_has_ended_changes_nothing(ready: Open) -> None:
    term = ready(env={"STANDIN": "signalled late"})
    term.kill(signal.SIGINT)
    assert term.wait_exit() == 130
    assert term.left_on() == []
    assert term.text.strip() == ""


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGKILL, "SIGKILL"), (signal.SIGSEGV, "SIGSEGV")]
)
def test_a_screen_that_is_killed_is_cleaned_up_after(ready: Open, number: int, name: str) -> None:
    term = ready()
    term.kill(number, screen_of(term))
    assert term.wait_exit() == 128 + number
    assert term.left_on() == []
    said = " ".join(term.text.split())
    assert said == (
        f"grafftui: the screen was killed by {name}. Nothing is lost: grafftui --continue"
    )


@pytest.mark.parametrize(("deed", "code"), [("segv", 139), ("vanish", 1)])
def test_so_is_one_that_falls_over_by_itself(ready: Open, deed: str, code: int) -> None:
    term = ready()
    term.type(deed)
    term.wait_for(deed)
    term.press("enter")
    assert term.wait_exit() == code
    assert term.left_on() == []
    assert "Nothing is lost" in term.text


def test_killed_during_the_start_it_is_cleaned_up_after(standin: Open) -> None:
    term = standin()
    term.wait_for("›")
    term.kill(signal.SIGKILL, screen_of(term))
    assert term.wait_exit() == 137
    assert term.left_on() == []


def test_a_blocked_screen_is_killed_after_the_grace(ready: Open) -> None:
    term = ready(env={"STANDIN_GRACE": "0.3"})
    term.type("block")
    term.wait_for("block")
    term.press("enter")
    term.wait_for("blocked")
    term.kill(signal.SIGTERM)
    assert term.wait_exit() == 143
    assert term.left_on() == []
    said = " ".join(term.text.split())
    assert "told to stop by SIGTERM, the screen did not, and was killed" in said


def test_a_stalled_terminal_does_not_keep_it_from_ending(ready: Open) -> None:
    term = ready(env={"STANDIN_GRACE": "0.3"}, size=(200, 50))
    term.stall()
    term.type("flood")
    term.press("enter")
    for _ in range(40):
        term.type("flood")
        term.press("enter")
    term.kill(signal.SIGTERM)
    term.process.wait(10)
    assert term.process.returncode == 143


def test_a_closed_window_ends_it(ready: Open, tmp_path: Path) -> None:
    stopped = tmp_path / "stopped"
    term = ready(env={"STANDIN_STOPPED": str(stopped)})
    screen = screen_of(term)
    term.hang_up()
    assert term.wait_exit() == 129
    until(lambda: gone(screen), "the screen's end")
    assert stopped.read_text() == "stopped"


# Job control, in a real shell


JOB = f"{sys.executable} {Path(__file__).with_name('standin.py')}"


def in_shell(shell: Open) -> Pty:
    """The stand-in as a job of an interactive bash."""
    term = shell(size=(100, 24))
    term.send(f"{JOB}\r")
    term.wait_for("stand-in ready")
    settle(term)
    return term


def settle(term: Pty) -> None:
    """Wait until the terminal's answers to the app's questions have been read."""
    term.wait_for(lambda t: 2048 in t.emulator.modes)
    term.type("~")
    term.wait_for("~")
    term.press("backspace")
    term.wait_for(lambda t: "~" not in t.text)


def back_in_shell(term: Pty) -> None:
    """Whether the shell has the terminal, with no trace of the app's modes."""
    number = len(term.raw)
    term.send(f"echo in $(({number} + 1)) shell\r")
    term.wait_for(f"in {number + 1} shell")
    assert term.left_on() in ([], ["no echo", "raw mode"])  # bash edits its line raw


@pytest.mark.parametrize("how", ["key", "supervisor", "screen"])
def test_it_can_be_stopped_and_continued(shell: Open, how: str) -> None:
    term = in_shell(shell)
    supervisor, screen = term.descendants()
    if how == "key":
        term.type("suspend")
        term.wait_for("suspend")
        term.press("enter")
    else:
        term.type("kept")
        term.wait_for("kept")
        term.kill(signal.SIGTSTP, supervisor if how == "supervisor" else screen)
    term.wait_for("Stopped")
    back_in_shell(term)
    term.send("fg\r")
    term.wait_for("stand-in ready")
    if how != "key":
        term.wait_for("kept")
    settle(term)
    assert 1049 in term.emulator.modes
    term.kill(signal.SIGTERM, supervisor)
    until(lambda: gone(screen), "the screen's end")
    back_in_shell(term)


def test_a_shell_that_restores_nothing_gets_back_what_it_had(terminal: Open) -> None:
    term = terminal(["dash", "-i"], env={"PS1": "dash> "})
    term.wait_for("dash>")
    term.send(f"{JOB}\r")
    settle(term)
    term.kill(signal.SIGTSTP, term.descendants()[-1])
    term.wait_for("Stopped")
    assert term.left_on() == []


def test_ctrl_z_during_the_start_changes_nothing(shell: Open) -> None:
    term = shell(size=(100, 24))
    term.send(f"STANDIN=hangs {JOB}\r")
    term.wait_for("›")
    term.send("\x1a\x03")
    term.wait_for("shell>")
    term.send("echo $?\r")
    term.wait_for("130")
    assert "Stopped" not in term.text


def test_a_stopped_job_can_be_ended(shell: Open) -> None:
    term = in_shell(shell)
    supervisor, screen = term.descendants()
    term.kill(signal.SIGTSTP, supervisor)
    term.wait_for("Stopped")
    term.send("kill %1\r")
    until(lambda: gone(screen) and gone(supervisor), "the end of the job")
    term.send("\r")
    term.wait_for("Exit 143")
    back_in_shell(term)


def test_bg_leaves_the_terminal_alone(shell: Open) -> None:
    term = in_shell(shell)
    supervisor, screen = term.descendants()
    term.kill(signal.SIGTSTP, supervisor)
    term.wait_for("Stopped")
    term.send("clear; bg\r")
    term.wait_for("&")

    def told() -> bool:  # a shell tells of its jobs before a prompt
        term.send("\r")
        return "Stopped" in term.text

    until(told, "both stopped again")
    assert state(screen) == state(supervisor) == "T"
    back_in_shell(term)
    term.send("fg\r")
    term.wait_for("stand-in ready")


def test_the_screen_leaves_when_its_supervisor_is_killed(shell: Open) -> None:
    term = in_shell(shell)
    supervisor, screen = term.descendants()
    term.kill(signal.SIGKILL, supervisor)
    until(lambda: gone(screen), "the screen's end")
    back_in_shell(term)


def test_the_supervisor_is_small(ready: Open) -> None:
    """It holds little more memory of its own than an interpreter that does nothing."""
    term = ready()
    script = "print('ready', flush=True); input()"
    with Popen([sys.executable, "-c", script], stdin=PIPE, stdout=PIPE) as bare:
        assert bare.stdout is not None and bare.stdout.readline() == b"ready\n"
        assert own_memory(term.process.pid) <= 1.5 * own_memory(bare.pid)
        bare.kill()
    assert os.path.exists(f"/proc/{screen_of(term)}")


def own_memory(pid: int) -> int:
    """kB that no other process shares with it."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(kb) for kb in re.findall(r"^Private_(?:Clean|Dirty): +(\d+) kB", rollup, re.M))
