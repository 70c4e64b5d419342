"""Path rules: what they allow exactly, and forbid in every spelling. Governed paths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafftui.approvals.governed import governed
from grafftui.approvals.path_rules import PathGlob, fold, is_inside, spellings


@pytest.mark.parametrize(
    ("glob", "path", "allowed"),
    [
        ("src/**", "/ws/src/a/b.py", True),
        ("src/**", "/ws/srcs/a.py", False),
        ("src/**", "/ws-evil/src/a.py", False),
        ("src/**", "/other/src/a.py", False),
        ("src/**", "/ws/SRC/a.py", False),
        ("src/", "/ws/src/a.py", True),
        ("src", "/ws/src/a.py", False),
        ("*.py", "/ws/deep/a.py", True),
        ("*.py", "/elsewhere/a.py", False),
        ("./a", "/ws/a", True),
        ("./a", "/ws/b/a", False),
        ("/etc/**", "/etc/hosts", True),
        ("{src,tests}/**/*.py", "/ws/tests/a/b.py", True),
        ("{src,tests}/**/*.py", "/ws/docs/a.py", False),
        ("**", "/ws/a", True),
        ("**", "/etc/a", False),
    ],
)
def test_what_a_glob_allows(glob: str, path: str, allowed: bool) -> None:
    """R-20: by whole parts, never by the beginning of a name."""
    assert PathGlob(glob, "/ws").allows(path) is allowed


@pytest.mark.parametrize("glob", [".env", "**/.env", "**/.ENV", ".env/", "{.env,x}"])
@pytest.mark.parametrize(
    "path", ["/ws/.env", "/ws/.ENV", "/ws/a/.Env", "/ws/.env/inside", "/ws/.env ", "/w/．ｅｎｖ"]
)
def test_r23_what_is_forbidden_is_in_every_spelling(glob: str, path: str) -> None:
    assert PathGlob(glob, "/ws").forbids(path)


def test_r23_a_link_is_seen_by_both_its_names(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("x")
    (tmp_path / "innocent").symlink_to(".env")
    (tmp_path / "dir").symlink_to(".")
    glob = PathGlob("**/.env", str(tmp_path))
    for word in ("innocent", "a/../.env", "dir/.env", "./.env", f"file://{tmp_path}/.env"):
        assert any(map(glob.forbids, spellings(word, str(tmp_path)))), word
    assert not any(map(glob.forbids, spellings("other", str(tmp_path))))


def test_r23_the_home_directory_in_its_spellings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    glob = PathGlob("~/.aws/**", "/ws")
    for word in ("$HOME/.aws/credentials", "${HOME}/.aws/x", "~/.aws/x", "/home/me/.AWS/x"):
        assert any(map(glob.forbids, spellings(word, "/ws"))), word


def test_a_glob_through_a_link_is_where_the_link_leads(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert PathGlob(f"{tmp_path}/link/**", "/ws").forbids(f"{tmp_path}/real/a")
    assert PathGlob("link/**", str(tmp_path)).allows(f"{tmp_path}/real/a")


@pytest.mark.parametrize(
    ("glob", "why"),
    [
        ("", "empty"),
        ("{a,b}" * 30, "braces"),
        ("{a,b", "brace"),
        ("../x", "climbs"),
        ("a/../../x", "climbs"),
        ("~root/x", "homes of others"),
        ("!src", "leading !"),
        ("a\0b", "do not show"),
        ("a\\b", "backslash"),
    ],
)
def test_r27_what_cannot_be_enforced_is_refused_at_once(glob: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        PathGlob(glob, "/ws")


@given(st.lists(st.sampled_from(["a", "B", ".env", "*", "**", "?x"]), min_size=1, max_size=6))
def test_what_a_glob_allows_it_would_also_forbid(parts: list[str]) -> None:
    glob = PathGlob("/".join(parts), "/ws")
    path = "/ws/" + "/".join(part.replace("*", "q").replace("?", "z") for part in parts)
    assert not glob.allows(path) or glob.forbids(path)


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


def test_inside_is_by_parts() -> None:
    """R-20, CVE-2025-54794."""
    assert is_inside("/ws/a", "/ws")
    assert is_inside("/ws", "/ws")
    assert is_inside("/a", "/")
    assert not is_inside("/ws-evil/a", "/ws")
    assert not is_inside("/ws", "")


@pytest.mark.parametrize(
    "path",
    [
        "/ws/.git/config",
        "/ws/.GIT/hooks/pre-commit",
        "/ws/.git /config",
        "/ws/sub/.git",
        "/ws/GIT~1/config",
        "/ws/.grafftui/policy.toml",
        "/ws/.mcp.json",
        "/ws/.MCP.json",
        "/ws/.vscode/settings.json",
        "/ws/.claude/settings.json",
        "/ws/a/.cUrSoR/mcp.json",
        "/ws/.envrc",
        "/ws/.gitmodules",
        "/home/me/.bashrc",
        "/home/me/.config/grafftui/settings.toml",
        "/own/settings/policy.toml",
        "/ws/.\u200dgit/config",
    ],
)
def test_r35_governed(path: str) -> None:
    assert governed(path, ("/own/settings",))


@pytest.mark.parametrize(
    "path", ["/ws/git/config", "/ws/.github/workflows/ci.yml", "/ws/.gitignore", "/ws/src/a"]
)
def test_not_governed(path: str) -> None:
    assert not governed(path, ("/own/settings",))


def test_a_word_that_is_no_path_is_none() -> None:
    assert spellings("a\0b", "/ws") == ()
    assert spellings("x" * 5_000, "/ws") == ()
    assert os.path.isabs(spellings("-n", "/ws")[0])
