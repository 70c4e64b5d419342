"""Sandboxes that go with the process that made them, whatever becomes of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from corestage import wait_until
from fakes.sandbox_gateway import FakeGateway
from grafftui import Graff, NotFoundError, SandboxError
from grafftui.sandboxes.lasting.local.records import run_name

pytestmark = pytest.mark.needs("bubblewrap")


def noted(graff: Graff) -> list[str]:
    folder = graff.paths.data / "sandboxes" / "leaving"
    return sorted(path.name for path in folder.iterdir())


def test_it_goes_with_its_graff(graff: Graff, workspace: Path) -> None:
    stays = graff.create_sandbox()
    other = Graff(cwd=str(workspace))
    goes = other.create_sandbox(delete_on_exit=True)
    assert noted(graff) == [f"local.{goes.id}"]
    assert graff.prune_sandboxes() == [] and goes.exec("true")["exitCode"] == 0
    other.close()
    assert noted(graff) == []
    assert [one["id"] for one in graff.list_sandboxes()] == [stays.id]


def test_one_that_is_gone_already(graff: Graff, workspace: Path) -> None:
    other = Graff(cwd=str(workspace))
    other.create_sandbox(delete_on_exit=True).destroy()
    other.close()
    assert noted(graff) == []


def test_one_that_cannot_be_noted_is_not_made(graff: Graff) -> None:
    place = graff.paths.data / "sandboxes" / "leaving"
    place.parent.mkdir(parents=True)
    place.write_text("in the way")
    with pytest.raises(SandboxError, match="cannot note"):
        graff.create_sandbox(delete_on_exit=True)
    assert graff.list_sandboxes() == []
    place.unlink()


_KILLED = """
import os, signal, sys
from grafftui import Graff
print(Graff(cwd=sys.argv[1]).create_sandbox(delete_on_exit=True).id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_goes_after_a_kill(graff: Graff, workspace: Path) -> None:
    words = [sys.executable, "-c", _KILLED, str(workspace)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        made = program.stdout.readline().strip()
    wait_until(lambda: not run_name(program.pid))
    assert graff.get_sandbox(made).info()["state"] == "started"
    assert graff.prune_sandboxes() == [f"the local sandbox {made}, whose program is gone"]
    with pytest.raises(NotFoundError):
        graff.get_sandbox(made)
    assert noted(graff) == []


def test_a_gateway_that_fails_is_asked_again(
    graff: Graff, gateway: FakeGateway, workspace: Path
) -> None:
    other = Graff(cwd=str(workspace))
    made = other.create_sandbox(delete_on_exit=True)
    gateway.faults.append({"status": 409, "on": "destroy"})
    other.close()
    assert noted(graff) == [f"gateway.{made.id}"]
    gateway.faults.append({"status": 402, "on": "destroy"})
    assert graff.prune_sandboxes() == [] and noted(graff) != []
    assert graff.prune_sandboxes() == [f"the gateway sandbox {made.id}, whose program is gone"]
    assert graff.list_sandboxes() == [] and noted(graff) == []
