"""Servers that tests start, and a history that keeps what was approved of them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grafftui.cancellation import Cancellation
from grafftui.errors import KeyringError
from grafftui.history import Store
from grafftui.mcp import McpServers, Offered, Server
from grafftui.settings.paths import Paths

FOLDER = Path(__file__).with_name("mcp_servers")
RAW = str(FOLDER / "raw_server.py")
"""The server by hand."""


def raw(name: str, *wanted: str, **more: Any) -> Server:
    """The server by hand, with these misbehaviours."""
    return Server(name, "user", sys.executable, ("-S", "-E", RAW, *wanted), **more)


class InMemory:
    """Sign-ins of one test."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.broken = ""
        self._lock = threading.Lock()

    def require(self) -> None:
        if self.broken:
            raise KeyringError(self.broken, hint="unlock it")

    def read(self, account: str) -> str | None:
        self.require()
        return self.kept.get(account)

    def write(self, account: str, text: str) -> None:
        self.require()
        self.kept[account] = text

    def delete(self, account: str) -> bool:
        return self.kept.pop(account, None) is not None

    def lock(self, account: str) -> Callable[[], None]:
        assert self._lock.acquire(timeout=10)
        return self._lock.release


class Stage:
    """Some servers, connected as far as they let themselves be."""

    def __init__(self, workspace: Path, store: Store, home: Path) -> None:
        self.workspace = workspace
        self.home = home
        self.store = store
        self.sign_ins = InMemory()
        self.servers = self.anew()

    def anew(self, **options: Any) -> McpServers:
        """The servers of another session."""
        self.servers = McpServers(self.workspace, self.store.mcp_pins, self.sign_ins, **options)
        return self.servers

    def have(self, *servers: Server, approved: bool = True) -> McpServers:
        """Use these, started, and approved as they are."""
        self.servers.use({server.name: server for server in servers})
        assert self.servers.ready(20, Cancellation()) == []
        for server in servers if approved else ():
            self.servers.approve(server.name)
        return self.servers

    def offered(self, tool: str) -> Offered:
        """What is offered under this name."""
        return next(one for one in self.servers.offered() if one.definition.name == tool)

    def call(self, tool: str, **arguments: Any) -> Any:
        """Call a tool."""
        return self.servers.call(self.offered(tool), arguments, Cancellation())


@pytest.fixture
def stage(tmp_path: Path, home: Path) -> Iterator[Stage]:
    """The stage, cleared at the end."""
    with Store.open(Paths.from_environment()) as store:
        stage = Stage(tmp_path, store, home)
        yield stage
        stage.servers.close(5)
