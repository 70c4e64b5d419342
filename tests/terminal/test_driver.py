"""What we rely on inside Textual, and the driver's own small promises."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path
from threading import Event

import pytest
from textual.app import App
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread
from textual.drivers.linux_driver import LinuxDriver

from grafftui.ui.hygiene import EarlyKeys, TerminalDriver, backlog
from grafftui.ui.hygiene.driver import _Output, _Stop
from ptyharness import Open, until


class Blocked:
    """A file that takes nothing until told to."""

    def __init__(self) -> None:
        self.go = Event()
        self.taken = 0

    def write(self, text: str) -> None:
        self.go.wait()
        self.taken += 1

    def flush(self) -> None:
        pass


async def test_backlog_counts_what_the_terminal_has_not_taken() -> None:
    app: App[None] = App()
    assert backlog(app) == 0  # not running
    async with app.run_test():
        assert backlog(app) == 0  # no terminal
    file = Blocked()
    writer = WriterThread(file)  # type: ignore[arg-type]
    writer.start()
    app._driver = type("Driver", (), {"_writer_thread": writer})()  # type: ignore[assignment]
    for _ in range(8):
        writer.write("x")
    assert 7 <= backlog(app) <= 8 < MAX_QUEUED_WRITES  # the first may be in hand already
    file.go.set()
    writer.stop()
    assert (backlog(app), file.taken) == (0, 8)


async def test_the_private_names_that_are_used_exist() -> None:
    class Probe(App[None]):
        pass

    async with Probe().run_test() as pilot:
        driver = LinuxDriver(pilot.app)
        for name in ("_writer_thread", "attrs_before", "exit_event", "_auto_restart", "_file"):
            assert hasattr(driver, name), f"Textual's driver has no {name} any more"
        for name in ("_sigtstp_application", "_sigcont_application", "run_input_thread"):
            assert callable(getattr(driver, name)), f"Textual's driver has no {name} any more"
        assert {"_screen_stack", "_batch_count", "_running"} <= {
            name for name in dir(pilot.app) if name.startswith("_")
        }
    for number in (signal.SIGTSTP, signal.SIGCONT):
        signal.signal(number, signal.SIG_DFL)


def test_an_app_with_early_keys_gets_our_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    assert EarlyKeys().driver_class is TerminalDriver
    from textual import constants

    monkeypatch.setattr(constants, "DRIVER", "textual.drivers.headless_driver:HeadlessDriver")
    assert EarlyKeys().driver_class is not TerminalDriver


def test_a_title_from_text_is_dropped_on_the_way_out(ready: Open) -> None:
    term = ready()
    term.type("title")
    term.wait_for("title")
    term.press("enter")
    term.wait_for("shown")
    assert term.emulator.titles == ["grafftui ]0;evil 漢漢"]
    assert b"evil\x07" not in term.raw


def test_a_long_title_is_cut(ready: Open) -> None:
    term = ready()
    term.type("long title")
    term.wait_for("long title")
    term.press("enter")
    term.wait_for(lambda t: t.emulator.titles)
    assert term.emulator.titles == ["漢" * 40]


def test_output_survives_text_and_terminals_that_are_broken() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    output = _Output(write)
    output.write("a\udc80é")
    output.flush()
    assert os.read(read, 100) == "a?é".encode()
    os.close(read)
    output.write("nobody")
    output.flush()
    os.close(write)


def test_output_waits_for_a_terminal_made_non_blocking() -> None:
    import threading

    read, write = os.pipe()
    os.set_blocking(write, False)
    output = _Output(write)
    output.write("x" * 300_000)
    flushing = threading.Thread(target=output.flush)
    flushing.start()
    got = 0
    while got < 300_000:
        got += len(os.read(read, 1 << 16))
    flushing.join(5)
    assert not flushing.is_alive()
    os.close(read)
    os.close(write)


def test_a_stop_is_seen_by_select_and_can_be_taken_back() -> None:
    stop = _Stop()
    assert not select.select([stop], [], [], 0)[0]
    stop.set()
    assert stop.is_set()
    assert select.select([stop], [], [], 0)[0]
    stop.clear()
    assert not stop.is_set()
    assert not select.select([stop], [], [], 0)[0]


def test_a_child_cannot_reach_the_terminal(ready: Open, tmp_path: Path) -> None:
    """Children that are started in a session of their own, as tools are, have no /dev/tty."""
    term = ready(env={"STANDIN_CHILD": str(tmp_path / "child")})
    term.type("child")
    term.wait_for("child")
    term.press("enter")
    term.wait_for("child done")
    assert "No such device or address" in (tmp_path / "child").read_text()
    assert b"stolen" not in term.raw


def test_it_sleeps_while_nothing_happens(ready: Open) -> None:
    term = ready()
    pid = term.descendants()[-1]

    def wakings() -> int:
        found = 0
        for task in Path(f"/proc/{pid}/task").iterdir():
            for line in (task / "status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    found += int(line.split()[1])
        return found

    seen = [wakings()]

    def calm() -> bool:
        seen.append(wakings())
        return len(seen) > 60 and seen[-1] - seen[-60] <= 2  # Textual alone wakes 10 times a second

    until(calm, "half a second of sleep", timeout=5)
