"""What nobody expected: one line without secrets, a report that only its owner reads, code 1."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from textual.app import App

from grafftui.ui.hygiene import Crash
from grafftui.ui.hygiene.report import LIMIT, write_report
from ptyharness import Open, Pty

KEY = "sk-ant-api03-" + "k" * 40


def reports(home: Path) -> list[Path]:
    return sorted((home / "data" / "reports").glob("*"))


def finish(script: str) -> subprocess.CompletedProcess[str]:
    """Run a Python script to its end, whatever its exit code."""
    argv = [sys.executable, "-c", script]
    return subprocess.run(argv, check=False, capture_output=True, text=True)


def crash(term: Pty, deed: str) -> None:
    term.type(deed)
    term.wait_for(deed)
    term.press("enter")
    if deed == "input":
        term.wait_for(lambda t: "input" not in t.text)
        term.send("x")


@pytest.mark.parametrize("deed", ["handler", "task", "worker", "thread", "input", "atexit"])
def test_wherever_it_is_raised(ready: Open, home: Path, deed: str) -> None:
    term = ready(size=(300, 24))
    crash(term, deed)
    assert term.wait_exit() == 1
    assert term.left_on() == []
    (report,) = reports(home)
    assert re.fullmatch(
        r"grafftui: stopped by an unexpected RuntimeError \(standin\.py:\d+\)\. Nothing is lost: "
        rf"grafftui --continue\. Report, with keys blacked out: {re.escape(str(report))}",
        term.text.strip(),
    )
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert stat.S_IMODE(report.parent.stat().st_mode) == 0o700
    text = report.read_text()
    assert "RuntimeError: [/red]" in text
    assert "in _boom" in text
    for secret in ("k" * 40, "local-" + "s" * 20):
        assert secret not in text
        assert secret.encode() not in term.raw
    assert term.emulator.titles == []
    assert "\x1b" not in text


def test_textual_s_own_panic(ready: Open, home: Path) -> None:
    term = ready(size=(300, 24))
    crash(term, "panic")
    assert term.wait_exit() == 1
    assert "stopped by an unexpected RuntimeError. Nothing is lost" in term.text
    assert "what may not be shown" not in term.text
    assert len(reports(home)) == 1


def test_an_error_before_the_app_is_up(standin: Open, home: Path) -> None:
    term = standin(env={"STANDIN": "no import"}, size=(300, 24))
    assert term.wait_exit() == 1
    assert str(reports(home)[0]) in term.text


def test_no_report_can_be_written(ready: Open, home: Path) -> None:
    home.mkdir()
    (home / "data").write_text("in the way")
    term = ready(size=(300, 24))
    crash(term, "handler")
    assert term.wait_exit() == 1
    assert "no report could be written (StoreError)" in term.text
    assert term.left_on() == []


def test_stderr_elsewhere_gets_the_line(ready: Open, tmp_path: Path) -> None:
    with open(tmp_path / "err", "w+") as file:
        term = ready(stderr=file.fileno())
        crash(term, "handler")
        assert term.wait_exit() == 1
        file.seek(0)
        assert file.read().startswith("grafftui: stopped by an unexpected RuntimeError")
    assert term.text.strip() == ""


async def test_tests_still_see_the_exception(home: Path) -> None:
    class Failing(Crash):
        def on_mount(self) -> None:
            raise LookupError("seen")

    with pytest.raises(LookupError, match="seen"):
        async with Failing().run_test():
            pass
    assert len(reports(home)) == 1


async def test_an_error_that_draws_itself_is_not_drawn(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(Crash):
        CSS = "Screen { no-such-property: 1; }"

    app = Broken()
    await app.run_async(headless=True)
    assert app.return_code == 1
    shown = capsys.readouterr()
    assert "no-such-property" not in shown.out + shown.err
    (report,) = reports(home)
    assert "no-such-property" in report.read_text() or "Stylesheet" in report.read_text()


def test_the_private_names_that_are_overridden_exist() -> None:
    for name in ("_handle_exception", "_fatal_error", "_print_error_renderables", "panic"):
        assert callable(getattr(App, name)), f"Textual has no App.{name} any more"
    assert {"_exit_renderables", "_return_code", "_exit"} <= set(vars(App()))


def test_a_report_is_bounded(home: Path) -> None:
    try:
        raise ValueError("x" * 3 * LIMIT)
    except ValueError as error:
        line = write_report(error)
    assert len(line) < 500
    assert reports(home)[0].stat().st_size < LIMIT + 1000


def test_two_reports_do_not_overwrite_each_other(home: Path) -> None:
    for _ in range(3):
        write_report(ValueError())
    assert len(reports(home)) == 3


def test_a_link_in_place_of_the_report_is_not_followed(home: Path, tmp_path: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "reports").symlink_to(tmp_path)
    assert "no report could be written" in write_report(ValueError())
    assert not list(tmp_path.glob("*.txt"))


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        ("errors.UsageError('no such folder', hint='try another')", 2, "no such folder; try"),
        ("errors.NotFoundError('no such conversation')", 1, "no such conversation"),
        ("errors.AbortedError('interrupted')", 130, "interrupted"),
        ("errors.StoreError('bad \\x1b]0;x\\x07 name')", 1, r"bad \x1b]0;x\x07 name"),
        ("SystemExit(7)", 7, None),
        ("SystemExit()", 0, None),
        ("KeyboardInterrupt()", 130, None),
        (f"ValueError('{KEY}')", 1, "stopped by an unexpected ValueError"),
    ],
)
def test_what_a_command_raises(raised: str, code: int, said: str | None) -> None:
    script = (
        "from grafftui import errors\nfrom grafftui.cli.crash import guarded\n"
        f"def run(): raise {raised}\nraise SystemExit(guarded(run))"
    )
    done = finish(script)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "k" * 40 not in done.stderr
    assert done.stderr.count("\n") == (said is not None)
    assert (said or "") in done.stderr


def test_an_error_in_a_thread_of_a_command_is_reported(home: Path) -> None:
    script = (
        "import threading\nfrom grafftui.cli.crash import watch_process\nwatch_process()\n"
        f"def run(): raise ValueError('{KEY}')\n"
        "thread = threading.Thread(target=run); thread.start(); thread.join()"
    )
    done = finish(script)
    assert "k" * 40 not in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(reports(home)) == 1
