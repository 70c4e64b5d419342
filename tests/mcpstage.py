"""Servers that tests start, and a history that keeps what was approved of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grafftui.cancellation import Cancellation
from grafftui.history import Store
from grafftui.mcp import McpServers, Offered, Server
from grafftui.settings.paths import Paths

FOLDER = Path(__file__).with_name("mcp_servers")
RAW = str(FOLDER / "raw_server.py")
"""The server by hand."""


def raw(name: str, *wanted: str, **more: Any) -> Server:
    """The server by hand, with these misbehaviours."""
    return Server(name, "user", sys.executable, ("-S", "-E", RAW, *wanted), **more)


class Stage:
    """Some servers, connected as far as they let themselves be."""

    def __init__(self, workspace: Path, store: Store) -> None:
        self.workspace = workspace
        self.store = store
        self.servers = self.anew()

    def anew(self, **options: Any) -> McpServers:
        """The servers of another session."""
        self.servers = McpServers(self.workspace, self.store.mcp_pins, **options)
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
        stage = Stage(tmp_path, store)
        yield stage
        stage.servers.close(5)
