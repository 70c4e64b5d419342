"""Commands (R-24, R-48, R-72, R-81, R-90, R-91, T15, T27 to T32, T34)."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest
from tool_hands import Hands, exit_of, stdout, until, until_aborted

from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError
from grafftui.tools import ToolFailure, ToolResult


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# -- what is asked -------------------------------------------------------------------------


def test_the_request_says_exactly_what_runs(hands: Hands) -> None:
    call = hands.prepare("shell", command="echo a;\necho b", description="says a and b")
    assert (call.title, call.sub_title) == ("Execute [/bin/bash]", "echo a;\necho b")
    request = call.request
    assert request is not None and request.kind == "command"
    assert request.argv == ("/bin/bash", "--noprofile", "--norc", "-c", "echo a;\necho b")
    assert (request.command, request.cwd) == ("echo a;\necho b", str(hands.root))
    assert (request.timeout, request.description) == (300.0, "says a and b")
    assert request.subject == "echo a; ⏎ echo b" and request.environment == ()


def test_the_process_is_what_was_asked(hands: Hands) -> None:
    result = hands("shell", command="tr '\\0' '|' < /proc/$$/cmdline; pwd")
    assert stdout(result).split("\n")[0] == (
        "/bin/bash|--noprofile|--norc|-c|tr '\\0' '|' < /proc/$$/cmdline; pwd|" + str(hands.root)
    )


def test_results_have_the_shape_of_the_contract(hands: Hands) -> None:
    result = hands("shell", command='echo "<out>"; echo err >&2')
    assert result.text == (
        '<shell_output command="echo &quot;&lt;out>&quot;; echo err >&amp;2" shell="/bin/bash"'
        ' exit_code="0">\n<stdout total_lines="1">\n<out>\n</stdout>\n'
        '<stderr total_lines="1">\nerr\n</stderr>\n</shell_output>'
    )
    assert not result.is_error


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("# nothing\n  # at all", "empty"),
        ("echo a\0b", "NUL"),
        ("echo " + "x" * 200_000, "Write it to a script"),
    ],
)
def test_what_is_no_command_is_told(hands: Hands, command: str, said: str) -> None:
    assert said in hands.refused("shell", command=command)
    assert hands.started == []


def test_the_longest_command_runs(hands: Hands) -> None:
    result = hands("shell", command="echo " + "x" * 99_000 + " | wc -c")
    assert stdout(result) == "99001" and len(result.text) < 1_000


# -- where ---------------------------------------------------------------------------------


def test_the_directory(hands: Hands, tmp_path: Path) -> None:
    (hands.root / "sub").mkdir()
    (hands.root / "file").touch()
    (hands.root / "link").symlink_to("sub")
    (hands.root / "out").symlink_to(tmp_path)
    assert stdout(hands("shell", command="pwd", cwd="sub")) == str(hands.root / "sub")
    assert stdout(hands("shell", command="pwd", cwd="link")) == str(hands.root / "sub")
    for outside in ("..", "out", str(tmp_path)):
        request = hands.prepare("shell", command="pwd", cwd=outside).request
        assert request is not None and request.cwd == str(tmp_path)
    assert "no directory" in hands.refused("shell", command="pwd", cwd="none").lower()
    assert "not a directory" in hands.refused("shell", command="pwd", cwd="file")


def test_a_directory_replaced_or_removed_meanwhile_is_refused(hands: Hands, tmp_path: Path) -> None:
    sub = hands.root / "sub"
    for replace in (lambda: sub.symlink_to(tmp_path), sub.mkdir, lambda: None):
        sub.mkdir()
        call = hands.prepare("shell", command="touch ran", cwd="sub")
        sub.rename(hands.root / f"old{time.monotonic_ns()}")
        replace()
        with pytest.raises(ToolFailure):
            call.execute(hands.context)
        if sub.is_symlink():
            sub.unlink()
        elif sub.exists():
            sub.rmdir()
    assert not list(hands.root.rglob("ran")) and not (tmp_path / "ran").exists()


# -- what a command finds ------------------------------------------------------------------


def test_the_environment_is_made_of_names_we_know(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = {
        "OPENAI_API_KEY": "sk-secret-secret",
        "BASH_ENV": "/tmp/evil",
        "LD_PRELOAD": "",
        "PYTHONPATH": "/tmp",
        "GIT_DIR": "/tmp",
        "SSH_AUTH_SOCK": "/tmp/agent",
        "DBUS_SESSION_BUS_ADDRESS": "unix:",
        "XDG_RUNTIME_DIR": "/run/user/0",
        "PROMPT_COMMAND": "touch ran",
        "EDITOR": "vi",
        "HARMLESS": "yes",
    }
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")
    shown = dict(line.split("=", 1) for line in stdout(hands("shell", command="env")).split("\n"))
    assert not hostile.keys() & shown.keys()
    allowed = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME", "TMPDIR"}
    fixed = {"TERM", "SHELL", "PAGER", "GIT_TERMINAL_PROMPT", "SSH_ASKPASS_REQUIRE"}
    bash_own = {"PWD", "SHLVL", "_", "OLDPWD"}
    assert shown.keys() <= allowed | fixed | bash_own | {"GRAFFTUI_COMMAND"}
    assert (shown["TERM"], shown["PAGER"], shown["LC_ALL"]) == ("dumb", "cat", "C.UTF-8")
    assert (shown["GIT_TERMINAL_PROMPT"], shown["SSH_ASKPASS_REQUIRE"]) == ("0", "never")


def test_variables_asked_for_by_name_are_shown_and_set(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/opt/java")
    call = hands.prepare("shell", command="echo $JAVA_HOME", env=["JAVA_HOME", "PATH"])
    assert call.request is not None
    assert call.request.environment == (("JAVA_HOME", "/opt/java"),)
    monkeypatch.setenv("JAVA_HOME", "/changed/since")
    assert stdout(call.execute(hands.context)) == "/opt/java"
    assert "not set" in hands.refused("shell", command="x", env=["NO_SUCH_THING"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_API_KEY", "x"),
        ("my_token", "x"),
        ("DB_PASSWORD", "x"),
        ("PLAIN", "sk-abcdefgh12345678"),
        ("PLAIN", "ghp_abcdefgh12345678"),
        ("DATABASE_URL", "postgres://me:word@host/db"),
        ("PLAIN", "A1b2C3d4E5f6A1b2C3d4E5f6A1b2C3d4"),
        ("BASH_ENV", "/x"),
        ("LD_PRELOAD", "/x"),
        ("PYTHONSTARTUP", "/x"),
        ("GIT_SSH_COMMAND", "/x"),
        ("SSH_AUTH_SOCK", "/x"),
    ],
)
def test_secrets_and_levers_are_not_passed(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    said = hands.refused("shell", command="env", env=[name])
    assert name in said and value not in said.replace(name, "")


def test_there_is_no_terminal_and_no_input(hands: Hands) -> None:
    result = hands("shell", command="echo x > /dev/tty; read line; echo got:$line; ulimit -c")
    assert "No such device or address" in result.text
    assert stdout(result) == "got:\n0"
    ids = stdout(hands("shell", command="ps -o pid=,sid=,tty= -p $$")).split()
    assert ids[0] == ids[1] and ids[2] == "?"


def test_what_asks_gets_an_end_and_not_a_hang(hands: Hands) -> None:
    started = time.monotonic()
    hands("shell", command="cat; python3 -c 'input()'; bash -i </dev/stdin; git commit; less")
    assert time.monotonic() - started < 10


# -- ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "how"),
    [
        ("exit 0", "exit_code 0"),
        ("exit 3", "exit_code 3"),
        ("exit 255", "exit_code 255"),
        ("kill -TERM $$", "signal SIGTERM"),
        ("kill -SEGV $$", "signal SIGSEGV"),
        ("kill -KILL $$", "signal SIGKILL"),
        ("kill -40 $$", "signal 40"),
        ("no-such-program", "exit_code 127"),
        ("exec >&- 2>&-; sleep 0.2; exit 7", "exit_code 7"),
        ("if", "exit_code 2"),
    ],
)
def test_the_end_is_told_exactly(hands: Hands, command: str, how: str) -> None:
    result = hands("shell", command=command)
    assert exit_of(result) == how
    assert result.is_error == (how != "exit_code 0")
    assert not list(hands.root.glob("core*"))


def test_one_that_takes_too_long_is_ended_and_so_is_all_it_started(hands: Hands) -> None:
    hands.limit(tool_timeout_secs=0.5)
    started = time.monotonic()
    result = hands("shell", command="echo before; sleep 60 & setsid sleep 61 & sleep 62")
    assert time.monotonic() - started < 3
    assert 'timed_out_after_seconds="0.5"' in result.text and result.is_error
    assert "before" in stdout(result) and not running(hands)


def running(hands: Hands) -> list[psutil.Process]:
    """Whatever still works in the workspace."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd() == str(hands.root):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize(
    "command",
    [
        "sleep 60 &",
        "nohup sleep 60 > /dev/null 2>&1 &",
        "setsid sleep 60 > /dev/null 2>&1 &",
        "(setsid nohup sleep 60 > /dev/null 2>&1 &) &",
        "setsid env -i /bin/sleep 60 &",
        "(trap '' TERM HUP INT; sleep 60; sleep 60) &",
        "setsid bash -c 'trap \"\" TERM; while :; do sleep 60; done' > /dev/null 2>&1 &",
        "for i in $(seq 50); do setsid sleep 60 & done",
    ],
)
def test_nothing_outlives_its_command(hands: Hands, command: str) -> None:
    started = time.monotonic()
    result = hands("shell", command=command + "\necho started")
    assert time.monotonic() - started < 3
    assert exit_of(result) == "exit_code 0" and stdout(result) == "started"
    assert "background_processes_ended" in result.text
    assert not running(hands)


