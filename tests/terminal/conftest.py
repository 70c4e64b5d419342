"""The stand-in app and grafftui itself, in terminals that are closed at the end of the test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ptyharness import Open, Pty, start

STANDIN = Path(__file__).with_name("standin.py")


def talked(term: Pty) -> bool:
    """Whether all of the terminal's answers are on the way: what is typed now comes after them."""
    return 2048 in term.emulator.modes


@pytest.fixture
def terminal() -> Iterator[Open]:
    """`ptyharness.start`, and the end of what it started."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(start(*args, **options))


@pytest.fixture
def standin(terminal: Open) -> Open:
    """Start the stand-in app; `args` are options of the screen."""

    def open_it(*args: str, **options: object) -> Pty:
        return terminal([sys.executable, str(STANDIN), *args], **options)

    return open_it


@pytest.fixture
def ready(standin: Open) -> Open:
    """Start the stand-in app and wait until its composer takes keys."""

    def open_it(*args: str, **options: object) -> Pty:
        term = standin(*args, **options)
        term.wait_for("›")  # before this the terminal itself would echo
        term.wait_for(talked)
        term.send("~")
        term.wait_for("~")
        term.press("backspace")
        term.wait_for(lambda t: "~" not in t.text)
        return term

    return open_it


@pytest.fixture
def shell(terminal: Open) -> Open:
    """Start an interactive bash, for what needs job control."""

    def open_it(**options: object) -> Pty:
        term = terminal(["bash", "--norc", "--noprofile", "-i"], **options)
        term.wait_for("bash-")
        term.send("bind 'set enable-bracketed-paste off'; PS1='shell> '\r")
        term.wait_for("\nshell>")
        return term

    return open_it
