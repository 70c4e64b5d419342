"""R-30, R-37, R-38: a folder nobody has trusted starts nothing, reaches nothing, sets nothing.

Watched from outside, by strace: what is executed, connected to and written there is what is in
an empty folder.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hostile_folder import SECRET_WORDS, TRACED, HostileFolder, Seen, make, seen_in

from corestage import MODEL, Core, environment
from fakes.server import FakeProvider
from fakes.steps import text
from ptyharness import start

SCRIPT = str(Path(sys.executable).with_name("grafftui"))
WAYS = {"script": [SCRIPT], "module": [sys.executable, "-m", "grafftui"]}
both_ways = pytest.mark.parametrize("way", list(WAYS))


@pytest.fixture
def hostile(core: Core, tmp_path: Path) -> Iterator[HostileFolder]:
    """The folder is the workspace, and the current folder."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        yield make(core.workspace, tmp_path / "canaries", trap.getsockname()[1])


def empty(tmp_path: Path) -> Path:
    """A folder with nothing in it."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


PROOF = {
    "/usr/bin/bwrap",
    "/bin/bash",
    os.path.realpath(sys.executable),
    *(f"{sys.prefix}/bin/{n}" for n in ("python", "python3")),
}
"""What the sandbox is tried with, in the background: a session may end before that does."""


def bound_for_others(call: str) -> bool:
    """Whether it gives a socket an address, but for the proof's own and bubblewrap's netlink."""
    ours = "/.grafftui-proof-" in call or "AF_NETLINK" in call
    return call.startswith("bind(") and not ours


def environ(home: Path, folder: Path, fake: FakeProvider) -> dict[str, str]:
    """Ours, as a shell in the folder has it."""
    own = {
        "GRAFFTUI_HOME": str(home),
        "PWD": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TERM": "xterm-256color",
    }
    return {**os.environ, **own, **environment(fake.url)}


def traced(log: Path, argv: Sequence[str]) -> list[str]:
    return ["strace", "-f", "-qq", "-s", "512", "-o", str(log), "-e", f"trace={TRACED}", *argv]


def run_argv(way: str) -> list[str]:
    model = ["--provider", "openai_compatible", "--model", MODEL]
    return [*WAYS[way], "run", *model, "--untrusted", "hello"]


def port_of(fake: FakeProvider) -> int:
    return int(fake.url.split(":")[2].split("/")[0])


def did_nothing_more(seen: Seen, plain: Seen, folder: HostileFolder, home: Path) -> None:
    """Nothing was done because of the folder: only what is done in an empty one as well."""
    assert folder.ran() == []
    assert set(seen.programs) <= {*plain.programs} | PROOF
    assert set(seen.ports) == set(plain.ports)
    assert set(seen.sockets) <= set(plain.sockets)
    assert [call for call in seen.listening if bound_for_others(call)] == []
    assert [path for path in seen.written if path.startswith(f"{folder.path}/")] == []
    usual = {tree(path) for path in plain.written} | {"/dev", str(home)}
    assert [path for path in seen.written if tree(path, home) not in usual] == []


def tree(path: str, home: Path | None = None) -> str:
    """Which part of the system a path is in: the home, or a directory of the root."""
    if home is not None and (path == str(home) or path.startswith(f"{home}/")):
        return str(home)
    return "/" + path.split("/")[1] if path.startswith("/") else "."


@pytest.mark.needs("strace")
@both_ways
def test_a_turn_without_the_screen(
    core: Core, hostile: HostileFolder, tmp_path: Path, way: str
) -> None:
    fake = core.provider([text("Hello.")], [text("Hello.")])

    def turn(folder: Path, home: Path) -> Seen:
        log = tmp_path / f"strace of {folder.name}"
        done = subprocess.run(
            traced(log, run_argv(way)),
            cwd=folder,
            env=environ(home, folder, fake),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, b"Hello.\n"), done.stderr
        return seen_in(log)

    plain = turn(empty(tmp_path), tmp_path / "other home")
    seen = turn(hostile.path, core.home)
    assert set(seen.ports) == {port_of(fake)}
    did_nothing_more(seen, plain, hostile, core.home)
    assert SECRET_WORDS not in json.dumps([request.body for request in fake.requests])


@pytest.mark.needs("strace")
@both_ways
def test_the_screen_before_and_after_the_first_prompt(
    core: Core, hostile: HostileFolder, tmp_path: Path, way: str
) -> None:
    fake = core.provider([text("Hello there.")], [text("Hello there.")])
    argv = [*WAYS[way], "--provider", "openai_compatible", "--model", MODEL]

    def session(folder: Path, home: Path) -> tuple[Seen, Seen]:
        log = tmp_path / f"strace of {folder.name}"
        env = environ(home, folder, fake)
        with start(traced(log, argv), cwd=folder, env=env) as term:
            term.wait_for("›", timeout=60)
            term.wait_for(lambda t: 2048 in t.emulator.modes, timeout=60)
            term.type("hello")
            term.wait_for("hello", timeout=60)
            before = seen_in(log)
            term.press("enter")
            term.wait_for("Hello there.", timeout=60)
            term.press("ctrl+q")
            assert term.wait_exit(60) == 0
        return before, seen_in(log)

    _, plain = session(empty(tmp_path), tmp_path / "other home")
    before, after = session(hostile.path, core.home)
    assert before.ports == []
    assert set(after.ports) == {port_of(fake)}
    did_nothing_more(after, plain, hostile, core.home)
    assert SECRET_WORDS not in json.dumps([request.body for request in fake.requests])


@pytest.mark.parametrize("trusted", [False, True])
def test_no_value_and_no_module_of_it_in_our_process(
    core: Core, hostile: HostileFolder, trusted: bool
) -> None:
    """R-37, R-38, seen from inside; and R-31: a trusted folder sets none of it either."""
    fake = core.provider([text("Hello.")])
    if trusted:
        assert core.command(fake).run("trust", "--yes").returncode == 0
    program = f"""
import os, sys
before = dict(os.environ)
from grafftui.__main__ import main
code = main({run_argv("script")[1:]!r})
assert dict(os.environ) == before, set(os.environ.items()) ^ set(before.items())
files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
assert not [file for file in files if file.startswith({str(hostile.path)!r})]
sys.exit(code)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=hostile.path,
        env=environ(core.home, hostile.path, fake),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"Hello.\n"), done.stderr
    assert hostile.ran() == (["mcp"] if trusted else [])  # a server of a trusted folder


def test_the_folder_would_do_it_if_it_could(hostile: HostileFolder) -> None:
    """The canaries sing: what the tests above see is not only that nothing is there."""
    subprocess.run([sys.executable, "-c", "import json"], cwd=hostile.path, check=True)
    subprocess.run(["sh", hostile.path / ".git/hooks/pre-commit"], check=True)
    subprocess.run(["sh", hostile.path / ".envrc"], check=True)
    assert hostile.ran() == ["envrc", "hook-pre-commit", "module-json"]