def test_other_processes_are_left_alone(hands: Hands) -> None:
    bystander = subprocess.Popen(["sleep", "60"], cwd=hands.root, start_new_session=True)
    try:
        hands("shell", command="setsid sleep 60 & sleep 0.1")
        assert [process.pid for process in running(hands)] == [bystander.pid]
    finally:
        bystander.kill()
        bystander.wait()


def test_what_is_still_being_written_is_waited_for(hands: Hands) -> None:
    result = hands("shell", command="echo one > >(sleep 0.1; cat)")
    assert stdout(result) == "one"


@pytest.mark.parametrize(
    "command",
    [
        "echo go; sleep 60",
        "trap '' TERM; echo go; sleep 60; sleep 60",
        "setsid -w bash -c 'trap \"\" TERM; echo go; sleep 60; sleep 60'",
        "echo go; yes > /dev/null",
        "echo go; while :; do sleep 0.01 & done",
        "setsid -w bash -c 'trap \"\" TERM; echo go; while :; do sleep 60 & sleep 0.002; done'",
    ],
)
def test_an_interrupt_ends_everything_within_two_seconds(hands: Hands, command: str) -> None:
    call = hands.prepare("shell", command=command)
    outcome: list[ToolResult] = []
    thread = threading.Thread(target=lambda: outcome.append(until_aborted(hands, call.execute)))
    thread.start()
    until(lambda: "go" in "".join(hands.pieces))
    started = time.monotonic()
    hands.context.cancellation.cancel()
    acknowledged = time.monotonic() - started
    thread.join(5)
    assert acknowledged < 0.1
    assert time.monotonic() - started < 2
    assert [result.text for result in outcome] == ["aborted"]
    assert gone(hands.started[0]) and not running(hands)


