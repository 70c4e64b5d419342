"""No held command leads git to another git directory, whose settings would run code (R-35)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from boxes import ENGINES, PLAIN, Box, until

from grafftui.approvals import Confinement
from grafftui.sandboxes import LocalSandbox
from grafftui.sandboxes.placeholders import FILES, is_placeholder

pytestmark = pytest.mark.needs("bubblewrap", "git")

ENVIRONMENT = {**PLAIN, "GIT_CONFIG_NOSYSTEM": "1"}
EVIL = (
    "mkdir evil; cp -r {0}/.git/objects {0}/.git/refs evil/; cp {0}/.git/config evil/config;"
    "printf '[core]\\n\\tfsmonitor = \"touch {1}; false\"\\n' >> evil/config;"
    "echo $PWD/evil > {0}/.git/commondir"
)


def git(directory: Path, *words: str) -> str:
    argv = ["git", "-C", str(directory), "-c", "user.name=a", "-c", "user.email=a@b", *words]
    return subprocess.run(argv, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout


@pytest.fixture(params=[".", "sub"])
def repository(request: pytest.FixtureRequest, workspace: Path) -> Path:
    """At the top of the workspace, or in it."""
    found = workspace / request.param
    git(workspace, "init", "-q", "-b", "main", str(found))
    (found / "a").write_text("a\n")
    git(found, "add", "a")
    git(found, "commit", "-q", "-m", "one")
    return found


def free_of_placeholders(repository: Path) -> None:
    until(lambda: not any((repository / ".git" / name).exists() for name in FILES))


def test_a_common_directory_cannot_be_named(repository: Path, bwrap: Box, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    assert bwrap(EVIL.format(repository, canary))[0] != 0
    for script in ("rm {0}", "mv {0} away", "ln {0} other", "echo x > x && mv x {0}"):
        assert bwrap(script.format(repository / ".git" / "commondir"))[0] != 0, script
    git(repository, "status")
    assert not canary.exists()
    free_of_placeholders(repository)


def test_settings_of_a_worktree_cannot_be_made(repository: Path, bwrap: Box) -> None:
    git(repository, "config", "extensions.worktreeConfig", "true")
    settings = repository / ".git" / "config.worktree"
    code, out, err = bwrap(f"echo x > {settings}")
    denial = bwrap.sandbox.denial((out + err).encode(), code, bwrap.held())
    assert denial is not None and denial.words.startswith("protected: ")
    assert (
        bwrap(
            f"git -C {repository} status -s && git -C {repository} commit --allow-empty -qm x"
            " --author 'a <a@b>'"
        )[2].count("unable to access")
        == 0
    )
    free_of_placeholders(repository)


def test_git_works_inside_and_out_while_a_command_runs(repository: Path, bwrap: Box) -> None:
    script = (
        "set -e; cd {0}; export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a"
        " GIT_COMMITTER_EMAIL=a@b; echo b > b; git add b; git commit -qm two; git checkout -qb x;"
        " echo c > b; git stash -q; git stash pop -q; git commit -qam three; git checkout -q main;"
        " git commit -q --allow-empty -m four; git rebase -q x; git tag t; git gc -q;"
        " git worktree list; git status -s; git fsck; git log --format=%s; echo done; sleep 1000"
    )
    process = bwrap.start(script.format(repository))
    assert process.stdout
    said = []
    while (line := process.stdout.readline().decode()) not in ("done\n", ""):
        said.append(line.strip())
    assert said[-4:] == ["four", "three", "two", "one"], (said, process.poll())
    assert is_placeholder(str(repository / ".git" / "commondir"))
    assert git(repository, "log", "--format=%s").split() == ["four", "three", "two", "one"]
    assert git(repository, "status", "-s") == ""
    process.kill()
    process.communicate()
    free_of_placeholders(repository)


def test_a_repository_with_another_work_tree_keeps_it_and_cannot_be_written(
    workspace: Path, bwrap: Box
) -> None:
    """Git passes over `core.worktree` where a `commondir` is."""
    git(workspace, "init", "-q")
    (workspace / "there").mkdir()
    git(workspace, "config", "core.worktree", "../there")
    (workspace / "there" / "file").touch()
    assert bwrap("git -C there status -s") == (0, "?? file\n", "")
    assert bwrap("echo x > .git/commondir")[0] != 0
    assert bwrap("echo x > .git/new")[0] != 0


def test_what_stands_there_already_stays(repository: Path, bwrap: Box) -> None:
    own = repository / ".git" / "commondir"
    own.write_text(".\n")
    assert bwrap(f"echo x > {own}")[0] != 0
    assert bwrap("true")[0] == 0 and own.read_text() == ".\n"


def test_a_placeholder_of_two_names_is_none(tmp_path: Path) -> None:
    """Through the other name it could be written."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.write_bytes(content)
        os.utime(path, ns=(1_000_000_007, 1_000_000_007))
        assert is_placeholder(str(path))
        os.link(path, tmp_path / "other")
        assert not is_placeholder(str(path))
        (tmp_path / "other").unlink()
        path.write_bytes(b"../evil\n")
        os.utime(path, ns=(1_000_000_007, 1_000_000_007))
        assert not is_placeholder(str(path))


def test_deep_down_it_is_told(workspace: Path) -> None:
    deep = workspace / "a" / "b" / "c" / "d" / "e"
    git(workspace, "init", "-q", str(deep))
    for engine in ENGINES:
        sandbox = LocalSandbox(workspace, engines=[engine])
        box = Box(sandbox, workspace)
        told = sandbox.watch(Confinement(engine, "workspace-write"))
        made = deep / ".git" / "commondir"
        assert box(f"echo /evil > {made}")[0] == 0
        assert str(made) in told()
        made.unlink()
