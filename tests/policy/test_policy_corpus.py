"""The corpus of the shell analysis, put to the whole policy: rules, a session's grants, modes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grafftui.approvals import Allow, Decision, Policy, Request
from grafftui.approvals.rules import Rule, RuleList, compiled

sys.path.insert(0, str(Path(__file__).parents[1] / "shell"))

from corpus_attacks import ATTACKS
from corpus_benign import BENIGN, RULES
from shell_stage import Stage as Folder
from shell_stage import make_stage


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    yield make_stage(tmp_path_factory.mktemp("corpus").resolve())


@pytest.fixture(autouse=True)
def at_home(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", folder.at("HOMEDIR"))


SECRETS = Rule("deny", "read", "**/.env", "rules")
"""They are in the commits of the corpus, and only a rule keeps those from being shown."""


def policy_of(folder: Folder, *more: Rule) -> Policy:
    workspace = str(folder.workspace)
    rules = [Rule("allow", "command", each, "rules") for each in RULES]
    both = [compiled(rule, workspace) for rule in (*rules, *more)]
    return Policy(workspace=workspace, rules=[RuleList(both)])


def request_for(folder: Folder, command: str) -> Request:
    text = folder.at(command)
    argv = ("/bin/bash", "--noprofile", "--norc", "-c", text)
    return Request("command", "shell", text, str(folder.workspace), command=text, argv=argv)


def test_no_attack_goes_ahead_under_prefix_rules(folder: Folder) -> None:
    """R-01 … R-07."""
    policy = policy_of(folder, SECRETS)
    for mode in ("plan", "ask", "edits", "sandboxed"):
        policy.set_mode("c", mode)  # type: ignore[arg-type]
        allowed = [
            command
            for command, _ in ATTACKS
            if isinstance(policy.decide(request_for(folder, command), "c"), Allow)
        ]
        assert allowed == [], mode


def test_what_is_harmless_goes_ahead_under_prefix_rules(folder: Folder) -> None:
    policy = policy_of(folder)
    found = [policy.decide(request_for(folder, command), "c") for command in BENIGN]
    asked = [c for c, each in zip(BENIGN, found, strict=True) if not isinstance(each, Allow)]
    assert len(asked) <= len(BENIGN) * 0.05, asked


def test_no_attack_goes_ahead_after_a_session_of_harmless_ones(folder: Folder) -> None:
    secrets = [RuleList([compiled(SECRETS, str(folder.workspace))])]
    policy = Policy(workspace=folder.workspace, rules=secrets)
    for command in BENIGN:
        request = request_for(folder, command)
        policy.decide(request, "c")
        policy.learn(request, Decision("acceptForSession", scope="session"), "c")
    assert policy.grants()
    allowed = [
        command
        for command, _ in ATTACKS
        if isinstance(policy.decide(request_for(folder, command), "c"), Allow)
    ]
    assert allowed == []
