"""The table of system calls and escapes, for each sandbox and user (R-35, R-48, R-63, R-91, R-92).

The sandboxes are those that hold a command in the workspace, by either engine, and one that lasts
and has a copy of it. Every row is tried inside by `inside.py`. What a sandbox cannot hold is named
here, with the reason, and is asserted too: should it be held one day, the table has to say so.
"""

from __future__ import annotations

import ast
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from staging import staged

SANDBOXES = ("bubblewrap", "landlock", "lasting")
USERS = ("root", "ordinary")

_NO_CARVE_OUT = "Landlock rules only add access: what is in a writable directory is writable"
_NOT_GOVERNED = "Landlock does not govern modes and times"
_ITS_OWN_COPY = "it is a copy, of which nothing comes back unseen"
_ITS_OWN_NETWORK = "in a network of its own it talks to itself"
_ROOT_EXEMPT = "the kernel exempts root from RLIMIT_NPROC"

NOT_HELD = {
    ("landlock", "chmod_outside"): _NOT_GOVERNED,
    ("landlock", "utime_outside"): _NOT_GOVERNED,
    ("landlock", "make_own_settings"): _NO_CARVE_OUT,
    ("landlock", "make_mcp_json"): _NO_CARVE_OUT,
    ("landlock", "write_a_git_hook"): _NO_CARVE_OUT,
    ("landlock", "write_git_config"): _NO_CARVE_OUT,
    ("landlock", "replace_git"): _NO_CARVE_OUT,
    ("landlock", "replace_a_parent"): _NO_CARVE_OUT,
    ("landlock", "swap_for_a_link"): _NO_CARVE_OUT,
    ("bubblewrap", "root", "fork_bomb"): _ROOT_EXEMPT,
    ("landlock", "root", "fork_bomb"): _ROOT_EXEMPT,
    ("lasting", "udp"): _ITS_OWN_NETWORK,
    ("lasting", "netlink"): _ITS_OWN_NETWORK,
    ("lasting", "make_own_settings"): _ITS_OWN_COPY,
    ("lasting", "make_mcp_json"): _ITS_OWN_COPY,
    ("lasting", "write_a_git_hook"): _ITS_OWN_COPY,
    ("lasting", "write_git_config"): _ITS_OWN_COPY,
    ("lasting", "replace_git"): _ITS_OWN_COPY,
    ("lasting", "replace_a_parent"): _ITS_OWN_COPY,
    ("lasting", "swap_for_a_link"): _ITS_OWN_COPY,
}
"""(sandbox, [user,] row) → why it is not held."""


def _rows() -> list[str]:
    tree = ast.parse(Path(__file__).with_name("inside.py").read_text())
    return [
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list
    ]


@cache
def tried(sandbox: str, user: str) -> dict[str, Any]:
    if user == "root" and os.geteuid() != 0:
        pytest.skip("only root can try as root")
    found: dict[str, Any] = json.loads(staged(user, sandbox))
    return found


def test_the_table_has_at_least_thirty_rows() -> None:
    assert len([row for row in _rows() if not row.startswith("works_")]) >= 30


@pytest.mark.needs("bubblewrap", "git")
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_the_sandbox_is_proven(sandbox: str, user: str) -> None:
    said = tried(sandbox, user)
    assert said["proof"][0] == sandbox, said["proof"]
    assert said["code"] == 0, said["stderr"]


@pytest.mark.needs("bubblewrap", "git")
@pytest.mark.parametrize("row", _rows())
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_table(sandbox: str, user: str, row: str) -> None:
    found = tried(sandbox, user)["rows"][row]
    reason = NOT_HELD.get((sandbox, row)) or NOT_HELD.get((sandbox, user, row))
    expected = "DONE" if reason or row.startswith("works_") else "held"
    assert found.startswith(expected), f"{found} (expected {expected}; {reason})"


@pytest.mark.needs("bubblewrap", "git")
@pytest.mark.parametrize("user", USERS)
def test_what_is_in_a_closed_folder_is_counted(user: str) -> None:
    assert tried("lasting", user)["rows"]["counted"] > 3_000_000


@pytest.mark.needs("bubblewrap", "git")
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_nothing_outside_was_touched_or_heard(sandbox: str, user: str) -> None:
    """Whatever the command believes: a private /tmp lets it write what nobody else sees."""
    said = tried(sandbox, user)
    assert said["heard"] == []
    assert said["untouched"] == [["kept"], "kept"]
    assert said["git"] is (sandbox != "landlock")
    if sandbox == "lasting":
        assert said["workspace"] == [".envrc", ".git", "deep", "inside.py"]
