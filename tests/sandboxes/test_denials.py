"""What a command was kept from, and the smallest grant that would let it pass."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from grafftui.approvals import Confinement, Denial
from grafftui.sandboxes import LocalSandbox

HELD = Confinement("bubblewrap", "workspace-write")
NETWORK = replace(HELD, network=True)


@pytest.fixture
def sandbox(workspace: Path, own: Path) -> LocalSandbox:
    return LocalSandbox(workspace, [own])


def told(
    sandbox: LocalSandbox, output: str, held: Confinement = HELD, code: int = 1
) -> Denial | None:
    return sandbox.denial(output.encode(), code, held)


@pytest.mark.parametrize(
    ("output", "host"),
    [
        ("curl: (6) Could not resolve host: example.com", "example.com"),
        ("fatal: unable to access 'https://g.org/x/': Could not resolve host: g.org", "g.org"),
        (
            "ssh: Could not resolve hostname box.lan: Temporary failure",
            "box.lan",
        ),
        ("npm error getaddrinfo EAI_AGAIN packages.example.org", "packages.example.org"),
        ("wget: unable to resolve host address 'a.example'", "a.example"),
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", ""),
        ("    s = socket.socket()  PermissionError: [Errno 1] Operation not permitted", ""),
        ("ping: socket: Operation not permitted", ""),
        ("bash: connect: Operation not permitted", ""),
        ("dial tcp: lookup proxy.example.org: operation not permitted", "proxy.example.org"),
        ("E: Temporary failure resolving 'deb.example.org'", "deb.example.org"),
    ],
)
def test_the_network_is_off(sandbox: LocalSandbox, output: str, host: str) -> None:
    words = f"network is off: {host}" if host else "network is off"
    assert told(sandbox, f"first\n{output}\nlast") == Denial(words, NETWORK)
    assert told(sandbox, output, NETWORK) is None


@pytest.mark.parametrize(
    "output",
    [
        "touch: cannot touch '{}/a/new': Read-only file system",
        "bash: line 1: {}/a/new: Read-only file system",
        "sh: 1: cannot create {}/a/new: Read-only file system",
        "OSError: [Errno 30] Read-only file system: '{}/a/new'",
        "Error: EROFS: read-only file system, open '{}/a/new'",
        "mv: cannot move 'here' to '{}/a/new': Read-only file system",
        "mkdir: cannot create directory ‘{}/a/new’: Permission denied",
    ],
)
def test_read_only_outside_the_workspace(sandbox: LocalSandbox, visible: Path, output: str) -> None:
    (visible / "a").mkdir()
    denial = told(sandbox, output.format(visible))
    assert denial is not None
    assert denial.words == f"read-only outside the workspace: {visible}/a/new"
    assert denial.grant == replace(HELD, writable=(f"{visible}/a",))


def test_no_grant_makes_a_home_writable(
    sandbox: LocalSandbox, visible: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(visible))
    denial = told(sandbox, "bash: line 1: ~/new: Read-only file system")
    assert denial == Denial(f"read-only outside the workspace: {visible}/new", None)


def test_a_read_only_workspace(sandbox: LocalSandbox) -> None:
    held = Confinement("bubblewrap", "read-only")
    for name in ("new", "./new", "sub/new"):
        denial = told(sandbox, f"touch: cannot touch '{name}': Read-only file system", held)
        assert denial == Denial("the workspace is read-only", HELD)


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("bash: line 1: .mcp.json: Is a directory", ".mcp.json"),
        ("mkdir: cannot create directory ‘.vscode/x’: Read-only file system", ".vscode/x"),
        ("bash: line 1: .git/hooks/pre-commit: Read-only file system", ".git/hooks/pre-commit"),
        ("error: could not lock config file .git/config: Device or resource busy", ".git/config"),
        ("touch: cannot touch '.envrc/x': Read-only file system", ".envrc/x"),
    ],
)
def test_protected(sandbox: LocalSandbox, output: str, what: str) -> None:
    assert told(sandbox, output) == Denial(f"protected: {what} decides what programs do", None)


def test_hidden_secrets(sandbox: LocalSandbox, own: Path) -> None:
    for refused in ("No such file or directory", "Permission denied"):
        denial = told(sandbox, f"cat: {own}/key: {refused}")
        assert denial == Denial(f"secrets are hidden: {own}/key", None)
    assert told(sandbox, f"cat: {own}/never: No such file or directory") is None


def test_another_architecture(sandbox: LocalSandbox) -> None:
    for code in (159, -31):
        denial = told(sandbox, "", code=code)
        assert denial is not None and "architecture" in denial.words and denial.grant is None


def test_a_sandbox_that_could_not_be_made(sandbox: LocalSandbox) -> None:
    denial = told(sandbox, "bwrap: Can't chdir to /tmp/x: No such file or directory")
    words = "the sandbox could not be set up: Can't chdir to /tmp/x: No such file or directory"
    assert denial == Denial(words, None)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "error: test failed",
        "cat: missing: No such file or directory",
        "bash: line 1: ./script: Permission denied",
        "grep: /proc/1/environ: Permission denied",
        "\0\udcff: Permission denied".encode("utf-8", "surrogateescape").decode("latin-1"),
        "a" * 500_000,
        "'" * 500_000 + ": Permission denied",
        ("x" * 300 + ": ") * 2_000 + "Read-only file system",
    ],
)
def test_what_the_sandbox_has_no_part_in(sandbox: LocalSandbox, output: str) -> None:
    assert told(sandbox, output) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_what_nobody_may_write_is_not_the_sandbox_s_doing(sandbox: LocalSandbox) -> None:
    assert told(sandbox, "touch: cannot touch '/etc/x': Permission denied") is None
