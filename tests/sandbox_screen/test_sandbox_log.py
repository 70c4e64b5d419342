"""What was run in a sandbox is noted: bounded, without secrets, for whoever asks later."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sandbox_stage import Make, opened, rows

from grafftui.cli.main import main
from grafftui.errors import AbortedError
from grafftui.sandboxes.lasting import Engines, Sandbox
from grafftui.sandboxes.lasting.run_log import Ran, RunLog
from grafftui.ui.screens.whole_text import WholeText
from session.session_stage import Begin

pytestmark = pytest.mark.needs("bubblewrap")
KEY = "sk-ant-api03-" + "a1B2" * 20


@pytest.fixture
def sandbox(sandboxes: Make, engines: Engines) -> Sandbox:
    return Sandbox(engines.usable("local"), sandboxes(), engines.log)


def test_what_was_run_and_how_it_ended(sandbox: Sandbox) -> None:
    sandbox.exec(f"echo out; echo {KEY}; exit 3")
    with sandbox.exec_stream("echo begun; sleep 100") as execution:
        assert next(iter(execution)) == "begun\n"
        execution.cancel()
        with pytest.raises(AbortedError):
            execution.result()
    with pytest.raises(AbortedError):  # over: it is noted before that is known
        execution.result()
    first, second = sandbox.runs()
    assert (first.by, first.exit_code, first.tail[:4]) == ("you", 3, "out\n")
    assert first.command.startswith("echo out") and KEY not in first.command + first.tail
    assert (second.command, second.tail) == ("echo begun; sleep 100", "begun\n")
    assert second.exit_code is None
    sandbox.destroy()
    assert sandbox.runs() == []


def test_it_is_bounded_and_survives_what_was_cut_off(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log")
    for number in range(1_200):
        log.note("local", "../x", Ran(1.0, "you", f"echo {number}", 0, 0.1, "o" * 10_000))
    (file,) = (tmp_path / "log").iterdir()
    assert file.stat().st_size <= 1 << 20 and file.stat().st_mode & 0o777 == 0o600
    with open(file, "ab") as cut_off:
        cut_off.write(b'{"at": 1')
    runs = log.read("local", "../x")
    assert runs[-1].command == "echo 1199" and len(runs[-1].tail) == 2_000
    assert len(runs) > 100


async def test_it_is_read_on_screen_and_by_the_command(
    begin: Begin, sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    async with begin(None) as session:
        screen = await opened(session)
        await session.until(lambda: rows(screen))
        await session.pilot.press("l")
        await session.shows(WholeText)
        await session.until_seen("Nothing that is known here")
        await session.pilot.press("escape")
        sandbox.exec("printf 'a\\033[2Jb\\n'; exit 4")
        await session.until(lambda: session.app.screen is screen)
        await session.pilot.press("l")
        await session.shows(WholeText)
        await session.until_seen(f"What was run in {sandbox.id}", "by you, exit code 4", "ab")
    capfd.readouterr()
    assert main(["sandbox", "log", sandbox.id]) == 0
    said = capfd.readouterr().out
    assert "you, exit code 4" in said and "\x1b" not in said
    assert main(["sandbox", "log", "--json", sandbox.id]) == 0
    (ran,) = json.loads(capfd.readouterr().out)["runs"]
    assert (ran["exit_code"], ran["tail"]) == (4, "a\x1b[2Jb\n")
    assert main(["sandbox", "files", sandbox.id, "/"]) == 0
    assert "workspace/" in capfd.readouterr().out
