"""Listing and naming the files of a workspace."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from pathlib import Path

import pytest

from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError
from grafftui.tools import listing
from grafftui.tools.listing import list_files
from grafftui.ui import fuzzy
from grafftui.ui.files import FileNames, mention

TREE = ["README.md", "src/app.py", "src/parser.py", ".github/ci.yml", "build/out.o"]
LISTED = [".github/ci.yml", ".gitignore", "README.md", "src/app.py", "src/parser.py"]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in TREE:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / ".gitignore").write_text("build/\n")
    return tmp_path


def initialise(workspace: Path) -> None:
    subprocess.run(["git", "init", "-q", str(workspace)], check=True)


def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *programs: str) -> None:
    """A PATH with nothing but these programs."""
    folder = tmp_path.parent / f"{tmp_path.name}-programs"
    folder.mkdir()
    for program in programs:
        found = listing.shutil.which(program)
        assert found is not None
        (folder / program).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.needs("ripgrep", "git")
def test_with_ripgrep(workspace: Path) -> None:
    initialise(workspace)
    assert list_files(workspace, Cancellation()) == LISTED


@pytest.mark.needs("git")
def test_with_git(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    initialise(workspace)
    only(monkeypatch, workspace, "git")
    assert list_files(workspace, Cancellation()) == LISTED


@pytest.mark.needs("git")
def test_git_runs_no_program_the_repository_names(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    initialise(workspace)
    trap = workspace / "trap.sh"
    trap.write_text(f"#!/bin/sh\necho > {workspace}/sprung\n")
    trap.chmod(0o755)
    subprocess.run(["git", "-C", str(workspace), "config", "core.fsmonitor", str(trap)], check=True)
    subprocess.run(["git", "-C", str(workspace), "add", "README.md"], check=True)
    (workspace / "sprung").unlink()  # by adding, which shows that the trap works
    only(monkeypatch, workspace, "git")
    assert "README.md" in list_files(workspace, Cancellation())
    assert not (workspace / "sprung").exists()


def test_with_neither(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace / ".git").mkdir()
    only(monkeypatch, workspace)
    assert list_files(workspace, Cancellation()) == LISTED


def test_a_program_of_the_workspace_is_not_run(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = workspace / "rg"
    fake.write_text(f"#!/bin/sh\necho > {workspace}/sprung\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(workspace))
    assert "README.md" in list_files(workspace, Cancellation())
    assert not (workspace / "sprung").exists()


def test_cancelled(workspace: Path) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(AbortedError):
        list_files(workspace, cancellation)


def test_no_more_than_the_most(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_FILES", 2)
    assert len(list_files(workspace, Cancellation())) == 2


async def test_completing(workspace: Path) -> None:
    names = FileNames()
    assert await names.complete(str(workspace), "parser") == ["src/parser.py"]
    assert (await names.complete(str(workspace), ""))[0] in ("README.md", ".gitignore")


async def test_listed_once_until_refreshed() -> None:
    calls: list[str] = []

    def lister(root: str, _: Cancellation) -> list[str]:
        calls.append(root)
        return ["a.py", "b.py"]

    names = FileNames(lister)
    await asyncio.gather(*(names.complete("/w", query) for query in ("a", "b", "")))
    await names.complete("/v", "")
    assert sorted(calls) == ["/v", "/w"]
    names.refresh("/w")
    await names.complete("/w", "a")
    assert sorted(calls) == ["/v", "/w", "/w"]


async def test_listing_does_not_run_on_the_event_loop() -> None:
    threads: list[int] = []

    def lister(root: str, _: Cancellation) -> list[str]:
        threads.append(threading.get_ident())
        return []

    await FileNames(lister).complete("/w", "")
    assert threads != [threading.get_ident()]


async def test_ranking_does_not_either(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def rank(query: str, names: list[str]) -> list[int]:
        threads.append(threading.get_ident())
        return []

    monkeypatch.setattr(fuzzy, "rank", rank)
    await FileNames(lambda root, _: ["a.py"]).complete("/w", "a")
    assert len(threads) == 1
    assert threads != [threading.get_ident()]


async def test_a_failure_is_not_kept() -> None:
    answers: list[list[str]] = [["a.py"]]

    def lister(root: str, _: Cancellation) -> list[str]:
        if not threads_failed:
            threads_failed.append(True)
            raise OSError("gone")
        return answers[0]

    threads_failed: list[bool] = []
    names = FileNames(lister)
    with pytest.raises(OSError, match="gone"):
        await names.complete("/w", "")
    assert await names.complete("/w", "a") == ["a.py"]


async def test_names_that_cannot_be_drawn_are_left_out(tmp_path: Path) -> None:
    for name in (b"fine.py", b"e\x1b[2Jvil", b"new\nline", b"bad\xff", "b\u202eidi".encode()):
        with open(os.path.join(os.fsencode(tmp_path), name), "w"):
            pass
    assert await FileNames().complete(str(tmp_path), "") == ["fine.py"]


def test_mentions() -> None:
    assert mention("src/app.py") == "@src/app.py"
    assert mention("two words.txt") == '@"two words.txt"'
