"""A shell in a sandbox on the person's own terminal, which stays theirs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from sandbox_stage import Make, let_docker_in

from grafftui.sandboxes.lasting import Engines, Wanted
from grafftui.sandboxes.lasting.lending import Tame
from ptyharness import Pty, start

ENVIRONMENT = {
    "OPENAI_URL": "http://127.0.0.1:9/v1",
    "OPENAI_API_KEY": "sk-test-0123456789abcdef0123",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
}
PROGRAM = [sys.executable, "-m", "grafftui"]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("a\x1b[31mb\x1b[0m\r\n", "a\x1b[31mb\x1b[0m\r\n"),
        ("日本\x1b[2J\x1b[6n", "日本\x1b[2J\x1b[6n"),
        ("a\x1b]0;owned\x07b", "ab"),
        ("a\x1b]52;c;aGk=\x1b\\b", "a\x1b\\b"),
        ("a\x1bP1;2qimage\x1b\\b", "a\x1b\\b"),
        ("a\x9d0;owned\x9cb", "ab"),
        ("a\x1b_kitty\x1b[31mb", "a\x1b[31mb"),
        ("a\x1b\x00\x0a]52;c;aGk=\x07b", "ab"),  # a terminal carries those out, and goes on
        ("a\x1b^x\x18b\x1bXy\x1ac", "abc"),
        ("\x1b]0;a\x1b]0;b\x07c", "c"),
        ("\x1b]never ended", ""),
    ],
)
def test_what_is_for_the_terminal_itself_is_left_out(written: str, seen: str) -> None:
    data = written.encode()
    assert Tame()(data).decode() == seen
    by_byte = Tame()
    assert b"".join(by_byte(data[at : at + 1]) for at in range(len(data))).decode() == seen


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert Tame()(b"\x9d0;x\x07\xff") == "\ufffd0;x\x07\ufffd".encode()


def opened(*words: str, size: tuple[int, int] = (100, 30)) -> Pty:
    return start([*PROGRAM, "sandbox", "shell", *words], env=ENVIRONMENT, size=size)


@pytest.mark.needs("bubblewrap")
def test_a_shell_has_a_terminal_and_gives_ours_back(sandboxes: Make, engines: Engines) -> None:
    made = sandboxes()
    with opened(made) as term:
        term.wait_for(f"In the local sandbox {made}")
        term.wait_for("/workspace#")
        term.send("stty size; tty; printf 'a\\033]0;owned\\007b\\n' > x; cat x\n")
        term.wait_for("30 100")
        term.wait_for("\nab\n")
        assert b"\x1b]0;owned" not in term.raw
        term.resize(90, 25)
        term.send("clear; stty size\n")
        term.wait_for("25 90")
        term.send("echo begun; sleep 1000\n")
        term.wait_for("\nbegun")
        assert engines.named("local").info(made)["running"] == 1
        term.send("\x03")
        term.send("echo aft''er\n")
        term.wait_for("\nafter")
        term.send("printf '\\033[?1049h\\033[?1000h\\033[?25l'; exit 7\n")
        assert term.wait_exit() == 7
        assert term.left_on() == []
    assert engines.named("local").info(made)["running"] == 0


@pytest.mark.needs("bubblewrap")
def test_a_shell_that_does_not_end_is_left(sandboxes: Make, engines: Engines) -> None:
    made = sandboxes()
    with opened(made) as term:
        term.wait_for("/workspace#")
        term.send("trap '' INT HUP TERM; stty -isig; echo dea''f; cat\n")
        term.wait_for("\ndeaf")
        term.send("\x1d\x1d")
        assert term.wait_exit() == 0
        assert term.left_on() == []
    assert engines.named("local").info(made)["running"] == 0


@pytest.mark.needs("bubblewrap")
def test_much_is_pasted_at_once(sandboxes: Make, engines: Engines) -> None:
    made = sandboxes()
    line = "x" * 99 + "\n"
    with opened(made) as term:
        term.wait_for("/workspace#")
        term.send("stty -echo; echo now''it''begins; cat > pasted; wc -c pasted\n")
        term.wait_for("nowitbegins")  # not what was typed: that it runs
        term.send(line * 3_000 + "\x04")
        term.wait_for("300000 pasted")
        term.send("exit\n")
        assert term.wait_exit() == 0


@pytest.mark.needs("bubblewrap")
def test_a_shell_that_cannot_be_is_one_line(sandboxes: Make, engines: Engines) -> None:
    made = sandboxes()
    engines.named("local").stop(made)
    with opened(made) as term:
        assert term.wait_exit() == 1
        assert f"the sandbox {made} is stopped" in term.text.replace("\n", "")
        assert "Traceback" not in term.text and term.left_on() == []


@pytest.mark.needs("bubblewrap")
def test_a_shell_in_a_container(standing_in: Path, engines: Engines) -> None:
    let_docker_in(standing_in)
    made = engines.usable("docker").create(Wanted())["id"]
    with opened("--engine", "docker", made) as term:
        term.wait_for("/workspace#")
        term.send("stty size; exit 3\n")
        term.wait_for("30 100")
        assert term.wait_exit() == 3
    asked = [json.loads(line) for line in (standing_in / "words").read_text().splitlines()]
    (words,) = [each for each in asked if each[0] == "exec" and "-t" in each]
    assert words[words.index("-w") + 1] == "/workspace"
    engines.named("docker").destroy(made)


@pytest.mark.needs("bubblewrap")
def test_a_shell_from_the_screen_and_back(
    sandboxes: Make, engines: Engines, workspace: Path
) -> None:
    made = sandboxes("shop")
    model = ["--provider", "openai_compatible", "--model", "fake-model"]
    argv = [*PROGRAM, *model, "--cwd", str(workspace)]
    with start(argv, env=ENVIRONMENT, size=(100, 30)) as term:
        term.wait_for("openai_compatible/fake-model")  # the core is open
        term.wait_for(lambda t: 2048 in t.emulator.modes)
        term.type("/sandboxes")
        term.press("enter")
        term.wait_for(made)
        term.press("enter")
        term.wait_for(f"In the local sandbox {made}")
        term.wait_for("/workspace#")
        term.send("echo made > here; exit\n")
        term.wait_for("n new")
        term.wait_for(made)
        assert engines.named("local").download(made, "/workspace/here") == b"made\n"
        term.press("enter")
        term.wait_for("/workspace#")
        term.send("\x1d\x1d")  # left, not ended
        term.wait_for("n new")
        term.press("escape")
        term.press("ctrl+q")
        assert term.wait_exit() == 0
        assert term.left_on() == []
