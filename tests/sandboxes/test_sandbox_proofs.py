"""Nothing is held before it is shown to be (T33)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from boxes import ENGINES, script_at, until

from grafftui.approvals import Confinement
from grafftui.sandboxes import LocalSandbox, Proof
from grafftui.sandboxes.proof import Engine

pytestmark = pytest.mark.needs("bubblewrap", "git")


def proof_with(program: Path, workspace: Path, *engines: Engine) -> tuple[LocalSandbox, Proof]:
    sandbox = LocalSandbox(workspace, places=[program], engines=engines or ENGINES)
    return sandbox, sandbox.prove()


def test_nothing_is_held_before_it_is_proven(workspace: Path) -> None:
    sandbox = LocalSandbox(workspace)
    assert sandbox.proof is None and sandbox.confinement("read-only") is None
    with pytest.raises(OSError, match="not shown"):
        sandbox.spawn(["true"], workspace, {}, Confinement("bubblewrap", "read-only"))


def test_the_better_engine_is_used_and_named(workspace: Path) -> None:
    proof = LocalSandbox(workspace).prove()
    assert (proof.engine, proof.words, proof.failures) == (
        "bubblewrap",
        "bubblewrap holds commands",
        (),
    )


def test_a_proof_is_made_once(workspace: Path) -> None:
    sandbox = LocalSandbox(workspace)
    assert sandbox.prove() is sandbox.prove() is sandbox.proof


def test_t33_bubblewrap_is_missing(workspace: Path, tmp_path: Path) -> None:
    _, proof = proof_with(tmp_path / "none", workspace)
    assert proof.engine == "landlock"
    assert proof.words == "Landlock holds commands (bubblewrap: bubblewrap is not installed)"
    assert any(".git" in note for note in proof.notes)


def test_t33_no_engine_at_all(workspace: Path, tmp_path: Path) -> None:
    sandbox, proof = proof_with(tmp_path / "none", workspace, "bubblewrap")
    assert not proof.proven and proof.words.startswith("nothing holds commands (")
    assert sandbox.confinement("read-only") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="a program root owns can only be made by root")
@pytest.mark.parametrize(
    ("script", "mode", "said"),
    [
        ("true", 0o644, "is not executable"),
        ("true", 0o757, "can be changed by others than root"),
        ("echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1", 0o755, "uid map"),
        ("exit 0", 0o755, "the attempts ended with 0"),
        ('while [ "$1" != -- ]; do shift; done; shift; exec "$@"', 0o755, "wrote outside"),
    ],
    ids=["not executable", "writable", "AppArmor", "does nothing", "holds nothing"],
)
def test_t33_bubblewrap_does_not_hold(
    script: str, mode: int, said: str, workspace: Path, tmp_path: Path
) -> None:
    sandbox, proof = proof_with(script_at(tmp_path / "bwrap", script, mode), workspace)
    assert proof.engine == "landlock" and said in proof.words, proof
    held = sandbox.confinement("workspace-write")
    assert held is not None and held.engine == "landlock"


def test_bubblewrap_in_the_workspace_is_not_run(workspace: Path) -> None:
    ran = workspace / "ran"
    _, proof = proof_with(script_at(workspace / "bwrap", f"touch {ran}"), workspace, "bubblewrap")
    assert not proof.proven and "lies in the workspace" in proof.words and not ran.exists()


def test_a_proof_leaves_nothing_behind(workspace: Path, home: Path) -> None:
    LocalSandbox(workspace).prove()
    until(lambda: not list(workspace.iterdir()))
    assert not [path for path in home.parent.iterdir() if "proof" in path.name]
