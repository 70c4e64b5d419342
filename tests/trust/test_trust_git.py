"""R-14: what grafftui runs of git itself runs nothing else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hostile_folder import HostileFolder, make

from grafftui.cancellation import Cancellation
from grafftui.tools.listing import list_files
from grafftui.trust.git import environment, hardened

pytestmark = pytest.mark.needs("git")


@pytest.fixture
def repository(tmp_path: Path) -> HostileFolder:
    """A real one, with a commit, turned hostile."""
    path = tmp_path / "repository"
    path.mkdir()
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        (path / "a.txt").write_text("needle\n")
        identity = ["-c", "user.name=x", "-c", "user.email=x@localhost"]
        subprocess.run(["git", *identity, *arguments], cwd=path, check=True)
    shutil.copytree(path / ".git", tmp_path / "git")
    shutil.rmtree(path / ".git")
    folder = make(path, tmp_path / "canaries", 9)
    shutil.copytree(tmp_path / "git", path / ".git", dirs_exist_ok=True)
    with open(path / ".git/config", "a") as config:
        config.write(
            f'\tfsmonitor = "touch {folder.canaries}/fsmonitor; false"\n'
            f'\tpager = "touch {folder.canaries}/pager"\n'
            f'[core]\n\tfsmonitor = "touch {folder.canaries}/fsmonitor; false"\n'
            f'[diff]\n\texternal = "touch {folder.canaries}/external"\n'
            f'[diff "x"]\n\ttextconv = "touch {folder.canaries}/textconv; cat"\n'
        )
    return folder


def git(repository: HostileFolder, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("git")
    assert program is not None
    return subprocess.run(
        hardened(program, *arguments),
        cwd=repository.path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_repository_is_hostile(repository: HostileFolder) -> None:
    subprocess.run(["git", "status"], cwd=repository.path, capture_output=True, check=False)
    assert "fsmonitor" in repository.ran()


@pytest.mark.parametrize(
    "arguments",
    [
        ("ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        ("grep", "-n", "needle"),
        ("rev-parse", "--abbrev-ref", "HEAD"),
        ("cat-file", "-p", "HEAD:a.txt"),
        ("log", "-p"),
        ("show", "HEAD"),
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_nothing_of_it_runs(repository: HostileFolder, arguments: tuple[str, ...]) -> None:
    done = git(repository, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert repository.ran() == []


def test_the_list_of_files_of_a_hostile_repository(
    repository: HostileFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the composer asks for it, where there is no ripgrep."""
    only_git = tmp_path / "bin"
    only_git.mkdir()
    program = shutil.which("git")
    assert program is not None
    (only_git / "git").symlink_to(program)
    monkeypatch.setenv("PATH", str(only_git))
    assert "a.txt" in list_files(repository.path, Cancellation())
    assert repository.ran() == []
