"""Output that is kept in files is bounded by age, number and size."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from tool_hands import Hands

from grafftui.tools import kept_files
from grafftui.tools.kept_files import new_file, sweep

DAY = 86_400


def kept(directory: Path, name: str, days: float, size: int = 1) -> Path:
    path = directory / name
    path.write_bytes(b"x" * size)
    then = time.time() - days * DAY
    os.utime(path, (then, then))
    return path


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_what_is_old_goes_and_nothing_else(tmp_path: Path) -> None:
    kept(tmp_path, "output-new.txt", 13)
    kept(tmp_path, "output-old.txt", 15)
    kept(tmp_path, "page-old.md", 400)
    kept(tmp_path, "somebody-else.txt", 400)
    (tmp_path / "output-folder").mkdir()
    aim = kept(tmp_path, "aim", 400)
    (tmp_path / "output-link").symlink_to(aim)
    assert sweep(tmp_path) == 2
    left = ["aim", "output-folder", "output-link", "output-new.txt", "somebody-else.txt"]
    assert names(tmp_path) == left
    assert sweep(tmp_path / "not there") == 0


def test_the_oldest_go_when_they_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_files, "MOST_FILES", 3)
    for days in range(5):
        kept(tmp_path, f"output-{days}.txt", days)
    assert sweep(tmp_path) == 2
    assert names(tmp_path) == ["output-0.txt", "output-1.txt", "output-2.txt"]


def test_the_oldest_go_when_they_are_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_files, "MOST_BYTES", 100)
    for days in range(4):
        kept(tmp_path, f"page-{days}.md", days, size=40)
    assert sweep(tmp_path) == 2
    assert names(tmp_path) == ["page-0.md", "page-1.md"]


def test_a_new_file_is_ours_alone_and_makes_room(tmp_path: Path) -> None:
    directory = tmp_path / "outputs"
    directory.mkdir()
    old = kept(directory, "output-old.txt", 15)
    descriptor, path = new_file(directory, "output-", ".txt")
    os.close(descriptor)
    assert not old.exists()
    assert (path.stat().st_mode & 0o777, directory.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_file_that_is_gone_is_said_to_be(hands: Hands) -> None:
    gone = hands.context.shell_output_dir / "output-gone.txt"
    assert "output-gone.txt" in hands.refused("read", file_path=str(gone))
