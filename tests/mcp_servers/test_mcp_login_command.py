"""`grafftui mcp login` as a person has it: a terminal, a browser, a keyring, a server."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corestage import Core
from grafftui.history import Store
from grafftui.keys.sign_ins import SignIns
from grafftui.mcp import Server
from grafftui.settings.paths import Paths
from mcp_servers.sign_in_server import signing_in_server
from mcpstage import RAW

if TYPE_CHECKING:
    from keys.conftest import Desktop

BROWSER = f"""#!{sys.executable}
import sys, urllib.request
assert sys.argv[1].startswith("http://127.0.0.1:"), sys.argv
urllib.request.urlopen(sys.argv[1], timeout=10).read()
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH with a browser on it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "xdg-open").write_text(BROWSER)
    (folder / "xdg-open").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def has(core: Core, url: str) -> None:
    """Have the server in the person's file."""
    (core.home / "config").mkdir(parents=True)
    said = {"mcpServers": {"private": {"url": url}}}
    (core.home / "config" / "mcp.json").write_text(json.dumps(said))


def mcp(core: Core, *arguments: str, **environ: str) -> tuple[int, str]:
    """Exit code and all that was said, at a terminal."""
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "grafftui", "mcp", *arguments],
            cwd=core.workspace,
            env={**os.environ, **environ},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    return done.returncode, done.stdout.decode()


@pytest.mark.needs("dbus", "gnome-keyring")
def test_from_the_terminal_to_the_browser_to_the_keyring(
    core: Core, desktop: Desktop, path: str
) -> None:
    with signing_in_server() as (url, issuer):
        has(core, url)
        code, said = mcp(core, "login", "private", PATH=path, DISPLAY=":7")
        assert (code, said.endswith("signed in to private\n")) == (0, True), said
        access, refresh = issuer.given
        (entry,) = [name for name in desktop.items() if name.startswith("sign-in:")]
        assert access.encode() in desktop.items()[entry][1]
        for file in core.home.rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                assert access.encode() not in content and refresh.encode() not in content, file
        code, said = mcp(core, "test", "private")
        assert code == 0 and "private: ready, 1 tools" in said
        assert SignIns(core.home).delete(entry.removeprefix("sign-in:"))
        assert entry not in desktop.items()


def test_without_a_keyring_nothing_is_asked(core: Core, path: str) -> None:
    ring = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    with signing_in_server() as (url, issuer):
        has(core, url)
        code, said = mcp(core, "login", "private", PATH=path, DISPLAY=":7", **ring)
        assert code == 1 and "keyring" in said and "\n" not in said.strip()
        assert issuer.clients == {}


@pytest.mark.parametrize(("answer", "approved"), [(b"y\n", 8), (b"\n", 0)])
def test_at_a_terminal_a_yes_approves(core: Core, answer: bytes, approved: int) -> None:
    (core.home / "config").mkdir(parents=True)
    said = {"mcpServers": {"docs": {"command": sys.executable, "args": ["-S", "-E", RAW]}}}
    (core.home / "config" / "mcp.json").write_text(json.dumps(said))
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "grafftui", "mcp", "approve", "docs"],
        cwd=core.workspace,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,  # where the question goes
    ) as process:
        os.close(theirs)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(ours, 65_536)
        os.write(ours, answer)
        assert process.wait(60) == (0 if approved else 1)
    os.close(ours)
    with Store.open(Paths.from_environment()) as store:
        rows = store.mcp_pins.of(Server("docs", "user", sys.executable, ("-S", "-E", RAW)).identity)
    assert len(rows) == approved
