"""`grafftui rules`: what it prints, where, and its exit code."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from corestage import Command, Core
from grafftui.approvals.grants import Grant, GrantRule
from grafftui.history import Store
from grafftui.settings.paths import Paths

RULES = """
[[rules]]
decision = "allow"
command = "git log"
[[rules]]
decision = "deny"
command = "rm"
reason = "use trash"
"""


@pytest.fixture
def grafftui(core: Core) -> Command:
    return core.command(core.provider())


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    return str(path)


def explained(grafftui: Command, rules: str, command: str) -> Any:
    done = grafftui.run("rules", "explain", "--json", "--policy", rules, "--", command)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_explain_json(grafftui: Command, rules: str) -> None:
    found = explained(grafftui, rules, "git log && rm x")
    denial = 'deny command "rm" (rules.toml entry 2): use trash'
    assert found == {
        "decision": "deny",
        "parts": [
            {
                "argv": ["git", "log"],
                "state": "allowed",
                "rule": 'allow command "git log" (rules.toml entry 1)',
            },
            {"argv": ["rm", "x"], "state": "denied", "rule": denial},
        ],
        "reasons": [denial],
    }
    assert explained(grafftui, rules, "git log -3")["decision"] == "allow"
    found = explained(grafftui, rules, "git log; npm test")
    assert (found["decision"], found["reasons"]) == ("ask", ["runs a command"])
    assert [part["state"] for part in found["parts"]] == ["allowed", "new"]
    found = explained(grafftui, rules, "git log $(x)")
    assert found["parts"] == [{"argv": [], "state": "unreadable", "rule": ""}]
    assert found["reasons"] == ["holds a command substitution"]
    assert explained(grafftui, rules, "--version")["decision"] == "ask"


def test_explain_in_words_that_cannot_touch_the_terminal(grafftui: Command, rules: str) -> None:
    done = grafftui.run("rules", "explain", "--policy", rules, "git log \x1b[2J | wc")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert "ask: holds an escape" in done.stdout


def test_explain_in_another_folder(grafftui: Command, rules: str, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / ".env").write_text("")
    (tmp_path / "deep" / "a").symlink_to("/etc/passwd")
    Path(rules).write_text('[[rules]]\ndecision = "allow"\ncommand = "cat"\n')
    for name, decision in (("b", "allow"), ("a", "ask"), (".env", "ask")):
        done = grafftui.run(
            "rules", "explain", "--json", "--policy", rules, "--cwd", str(tmp_path / "deep"),
            f"cat {name}",
        )  # fmt: skip
        assert json.loads(done.stdout)["decision"] == decision, name


def test_a_broken_policy_is_said_and_asks(grafftui: Command, rules: str) -> None:
    Path(rules).write_text(RULES + "[[rules]]\ndecision = 1\n")
    done = grafftui.run("rules", "explain", "--json", "--policy", rules, "git log")
    assert done.returncode == 0
    assert "entry 3: decision is 1; write [[rules]]" in done.stderr
    assert json.loads(done.stdout)["decision"] == "ask"


def test_a_table_of_expectations(grafftui: Command, rules: str, tmp_path: Path) -> None:
    table = tmp_path / "table.toml"
    table.write_text('"git log" = "allow"\n[risky]\n"rm x" = "deny"\n"npm test" = "ask"\n')
    done = grafftui.run("rules", "test", "--policy", rules, str(table))
    assert (done.returncode, done.stdout) == (0, "")
    assert "3 commands, 0 decided otherwise" in done.stderr
    table.write_text('"git log" = "ask"\n"rm x" = "deny"\n"npm test" = "allow"\n')
    done = grafftui.run("rules", "test", "--policy", rules, str(table))
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first.startswith("git log: expected ask, is allow (allow command")
    assert second == "npm test: expected allow, is ask (runs a command)"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no file"),
        ("", "there is no command in it"),
        ('"ls" = "yes"', "'ls' is expected to be 'yes'"),
        ("ls = 1", "'ls' is expected to be 1"),
        ("= 1", "is not valid TOML"),
    ],
)
def test_a_table_that_is_none(
    grafftui: Command, rules: str, tmp_path: Path, content: str | None, said: str
) -> None:
    table = tmp_path / "table.toml"
    if content is not None:
        table.write_text(content)
    done = grafftui.run("rules", "test", "--policy", rules, str(table))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("explain",), 2),
        (("explain", ""), 2),
        (("explain", "--cwd", "/nowhere", "ls"), 2),
        (("explain", "--policy", "/nowhere", "ls"), 2),
        (("revoke", "none"), 1),
        (("forget",), 2),
    ],
)
def test_arguments_that_cannot_be_meant(
    grafftui: Command, arguments: tuple[str, ...], code: int
) -> None:
    done = grafftui.run("rules", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1


def test_ones_own_rules_and_grants_are_listed_explained_and_revoked(
    grafftui: Command, core: Core
) -> None:
    assert "there are no rules and no grants" in grafftui.run("rules", "list").stderr
    (core.home / "config").mkdir(exist_ok=True)
    (core.home / "config" / "policy.toml").write_text(RULES)
    paths = Paths.from_environment({"GRAFFTUI_HOME": str(core.home)})
    now = time.time()
    rule = GrantRule("prefix", ("git", "diff"))
    with Store.open(paths) as store:
        grant = Grant("g1", rule, "always", "", "", None, None, now, "git diff")
        store.grants.add(grant)
        store.grants.add(Grant("g2", rule, "minutes", "", "/w", None, now + 600, now, "later"))
        store.grants.add(Grant("g3", rule, "minutes", "", "/w", None, now - 1, now, "over"))
    listed = json.loads(grafftui.run("rules", "list", "--json").stdout)
    assert [(r["decision"], r["source"]) for r in listed["rules"]] == [
        ("allow", "policy.toml entry 1"),
        ("deny", "policy.toml entry 2"),
    ]
    assert [(g["id"], g["expires_at"]) for g in listed["grants"]] == [
        ("g1", None),
        ("g2", now + 600),
    ]
    shown = grafftui.run("rules", "list").stdout.splitlines()
    assert shown[1].split("  ")[-1] == "use trash"
    assert shown[2].split() == ["always", "git", "diff", "everywhere", "g1"]
    assert "in /w, 10 minutes more" in shown[3]
    done = grafftui.run("rules", "explain", "--json", "git log && git diff")
    assert json.loads(done.stdout)["decision"] == "allow"
    assert "no longer granted: git diff" in grafftui.run("rules", "revoke", "g1").stdout
    done = grafftui.run("rules", "explain", "--json", "git log && git diff")
    assert json.loads(done.stdout)["decision"] == "ask"


def test_a_folder_that_nobody_trusts_has_no_rules(grafftui: Command, core: Core) -> None:
    """R-31: and one that is trusted has only those that narrow."""
    folder = core.workspace / ".grafftui"
    folder.mkdir()
    (folder / "policy.toml").write_text(RULES)
    assert json.loads(grafftui.run("rules", "list", "--json").stdout)["rules"] == []
    assert grafftui.run("trust", "--yes", str(core.workspace)).returncode == 0
    done = grafftui.run("rules", "list", "--json")
    assert [rule["decision"] for rule in json.loads(done.stdout)["rules"]] == ["deny"]
    assert "entry 1: a project may not allow anything; ignored" in done.stderr


def test_rules_of_others_that_the_settings_name_count_too(
    grafftui: Command, core: Core, tmp_path: Path
) -> None:
    theirs = tmp_path / "permissions.yaml"
    theirs.write_text('policies: [{permission: allow, rule: {command: "ls*"}}]')
    core.settings(f'rules = ["{theirs}"]\n')
    done = grafftui.run("rules", "explain", "--json", "ls -la")
    assert json.loads(done.stdout)["decision"] == "allow"
    assert "permissions.yaml entry 1" in grafftui.run("rules", "list").stdout
