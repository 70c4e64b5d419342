"""Which MCP servers a workspace has, and what agents get of them."""

from __future__ import annotations

import json
import os
import shlex
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from grafftui.cancellation import Cancellation
from grafftui.core.mcp_tool import McpTool
from grafftui.core.project import Project
from grafftui.errors import (
    AbortedError,
    GrafftuiError,
    NotFoundError,
    SettingsError,
    UsageError,
)
from grafftui.keys.sign_ins import SignIns
from grafftui.mcp import Health, McpServers, Pins, Scope, Server, checked_config, read_servers
from grafftui.mcp.config import MOST_BYTES, TOP
from grafftui.new_file import new_file
from grafftui.settings.paths import Paths, private_directory
from grafftui.text import one_line

LOCAL: Final = ".mcp.json"
USER: Final = "mcp.json"
WAIT_SECONDS: Final = 10.0
"""How long a turn waits for servers that are starting."""


class McpUse:
    """The servers of the person's file and, while it is trusted, of the workspace's.

    Args:
        root: The workspace.
        pins: What was approved of servers' tools.

    Attributes:
        servers: Those of the files as they were last read.
    """

    def __init__(self, root: Path, paths: Paths, project: Project, pins: Pins) -> None:
        self.servers = McpServers(root, pins, SignIns(paths.runtime))
        self._files: dict[Scope, Path] = {"user": paths.settings / USER, "local": root / LOCAL}
        self._project = project
        self._complaints: dict[str, bool] = {}

    def refresh(self) -> None:
        """Read the files anew; end the servers that are no longer there, or are others."""
        found: dict[str, Server] = {}
        for scope in self._files:
            try:
                found |= self._servers_of(scope)
            except SettingsError as error:
                self._complaints.setdefault(f"MCP servers: {error}", False)
        self.servers.use(found)

    def start(self, cancellation: Cancellation) -> None:
        """Have all running that is to run, and wait for it, a little, or until cancelled."""
        told, self._complaints = self._complaints, {}
        self.refresh()
        late: list[str] = []
        with suppress(AbortedError):
            late = self.servers.ready(WAIT_SECONDS, cancellation)
        found = [f"MCP server {n} is still starting; its tools are there once it is." for n in late]
        found += [words for health in self.servers.health() if (words := _complaint(health))]
        # what went away is forgotten: it is told anew where it comes again
        self._complaints |= dict.fromkeys(found, False)
        self._complaints = {words: told.get(words, False) for words in self._complaints}

    def tools(self, patterns: Sequence[str]) -> list[McpTool]:
        """What is offered of the servers that run, as far as a pattern fits its name."""
        return [
            McpTool(offered, self.servers)
            for offered in self.servers.offered()
            if any(fnmatchcase(offered.called, pattern) for pattern in patterns)
        ]

    def notices(self) -> list[str]:
        """What the person should know, each told once."""
        new = [words for words, is_told in self._complaints.items() if not is_told]
        self._complaints.update(dict.fromkeys(new, True))
        return new

    def close(self, seconds: float) -> None:
        """End all servers. Waits so long at most."""
        self.servers.close(seconds)

    # -- the files -------------------------------------------------------------------------

    def read(self, scope: Scope | None) -> dict[str, Any]:
        """What a file says, or what both do: of the workspace's only what is trusted.

        Raises:
            SettingsError: It says something it cannot.
        """
        if scope is None:
            both = {one: self._trusted(one) for one in self._files}
        else:
            both = {scope: _content(self.file(scope), scope)}
        servers: dict[str, Any] = {}
        for one, content in both.items():
            if content is not None:
                read_servers(content, one, str(self._files[one]))
                servers |= json.loads(content.decode("utf-8-sig")).get(TOP, {})
        return {TOP: servers}

    def write(self, scope: Scope, config: Mapping[str, Any]) -> None:
        """Have a file say `config`, all of it.

        Raises:
            SettingsError: It says something it cannot; the file is as it was.
            GrafftuiError: It cannot be written.
        """
        path = self.file(scope)
        content = checked_config(config, scope, str(path))
        if scope == "user":
            private_directory(path.parent)
        with new_file(path, force=True) as file:
            file.write(content)

    def change(self, scope: Scope, change: Callable[[dict[str, Any]], None]) -> None:
        """Have the person's own `change` made to the servers that a file names.

        A workspace that was trusted as it was stays so: nothing in it is new to the person.

        Raises:
            SettingsError: The file says something it cannot, before or afterwards.
            GrafftuiError: It cannot be written.
        """
        before = self._project.state() if scope == "local" else None
        config = self.read(scope)
        change(config[TOP])
        self.write(scope, config)
        if before is not None:
            self._project.trust_own(before, LOCAL, checked_config(config, scope, LOCAL))

    def scope_of(self, name: str) -> Scope:
        """Whose file names a server; that of the workspace counts first.

        Raises:
            NotFoundError: None does.
            SettingsError: A file says something it cannot.
        """
        there: list[str] = []
        wrong: SettingsError | None = None  # one file that is broken does not hide the other
        scopes: tuple[Scope, ...] = ("local", "user")
        for scope in scopes:
            try:
                found = self.read(scope)[TOP]
            except SettingsError as error:
                wrong = error
                continue
            if name in found:
                return scope
            there += found
        if wrong is not None:
            raise wrong
        words = f"no MCP server “{one_line(name, 64)}”"
        raise NotFoundError(words, hint=f"there are: {', '.join(there) or 'none'}")

    def file(self, scope: Scope) -> Path:
        """Where a scope's servers stand. Raises `UsageError`: no such scope."""
        if scope not in self._files:
            raise UsageError(f"no scope {scope!r}", hint="there are “user” and “local”")
        return self._files[scope]

    def _servers_of(self, scope: Scope) -> dict[str, Server]:
        content = self._trusted(scope)
        return read_servers(content, scope, str(self._files[scope])) if content is not None else {}

    def _trusted(self, scope: Scope) -> bytes | None:
        if scope == "local":
            return self._project.trusted_files().get(LOCAL)
        return _content(self._files[scope], scope)


def _complaint(health: Health) -> str:
    """What a person should know of a server, and do; "" for nothing."""
    name = health.server.name
    if health.state == "failed":
        return f"MCP server {name}: {health.error}."
    if health.state == "ready" and health.error:
        return f"MCP server {name} does not say which tools it has: {health.error}."
    if not health.waiting:
        return ""
    return (
        f"MCP server {name}: {health.waiting} of its {health.tools} tools are new or have changed,"
        " and are not used until they are approved: /mcp, or"
        f" grafftui mcp approve {shlex.quote(name)}."
    )


def _content(path: Path, scope: Scope) -> bytes | None:
    """What a file holds; None when there is none. A workspace's is not looked for behind a link."""
    follow = 0 if scope == "user" else os.O_NOFOLLOW
    try:
        descriptor = os.open(path, os.O_RDONLY | follow | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(
            f"cannot read {path}: {error.strerror}", hint="is it a link?"
        ) from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SettingsError(f"{path} is no file", hint="put a file there")
        try:
            return file.read(MOST_BYTES + 1)
        except OSError as error:
            raise GrafftuiError(f"cannot read {path}: {error.strerror}") from error
