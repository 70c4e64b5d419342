"""Governed files below the root, which no kernel keeps a command from making, are told (R-35)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from grafftui.approvals import Confinement
from grafftui.sandboxes import LocalSandbox, watching
from grafftui.sandboxes.watching import MOST_LOOKS, Watch

pytestmark = pytest.mark.needs("bubblewrap", "git")

PLAIN = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}


class Watched:
    """A workspace, and what is told of commands held by bubblewrap in it."""

    def __init__(self, workspace: Path) -> None:
        self.root = workspace
        self.sandbox = LocalSandbox(workspace, engines=["bubblewrap"])
        assert self.sandbox.prove().proven
        self.held = Confinement("bubblewrap", "workspace-write")

    def told_of(self, script: str) -> list[str]:
        told = self.sandbox.watch(self.held)
        argv = ["/bin/bash", "--noprofile", "--norc", "-ec", script]
        process = self.sandbox.spawn(argv, self.root, PLAIN, self.held)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, (out, err)
        return [str(Path(path).relative_to(self.root)) for path in told()]

    def make(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        settle(self.root)
        return path


def settle(root: Path) -> None:
    """Go on when time stamps have, as they have between two commands in life."""
    probe = root.parent / "probe"
    probe.touch()
    until = probe.lstat().st_ctime_ns + 30_000_000
    while probe.lstat().st_ctime_ns < until:
        probe.touch()


@pytest.fixture
def watched(workspace: Path) -> Watched:
    return Watched(workspace)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("mkdir -p a/.vscode; echo x > a/.vscode/tasks.json", ["a/.vscode"]),
        ("mkdir a; echo x > a/.envrc; echo x > a/.mcp.json", ["a/.envrc", "a/.mcp.json"]),
        ("mkdir -p a/b/c/d/e/f/g; echo x > a/b/c/d/e/f/g/.envrc", ["a/b/c/d/e/f/g/.envrc"]),
        ("mkdir .hidden; echo x > .hidden/.envrc", [".hidden/.envrc"]),
        ("git init -q a/n; git -C a/n config core.fsmonitor /bin/evil", ["a/n/.git"]),
        ("echo x > .bash_login", [".bash_login"]),
    ],
)
def test_what_comes_to_be_is_told(watched: Watched, script: str, told: list[str]) -> None:
    assert watched.told_of(script) == told
    settle(watched.root)
    assert watched.told_of("true") == []


def test_a_link_is_told_and_nothing_is_held_any_more(watched: Watched) -> None:
    assert watched.told_of("mkdir a; ln -s /etc/passwd a/.envrc") == ["a/.envrc"]
    assert watched.sandbox.confinement("workspace-write") is None


@pytest.mark.parametrize(
    ("first", "then", "told"),
    [
        ("mkdir -p a/plain; echo > a/plain/tasks.json", "mv a/plain a/.vscode", "a/.vscode"),
        ("mkdir -p venv/x; echo > venv/x/.envrc", "mv venv/x a", "a/.envrc"),
        ("mkdir -p venv/x/y; echo > venv/x/y/.envrc", "mv venv/x a", "a/y/.envrc"),
    ],
)
def test_what_was_made_out_of_sight_is_told_when_it_is_moved(
    watched: Watched, first: str, then: str, told: str
) -> None:
    assert watched.told_of(first) == []
    settle(watched.root)
    assert watched.told_of(then) == [told]


def test_what_was_there_is_told_when_it_changes(watched: Watched) -> None:
    watched.make("a/b/c/d/.envrc")
    assert watched.told_of("cat a/b/c/d/.envrc; mkdir a/new; touch a/b/c/d/file") == []
    assert watched.told_of("echo y >> a/b/c/d/.envrc; touch -d 2001-01-01 a/b/c/d/.envrc") == [
        "a/b/c/d/.envrc"
    ]


def test_what_the_person_does_between_commands_is_not(watched: Watched) -> None:
    assert watched.told_of("mkdir a") == []
    watched.make("a/.envrc")
    assert watched.told_of("true") == []


def test_what_the_person_moves_between_commands_is_not(watched: Watched) -> None:
    watched.make("venv/x/.envrc")
    assert watched.told_of("true") == []
    settle(watched.root)
    (watched.root / "venv" / "x").rename(watched.root / "a")
    settle(watched.root)
    assert watched.told_of("true") == []
    assert watched.told_of("touch a/file") == []


def test_ordinary_commands_say_nothing(watched: Watched) -> None:
    subprocess.run(["git", "init", "-q", str(watched.root)], check=True)
    watched.make("a/file")
    settle(watched.root)
    commit = "git add . && git -c user.name=a -c user.email=a@b commit -qm x && git status -s"
    assert watched.told_of(f"{commit}; git gc -q; mkdir -p b/c; rm -r a") == []


def test_a_large_tree_costs_no_more_and_its_top_is_seen(workspace: Path) -> None:
    for number in range(MOST_LOOKS + 10):
        (workspace / "many" / str(number)).mkdir(parents=True)
    watch = Watch(os.path.realpath(workspace))
    settle(workspace)
    told = watch.begin()
    (workspace / "many" / ".envrc").touch()
    (workspace / "a").mkdir()
    (workspace / "a" / ".envrc").touch()
    assert told() == (f"{workspace}/a/.envrc", f"{workspace}/many/.envrc")
    assert len(watch._known) <= MOST_LOOKS


def test_what_is_not_read_the_first_time_is_the_next(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_NAMES", 10)
    folders = [workspace / f"d{number // 4}" / f"in{number}" for number in range(20)]
    for folder in folders:
        folder.mkdir(parents=True)
    settle(workspace)
    watch = Watch(os.path.realpath(workspace))
    told = watch.begin()
    for folder in folders:
        (folder / ".envrc").touch()
    found = set(told())
    assert len(found) < len(folders)
    for _ in folders:
        settle(workspace)
        found.update(watch.begin()())
    assert found == {f"{folder}/.envrc" for folder in folders}
    settle(workspace)
    assert watch.begin()() == ()
