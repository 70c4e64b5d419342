"""From the command to the first key echoed: nothing flashes, nothing typed is lost."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ptyharness import Emulator, Open, Pty


def frames(term: Pty) -> list[str]:
    """The screen after each piece of output that was not the inside of a frame."""
    emulator = Emulator(term.emulator.screen.columns, term.emulator.screen.lines)
    seen = []
    for _, data in term.chunks:
        emulator.feed(data)
        if 2026 not in emulator.modes:
            seen.append(emulator.text)
    return seen


def test_the_skeleton_comes_first_and_stays_until_the_app_is_there(standin: Open) -> None:
    term = standin(size=(120, 30))
    term.wait_for("╭─ Conversations ─")
    assert term.row(28) == " ›"
    assert b"ready" not in term.raw
    term.wait_for("stand-in ready")
    between = frames(term)
    first = next(n for n, text in enumerate(between) if "Conversations" in text)
    app = next(n for n, text in enumerate(between) if "stand-in ready" in text)
    for text in between[first:app]:
        assert "╭─ Conversations ─" in text
    assert term.raw.count(b"\x1b[?1049h") == 1


def test_typed_early_arrives_in_order_and_is_never_echoed_by_the_terminal(standin: Open) -> None:
    term = standin()
    term.wait_for("›")
    typed = "".join(f"{n}é漢" for n in range(30))
    for character in typed:
        term.send(character)
    term.wait_for(lambda t: typed in "".join(t.text.split()))
    assert not any("0é漢" in text for text in frames(term) if "stand-in ready" not in text)


def test_enter_typed_early_submits_what_was_typed(standin: Open) -> None:
    term = standin()
    term.wait_for("›")
    term.send("first\rsecond")
    term.wait_for("said 'first'")
    term.wait_for("second")


def test_an_early_paste_is_a_paste(standin: Open) -> None:
    term = standin()
    term.wait_for("›")
    term.paste("one\ntwo\rthree")
    term.send("!")
    term.wait_for(re.compile(r" one *\n *two *\n *three!"))
    assert "said" not in term.text


def test_a_dialog_that_comes_first_gets_no_early_keys(standin: Open) -> None:
    term = standin(env={"STANDIN": "dialog"})
    term.wait_for("›")
    term.send("early\r")
    term.wait_for("dialog open")
    term.press("enter")  # this one is for the dialog
    term.wait_for("said 'early'")
    assert "dialog open" not in term.text


def test_an_app_that_cannot_be_loaded_leaves_the_terminal_as_it_was(standin: Open) -> None:
    term = standin(env={"STANDIN": "no import"})
    assert term.wait_exit() == 1
    assert term.left_on() == []
    assert "stopped by an unexpected ModuleNotFoundError" in term.text
    assert b"Traceback" not in term.raw


@pytest.mark.parametrize("args", [["--bogus"], ["--cwd", "/no/such"]])
def test_a_wrong_option_is_said_before_the_terminal_is_touched(
    standin: Open, args: list[str]
) -> None:
    term = standin(*args)
    assert term.wait_exit() == 2
    assert b"\x1b" not in term.raw
    assert term.raw.count(b"\n") == 1


@pytest.mark.parametrize("name", ["dumb", ""])
def test_a_terminal_that_cannot_place_text_is_refused(standin: Open, name: str) -> None:
    term = standin(env={"TERM": name})
    assert term.wait_exit() == 2
    assert "TERM" in term.text
    assert b"grafftui run PROMPT" in term.raw
    assert b"\x1b" not in term.raw


@pytest.mark.parametrize(
    "env",
    [
        {"TERM": "no-such-terminal"},
        {"TERM": "screen", "COLORTERM": ""},
        {"TERM": "linux", "COLORTERM": ""},
        {"NO_COLOR": "1"},
        {"LANG": "", "LC_ALL": "C"},
        {"LANG": "xx_YY.UTF-8"},
    ],
    ids=str,
)
def test_every_other_terminal_works(ready: Open, env: dict[str, str]) -> None:
    term = ready(env=env)
    term.send("é漢")
    term.wait_for("é漢")
    term.kill(15)
    assert term.wait_exit() == 143
    assert term.left_on() == []


@pytest.mark.needs("tmux")
def test_it_works_in_tmux(terminal: Open, tmp_path: Path) -> None:
    standin = Path(__file__).with_name("standin.py")
    command = f"{sys.executable} {standin}; echo code $?; read line"
    tmux = ["tmux", "-S", str(tmp_path / "socket"), "-f", "/dev/null"]
    try:
        term = terminal([*tmux, "new-session", command])
        term.wait_for("stand-in ready")
        term.send("typed é漢")
        term.wait_for("typed é漢")
        term.paste("\npasted")
        term.wait_for(re.compile(r"typed é漢 *\n *pasted"))
        term.press("enter")
        term.wait_for("said 'typed é漢\\npasted'")
        term.send("quit\r")
        term.wait_for("code 0")
        assert "stand-in ready" not in term.text
        term.send("\r")
        assert term.wait_exit() == 0
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, stderr=subprocess.DEVNULL)


def test_a_locale_that_is_not_utf_8_is_refused(standin: Open) -> None:
    term = standin(env={"PYTHONIOENCODING": "latin-1"})
    assert term.wait_exit() == 2
    assert "UTF-8" in term.text
    assert b"\x1b" not in term.raw


@pytest.mark.parametrize("size", [(1, 1), (10, 3), (40, 10), (500, 60)])
def test_every_size_works(ready: Open, size: tuple[int, int]) -> None:
    term = ready(size=size) if size[0] >= 40 else _small(ready, size)
    term.kill(15)
    assert term.wait_exit() == 143
    assert term.left_on() == []


def _small(ready: Open, size: tuple[int, int]) -> Pty:
    """Too small to show what is typed at once: started larger, then made small."""
    term = ready(size=(80, 24))
    term.resize(*size)
    term.send("x")
    return term


def test_a_storm_of_sizes_does_no_harm(ready: Open) -> None:
    term = ready()
    for step in range(100):
        term.resize(20 + step * 7 % 150, 3 + step * 5 % 50)
        term.send("x")
    term.resize(120, 30)
    term.wait_for(lambda t: t.text.count("x") == 100)
    term.press("enter")
    term.type("quit")
    term.press("enter")
    assert term.wait_exit() == 0
    assert term.left_on() == []


def test_stderr_may_go_elsewhere(ready: Open, tmp_path: Path) -> None:
    with open(tmp_path / "err", "w+") as file:
        term = ready(stderr=file.fileno())
        term.kill(15)
        assert term.wait_exit() == 143
        file.seek(0)
        assert file.read() == ""


def test_bytes_that_are_not_utf_8_do_no_harm(ready: Open) -> None:
    term = ready()
    term.send(b"a\xff\xfe\xc3(b")
    term.wait_for(re.compile("a.*b"))
    term.press("enter")
    term.wait_for("said")
