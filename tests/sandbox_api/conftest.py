"""Sandboxes, and who asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from corestage import core  # noqa: F401
from fakes.cloud_machines import Machines
from fakes.sandbox_gateway import KEY, FakeGateway
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


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    """The gateway that the environment leads to; every request has to be as it must be."""
    machines = Machines(tmp_path / "cloud")
    with closing(machines), FakeGateway(machines) as fake:
        monkeypatch.setenv("CODEGRAFF_GATEWAY_URL", fake.url + "/")
        monkeypatch.setenv("CODEGRAFF_API_KEY", KEY)
        monkeypatch.setenv("GRAFFTUI_SANDBOX_ENGINE", "gateway")
        yield fake
    assert fake.flaws == []