def test_an_interrupt_catches_what_is_just_being_born(hands: Hands) -> None:
    """A process that forks and dies while it is looked for."""
    for attempt in range(15):
        cancellation = hands.context.cancellation = Cancellation()
        hands.pieces.clear()
        call = hands.prepare("shell", command="echo go; setsid sleep 60")
        thread = threading.Thread(target=until_aborted, args=(hands, call.execute))
        thread.start()
        until(lambda: "go" in "".join(hands.pieces))
        cancellation.cancel()
        thread.join(5)
        assert not running(hands), f"attempt {attempt}"


def test_interrupts_before_during_and_twice(hands: Hands) -> None:
    call = hands.prepare("shell", command="touch ran; sleep 60")
    hands.context.process_started = lambda pid: hands.context.cancellation.cancel()
    with pytest.raises(AbortedError):
        call.execute(hands.context)
    hands.context.cancellation.cancel()
    (hands.root / "ran").unlink(missing_ok=True)
    with pytest.raises(AbortedError):
        call.execute(hands.context)
    assert not (hands.root / "ran").exists() and not running(hands)


def test_a_listener_that_fails_leaves_nothing_running(hands: Hands) -> None:
    def fail(pid: int) -> None:
        raise OSError(28, "No space left on device")

    hands.context.process_started = fail
    assert "No space left" in hands.refused("shell", command="sleep 60")
    assert not running(hands)


