"""Where proofs are made: nothing of it stays in a home, also not of a proof that was killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grafftui.sandboxes import LocalSandbox
from grafftui.sandboxes.ground import prepared_ground

PROVING = """
import sys
from grafftui.sandboxes.ground import prepared_ground
with prepared_ground(sys.argv[1]) as (ground, _):
    open(ground.outside, "w").close()
    print(ground.directory, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(visible: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is there inside too."""
    monkeypatch.setenv("HOME", str(visible))
    return visible


@contextmanager
def proving(workspace: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process in the middle of a proof, and its ground."""
    argv = [sys.executable, "-c", PROVING, str(workspace)]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


@pytest.mark.needs("bubblewrap")
def test_what_a_killed_proof_left_goes_with_the_next(place: Path, workspace: Path) -> None:
    with proving(workspace) as (process, left):
        process.kill()
        process.wait()
        assert left.parent == place and sorted(path.name for path in left.iterdir()) == [
            *("outside", "pipe", "secret", "socket")
        ]
        assert LocalSandbox(workspace).prove().proven
    assert not list(place.iterdir())


def test_a_proof_that_is_made_is_let_alone(place: Path, workspace: Path) -> None:
    with proving(workspace) as (_, other):
        with prepared_ground(str(workspace)):
            assert (other / "secret").exists()
        assert list(place.iterdir()) == [other]


def test_what_no_proof_made_stays(place: Path, workspace: Path) -> None:
    more, open_to_all, link = (place / f".grafftui-proof-{name}" for name in ("a", "b", "c"))
    more.mkdir(mode=0o700)
    (more / "secret").touch()
    (more / "thesis").touch()
    open_to_all.mkdir(mode=0o755)
    elsewhere = workspace / "secret"
    elsewhere.touch()
    workspace.chmod(0o700)
    link.symlink_to(workspace)
    with prepared_ground(str(workspace)):
        pass
    assert sorted(place.iterdir()) == [more, open_to_all, link]
    assert len(list(more.iterdir())) == 2 and elsewhere.exists()
