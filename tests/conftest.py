"""What every test shares: skips that name the missing package, and a home of its own."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import hypothesis
import pytest

from codexprogram import CODEX, OLDEST
from grafftui.text.redact import secrets

PROGRAM_OF = {
    "bubblewrap": "bwrap",
    "codex": CODEX,
    "dbus": "dbus-run-session",
    "git": "git",
    "gnome-keyring": "gnome-keyring-daemon",
    "oldest-codex": OLDEST,
    "ripgrep": "rg",
    "strace": "strace",
    "tmux": "tmux",
}
"""Debian package, or extra, → the program that shows it is installed."""


hypothesis.settings.register_profile("patient", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("patient")  # a busy machine is no fault of the code


def pytest_configure() -> None:
    """Signals end what they should, also when the run was started by `nohup` or with `&`."""
    for number in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for package in marker.args:
            if shutil.which(PROGRAM_OF[package]) is None:
                reason = f"needs the system package {package}"
                if os.environ.get("CI"):
                    pytest.fail(f"{reason}; in CI that is a failure")
                pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        reasons = sorted({str(report.longrepr[2]) for report in skipped})
        terminalreporter.write_line(f"{len(skipped)} skipped: " + "; ".join(reasons))


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh GRAFFTUI_HOME and HOME, an environment free of keys and proxies, and no secrets
    known to this process: an answer that ends like one begins is held back."""
    monkeypatch.setattr(secrets, "_secrets", {})
    root = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.upper().endswith(("_API_KEY", "_PROXY", "_URL")) or name.startswith("FORGE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(root))
    monkeypatch.setenv("GRAFFTUI_HOME", str(root / "grafftui"))
    return root / "grafftui"
