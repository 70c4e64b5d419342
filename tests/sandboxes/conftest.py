"""Directories for sandboxes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from boxes import ENGINES, Box
from staging import visible_place

from grafftui.sandboxes import LocalSandbox


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    return root.resolve()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A directory of grafftui's own."""
    root = tmp_path / "own"
    root.mkdir()
    (root / "key").write_text("the secret")
    return root.resolve()


@pytest.fixture
def visible() -> Iterator[Path]:
    """A directory outside the workspace that is not hidden inside: not in /tmp, /run, /var/tmp."""
    path = Path(tempfile.mkdtemp(prefix=".sandbox-test-", dir=visible_place()))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def bwrap(workspace: Path, own: Path) -> Box:
    return Box(LocalSandbox(workspace, [own], engines=["bubblewrap"]), workspace)


@pytest.fixture
def landlock(workspace: Path, own: Path) -> Box:
    return Box(LocalSandbox(workspace, [own], engines=["landlock"]), workspace)


@pytest.fixture(params=ENGINES)
def box(request: pytest.FixtureRequest, workspace: Path, own: Path) -> Box:
    return Box(LocalSandbox(workspace, [own], engines=[request.param]), workspace)
