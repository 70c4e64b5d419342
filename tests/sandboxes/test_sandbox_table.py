"""The table of system calls and escapes, for each engine and user (R-35, R-48, R-63, R-91, R-92).

Every row is tried inside by `inside.py`. What an engine cannot hold is named here, with the
reason, and is asserted too: should it be held one day, the table has to say so.
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

ENGINES = ("bubblewrap", "landlock")
USERS = ("root", "ordinary")

_NO_CARVE_OUT = "Landlock rules only add access: what is in a writable directory is writable"
_NOT_GOVERNED = "Landlock does not govern modes and times"
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
}
"""(engine, [user,] row) → why it is not held."""


def _rows() -> list[str]:
    tree = ast.parse(Path(__file__).with_name("inside.py").read_text())
    return [
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list
    ]


@cache
def tried(engine: str, user: str) -> dict[str, Any]:
    if user == "root" and os.geteuid() != 0:
        pytest.skip("only root can try as root")
    found: dict[str, Any] = json.loads(staged(user, engine))
    return found


def test_the_table_has_at_least_thirty_rows() -> None:
    assert len([row for row in _rows() if not row.startswith("works_")]) >= 30


@pytest.mark.needs("bubblewrap", "git")
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("engine", ENGINES)
def test_the_engine_is_proven(engine: str, user: str) -> None:
    said = tried(engine, user)
    assert said["proof"][0] == engine, said["proof"]
    assert said["code"] == 0, said["stderr"]


@pytest.mark.needs("bubblewrap", "git")
@pytest.mark.parametrize("row", _rows())
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("engine", ENGINES)
def test_table(engine: str, user: str, row: str) -> None:
    found = tried(engine, user)["rows"][row]
    reason = NOT_HELD.get((engine, row)) or NOT_HELD.get((engine, user, row))
    expected = "DONE" if reason or row.startswith("works_") else "held"
    assert found.startswith(expected), f"{found} (expected {expected}; {reason})"


@pytest.mark.needs("bubblewrap", "git")
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_outside_was_touched(engine: str, user: str) -> None:
    """Whatever the command believes: a private /tmp lets it write what nobody else sees."""
    said = tried(engine, user)
    assert said["untouched"] == [["kept"], "kept"]
    assert said["git"] is (engine == "bubblewrap")
