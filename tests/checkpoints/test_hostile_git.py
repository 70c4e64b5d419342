"""A repository that tries to have something run, or to change a byte, while it is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from checkpoint_stage import Stage, git, sh, tree_of, unchanged_git

pytestmark = pytest.mark.needs("git")

ATTRIBUTES = "* filter=x diff=x ident eol=crlf text=auto\n"
CONFIG = """
[core]
\tfsmonitor = "touch {0}/fsmonitor; false"
\thooksPath = {0}/hooks
\tpager = "touch {0}/pager"
\tworktree = {0}
\tautocrlf = true
\texcludesFile = {0}/everything
[filter "x"]
\tclean = "touch {0}/clean; tr a-z A-Z"
\tsmudge = "touch {0}/smudge; tr a-z A-Z"
\tprocess = "touch {0}/process"
\trequired = true
[diff "x"]
\ttextconv = "touch {0}/textconv; cat"
[init]
\ttemplateDir = {0}/template
"""


@pytest.fixture
def canaries(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a file appears for whatever is run; the repository and the person's git are hostile."""
    place = tmp_path / "canaries"
    hooks = place / "template" / "hooks"
    hooks.mkdir(parents=True)
    (place / "everything").write_text("*\n")
    for name in ("reference-transaction", "post-index-change", "pre-auto-gc", "post-checkout"):
        for folder in (place / "hooks", hooks):
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(f"#!/bin/sh\ntouch {place}/hook\n")
            (folder / name).chmod(0o755)
    (root / ".gitattributes").write_text(ATTRIBUTES)
    sh(root, "printf 'lf\\n$Id$\\n' > lf; printf 'crlf\\r\\n' > crlf; git init -q")
    config = CONFIG.format(place)
    with open(root / ".git" / "config", "a") as file:
        file.write(config)
    Path(os.environ["HOME"], ".gitconfig").write_text(config)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(place / "elsewhere"))
    monkeypatch.setenv("GIT_TRACE", str(place / "trace"))
    return place


def ran(canaries: Path) -> list[str]:
    return sorted({*os.listdir(canaries)} - {"everything", "hooks", "template"})


def test_nothing_runs_and_no_byte_changes(stage: Stage, root: Path, canaries: Path) -> None:
    before = tree_of(root)
    with unchanged_git(root):
        turn = stage.begin()
        sh(root, "printf x >> lf; rm crlf; printf n > new; printf '*.o\\n' > .gitignore")
        stage.checkpoints.end(turn)
        after = tree_of(root)
        assert stage.undo(turn).left == {}
        assert tree_of(root) == before
        assert stage.redo().left == {}
        assert tree_of(root) == after
    assert ran(canaries) == []


def test_the_repository_is_hostile(root: Path, canaries: Path) -> None:
    git("-C", str(root), f"--work-tree={root}", "add", "-f", "lf")
    assert {"fsmonitor", "process"} <= {*ran(canaries)}


def test_a_git_in_the_workspace_is_not_run(
    stage: Stage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "git").write_text("#!/bin/sh\ntouch ran\n")
    (root / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(root))
    before = tree_of(root)
    turn = stage.turn("printf x > git; rm git")
    assert stage.undo(turn).left == {}
    assert tree_of(root) == before


def test_our_own_repository_is_one_that_git_reads(stage: Stage, root: Path) -> None:
    """What is kept are objects of git's: they outlive this program."""
    (root / "d").mkdir()
    (root / "d" / "a").write_text("mine\n")
    turn = stage.turn("printf 2 > d/a")
    (record,) = stage.store.checkpoints.of_conversation(stage.conversation, str(root))
    repository = str(stage.checkpoints.directory / "git")
    assert git("--git-dir", repository, "cat-file", "-p", f"{record.before}:d/a") == "mine\n"
    assert git("--git-dir", repository, "cat-file", "-p", f"{record.after}:d/a") == "2"
    assert git("--git-dir", repository, "fsck", "--full", "--strict") == ""
    assert record.turn_id == turn
