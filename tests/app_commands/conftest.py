"""The stages these tests play on."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.register_assert_rewrite("session.session_stage")

from corestage import Core, core  # noqa: E402
from session.session_stage import begin, workspace  # noqa: E402

__all__ = ["begin", "core", "git", "make_repository", "workspace"]

Git = Callable[..., str]


def git_in(folder: object, *arguments: str) -> str:
    """Run git there; what it says."""
    done = subprocess.run(
        ["git", *arguments], cwd=str(folder), capture_output=True, text=True, check=True
    )
    return done.stdout


def make_repository(folder: Path) -> Git:
    """Make `folder` a repository with one commit; what runs git in it."""
    git_in(folder, "init", "-q", "-b", "main")
    git_in(folder, "config", "user.name", "A")
    git_in(folder, "config", "user.email", "a@example.org")
    (folder / "a.txt").write_text("one\ntwo\n")
    git_in(folder, "add", ".")
    git_in(folder, "commit", "-q", "-m", "Begin at last")
    return lambda *arguments: git_in(folder, *arguments)


@pytest.fixture
def git(core: Core) -> Git:
    """The core's workspace as a repository."""
    return make_repository(core.workspace)