def test_no_descriptors_and_threads_are_left(hands: Hands) -> None:
    hands("shell", command="true")
    descriptors, threads = len(os.listdir("/dev/fd")), threading.active_count()
    for command in ("true", "exit 1", "sleep 60 & true", "seq 1 10000"):
        hands("shell", command=command)
    until(lambda: threading.active_count() <= threads)
    assert len(os.listdir("/dev/fd")) == descriptors


def test_commands_side_by_side_do_not_end_each_other(hands: Hands) -> None:
    results: list[str] = []

    def work(number: int) -> None:
        call = hands.prepare("shell", command=f"sleep 60 & sleep 0.2; echo {number}")
        results.append(stdout(call.execute(hands.context)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == [str(number) for number in range(6)]


# -- scripts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("x.sh", "bash x.sh --flag"),
        ("x.sh", "cd . && sh -e ./x.sh"),
        ("x.sh", "FOO=1 env bash 'x.sh'"),
        ("x.py", "true; python3 -u x.py > out.txt"),
        ("x.sh", "./x.sh"),
        ("x.sh", ". ./x.sh"),
        ("package.json", "npm test"),
        ("Makefile", "make -j2 all"),
    ],
)
def test_a_yes_is_bound_to_the_script(hands: Hands, name: str, command: str) -> None:
    script = hands.root / name
    script.write_text("# harmless\n")
    script.chmod(0o755)
    call = hands.prepare("shell", command=command)
    again = hands.prepare("shell", command=command)
    assert call.request is not None and again.request is not None
    ((variable, pin),) = call.request.environment
    assert variable == "GRAFFTUI_SCRIPTS" and pin.startswith(f"{name} sha256:")
    assert call.request.grant_key() == again.request.grant_key()
    script.write_text(f"touch {hands.root}/ran\n")
    with pytest.raises(ToolFailure, match="changed since it was approved"):
        call.execute(hands.context)
    assert not (hands.root / "ran").exists() and hands.started == []
    changed = hands.prepare("shell", command=command).request
    assert changed is not None and changed.grant_key() != call.request.grant_key()


def test_what_is_no_script_is_not_pinned(hands: Hands) -> None:
    (hands.root / "data.csv").write_text("1\n")
    for command in (
        "cat data.csv",
        "ls",
        "python3 -c 'print(1)'",
        "grep 'x",
        "echo $(cat data.csv)",
    ):
        request = hands.prepare("shell", command=command).request
        assert request is not None and request.environment == ()
