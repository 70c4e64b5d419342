"""Sandboxes, and who asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grafftui import Graff


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    return root.resolve()


@pytest.fixture
def graff(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Graff]:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    made = Graff(cwd=str(workspace))
    yield made
    for one in made.list_sandboxes(engine="local"):
        made.get_sandbox(one["id"], engine="local").destroy()
    made.close()
