"""What governed files said before and say after: for what no kernel keeps from being written."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from grafftui.approvals import governed
from grafftui.sandboxes import changes, governed_fingerprint
from grafftui.sandboxes.protected import GIT_PARTS, PLACEHOLDERS, protections


@pytest.fixture
def repository(workspace: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(workspace)], check=True)
    (workspace / "a" / "b" / "c" / "d").mkdir(parents=True)
    (workspace / ".vscode").mkdir()
    (workspace / ".vscode" / "settings.json").write_text("{}")
    return workspace


def changed_by(root: Path, act: Callable[[], object]) -> list[str]:
    before = governed_fingerprint(str(root))
    act()
    paths = changes(before, governed_fingerprint(str(root)))
    return [str(Path(path).relative_to(root)) for path in paths]


@pytest.mark.needs("git")
@pytest.mark.parametrize(
    "name",
    [
        ".mcp.json",
        ".vscode/settings.json",
        ".vscode/new/tasks.json",
        "a/b/c/d/.envrc",
        ".git/hooks/pre-commit",
        ".git/config",
        ".git/commondir",
        ".git/config.worktree",
    ],
)
def test_what_is_written_is_told(repository: Path, name: str) -> None:
    path = repository / name

    def write() -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")

    assert changed_by(repository, write) == [name]
    assert changed_by(repository, lambda: path.chmod(0o777)) == [name]
    assert changed_by(repository, path.unlink) == [name]
    assert changed_by(repository, lambda: path.symlink_to("/etc/passwd")) == [name]


@pytest.mark.needs("git")
def test_an_ordinary_commit_changes_nothing_governed(repository: Path) -> None:
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@b"]

    def commit() -> None:
        (repository / "a" / "file").write_text("x")
        subprocess.run([*git, "add", "a"], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)

    assert changed_by(repository, commit) == []


def test_what_is_protected_is_governed() -> None:
    """One list: what the sandbox holds, the tools ask about."""
    for name in PLACEHOLDERS:
        assert governed.governed(f"/w/{name}"), name
    for name in GIT_PARTS:
        assert governed.governed(f"/w/.git/{name}"), name


def test_what_is_governed_is_protected_where_it_stands(workspace: Path) -> None:
    names = sorted({*governed._DIRECTORIES, *governed._FILES} - {".git"})
    for name in names:
        (workspace / "deep" / name).mkdir(parents=True)
        (workspace / name).mkdir()
    existing = protections(str(workspace)).existing
    for name in names:
        assert f"{workspace}/{name}" in existing and f"{workspace}/deep/{name}" in existing


def test_a_large_workspace_does_not_hide_what_lies_on_top(workspace: Path) -> None:
    for number in range(5_000):
        (workspace / f"file{number}").touch()
    (workspace / ".mcp.json").touch()
    held = protections(str(workspace))
    assert f"{workspace}/.mcp.json" in held.existing and f"{workspace}/.envrc" in held.missing
