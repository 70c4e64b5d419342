"""A file system of 2 MB, and how it is filled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / "small"
    where.mkdir()
    if sys.platform != "linux":
        pytest.skip("there is no tmpfs here")
    command = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(where)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk is not permitted here")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


def fill(disk: Path, leaving: int) -> Path:
    """Fill it until so many bytes are free; the file that does."""
    ballast = disk / "ballast"
    with ballast.open("ab") as file:
        file.write(b"x" * max(0, shutil.disk_usage(disk).free - leaving))
        file.flush()
        os.fsync(file.fileno())
    return ballast
