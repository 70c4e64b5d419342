"""A store of its own for each test, and children that use one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from history_helpers import Start

from grafftui.history import Store
from grafftui.settings.paths import Paths
from smalldisk import small_disk  # noqa: F401


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths.from_environment({"GRAFFTUI_HOME": str(home)})


@pytest.fixture
def store(paths: Paths) -> Iterator[Store]:
    with Store.open(paths) as store:
        yield store


@pytest.fixture
def start(paths: Paths) -> Iterator[Start]:
    """Starts `history_children.py` with a role; everything left is killed at the end."""
    children: list[subprocess.Popen[bytes]] = []

    def start(role: str, *arguments: object, home: Path | None = None) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("history_children.py")
        home = home or paths.data.parent
        child = subprocess.Popen(
            [sys.executable, "-I", str(script), role, str(home), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        if child.poll() is None and child.stdin is not None:
            child.stdin.close()  # most then end by themselves, and what they started with them
            child.stdin = None
            with suppress(subprocess.TimeoutExpired):
                child.wait(2)
        child.kill()
        child.communicate()
