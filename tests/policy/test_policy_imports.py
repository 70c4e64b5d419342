"""Rules in other formats: ForgeCode's permissions.yaml, and rubrics of codex-python-sdk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from policy_stage import HELD, Stage, grant, verdict

from grafftui.approvals import (
    ForgePermissions,
    Policy,
    PolicyContext,
    PolicyRubric,
    RuleBasedPolicyEngine,
)
from grafftui.cancellation import Cancellation
from grafftui.errors import UsageError

EVERYTHING = """
policies:
  - {permission: allow, rule: {read: "**/*"}}
  - {permission: allow, rule: {write: "**/*"}}
  - {permission: allow, rule: {command: "*"}}
  - {permission: allow, rule: {url: "*"}}
"""
"""What ForgeCode writes by default."""


def forge(stage: Stage, text: str) -> Policy:
    path = stage.home / "permissions.yaml"
    path.write_text(text)
    return stage.policy(sources=[ForgePermissions(path, str(stage.workspace))])


def test_forge_the_first_that_denies_or_confirms_wins(stage: Stage) -> None:
    policy = forge(
        stage,
        """
        policies:
          - {permission: allow, rule: {command: "git *"}}
          - {permission: confirm, rule: {command: "git push*"}}
          - {permission: deny, rule: {command: "git push --force*"}}
          - {permission: deny, rule: {read: "**/.env"}}
          - {permission: allow, rule: {write: "src/**"}}
          - {permission: allow, rule: {url: "https://docs.python.org/*"}}
        """,
    )
    assert policy.notices() == []
    assert verdict(policy, stage.command("git status")) == "Allow"
    question = grant(policy, stage.command("git push"), "always")
    assert "entry 2" in question.reasons[0]  # type: ignore[union-attr]
    assert verdict(policy, stage.command("npm test")) == "Ask"
    assert verdict(policy, stage.command("git status && npm test")) == "Ask"
    assert verdict(policy, stage.command("cat .ENV")) == "Deny"
    assert verdict(policy, stage.edit("src/deep/a.py")) == "Allow"
    assert verdict(policy, stage.edit("b.py")) == "Ask"
    assert verdict(policy, stage.fetch("https://docs.python.org/3/")) == "Allow"
    assert verdict(policy, stage.fetch("https://docs.python.org@evil.com/3/")) == "Ask"


def test_forge_combinations_and_directories(stage: Stage) -> None:
    policy = forge(
        stage,
        f"""
        policies:
          - permission: allow
            rule: {{all: [{{command: "git *"}}, {{not: {{command: "git stash*"}}}}]}}
          - permission: allow
            rule: {{any: [{{command: "ls*"}}, {{command: "cat*", dir: "{stage.workspace}"}}]}}
          - permission: allow
            rule: {{command: "wc*", dir: "/elsewhere/*"}}
        """,
    )
    assert verdict(policy, stage.command("git log")) == "Allow"
    assert verdict(policy, stage.command("git stash list")) == "Ask"
    assert verdict(policy, stage.command("ls")) == "Allow"
    assert verdict(policy, stage.command("cat a")) == "Allow"
    assert verdict(policy, stage.command("wc a")) == "Ask"


def test_forge_a_host_is_no_beginning_of_another(stage: Stage) -> None:
    """R-61."""
    policy = forge(stage, 'policies: [{permission: allow, rule: {url: "https://a.org*"}}]')
    assert verdict(policy, stage.fetch("https://a.org/x")) == "Allow"
    assert verdict(policy, stage.fetch("https://a.org.evil.com/x")) == "Ask"


def test_forge_what_is_left_out_is_left_out_in_every_spelling(stage: Stage) -> None:
    rule = '{all: [{write: "**"}, {not: {write: "**/*.env"}}]}'
    policy = forge(stage, f"policies: [{{permission: allow, rule: {rule}}}]")
    assert verdict(policy, stage.edit("d/a.py")) == "Allow"
    assert verdict(policy, stage.edit("d/a.ENV")) == "Ask"


@pytest.mark.parametrize("mode", ["ask", "edits", "sandboxed"])
def test_forge_allowing_everything_allows_no_more_than_rules_can(stage: Stage, mode: Any) -> None:
    (stage.workspace / "d").mkdir()
    policy = forge(stage, EVERYTHING)
    policy.set_mode("c", mode)
    assert verdict(policy, stage.command("git log")) == "Allow"
    for request in (
        stage.command("rm -r d", confinement=HELD),
        stage.command("echo $(touch x)"),
        stage.command("ls; bash -c 'touch x'"),
        stage.command("ls > x"),
        stage.command("touch .git/hooks/x"),
        stage.edit(".git/config"),
        stage.unsandboxed("ls"),
        stage.tool("mcp_x"),
    ):
        assert verdict(policy, request) == "Ask", request
    assert verdict(policy, stage.command("rm -rf /")) == "Deny"


@pytest.mark.parametrize(
    "text",
    [
        "policies: [",
        "policies: 1",
        "- a",
        "policies: [{permission: alow, rule: {command: x}}]",
        "policies: [{permission: allow}]",
        "policies: [{permission: allow, rule: {comand: x}}]",
        "policies: [{permission: allow, rule: {command: x, read: y}}]",
        "policies: [{permission: allow, rule: {command: 1}}]",
        "policies: [{permission: allow, rule: {not: [{command: x}, {command: y}]}}]",
        "policies: [{permission: allow, rule: {url: 'https://*.*.com/'}}]",
        "policies: [{permission: allow, rule: {command: x}, more: 1}]",
        "a: &a [x]\npolicies: [*a, *a]",
        "policies: !!python/object/apply:os.system ['touch x']",
        "policies: " + "[" * 5_000,
    ],
)
def test_forge_a_file_that_is_wrong_asks_about_everything(stage: Stage, text: str) -> None:
    policy = forge(stage, text)
    policy.set_mode("c", "full")
    (notice,) = policy.notices()
    assert "permissions.yaml" in notice
    assert "\n" not in notice
    assert verdict(policy, stage.edit("a")) == "Ask"


def test_forge_no_file_is_no_rules(stage: Stage, tmp_path: Path) -> None:
    source = ForgePermissions(tmp_path / "none.yaml", str(stage.workspace))
    assert (source.broken, list(source.rules())) == ("", [])


# -- rubrics -----------------------------------------------------------------------------------

READ_ONLY = {
    "system_rubric": "Allow reading.",
    "command_rules": [
        {"name": "read", "when": {"command_regex": r"^(pwd|ls|cat|rg)\b"}, "decision": "accept"}
    ],
    "defaults": {"command": "decline", "file_change": "decline", "tool_input": "auto_empty"},
}


def decided(engine: RuleBasedPolicyEngine, request: Any) -> str:
    decision = engine.decide(
        request, request_id="r", conversation_id="c", cancellation=Cancellation()
    )
    assert decision.by == "script"
    return decision.value


def test_a_rubric_answers_as_an_approver(stage: Stage) -> None:
    engine = RuleBasedPolicyEngine(READ_ONLY)
    assert decided(engine, stage.command("ls -la")) == "accept"
    assert decided(engine, stage.command("ls && cat a")) == "accept"
    for request in (
        stage.command("touch x"),
        stage.command("ls && touch x"),
        stage.command("ls; touch x"),
        stage.command("ls $(touch x)"),
        stage.command("ls > x"),
        stage.edit("a"),
        stage.fetch("https://a.org"),
        stage.unsandboxed("ls"),
    ):
        assert decided(engine, request) == "decline", request


def test_a_rubric_that_accepts_everything_accepts_no_more_than_rules_can(stage: Stage) -> None:
    (stage.workspace / "d").mkdir()
    engine = RuleBasedPolicyEngine({"defaults": {"command": "accept", "file_change": "accept"}})
    assert decided(engine, stage.command("git status")) == "accept"
    assert decided(engine, stage.edit("a")) == "accept"
    for request in (
        stage.command("rm -r d"),
        stage.command("rm -rf /"),
        stage.command("echo `touch x`"),
        stage.command("touch .git/config"),
        stage.edit(".mcp.json"),
        stage.edit("a", description="/etc/a is outside the workspace."),
        stage.unsandboxed("ls"),
    ):
        assert decided(engine, request) == "decline", request


def test_a_rubric_asks_its_rules_by_priority_and_circumstances(stage: Stage) -> None:
    rules = [
        {"name": "late", "when": {}, "decision": "decline"},
        {"name": "cwd", "priority": 2, "when": {"cwd_prefix": "/nowhere"}, "decision": "accept"},
        {"name": "why", "priority": 3, "when": {"reason_regex": "please"}, "decision": "accept"},
        {"name": "who", "priority": 4, "when": {"thread_id_regex": "^c$"}, "decision": "accept"},
        {"name": "no", "priority": 1, "when": {"command_regex": "env"}, "decision": "cancel"},
    ]
    engine = RuleBasedPolicyEngine({"command_rules": rules})
    assert decided(engine, stage.command("ls")) == "accept"
    assert decided(engine, stage.command("ls env")) == "cancel"
    assert decided(RuleBasedPolicyEngine({"command_rules": rules[:2]}), stage.command("ls")) == (
        "decline"
    )
    why = RuleBasedPolicyEngine({"command_rules": [rules[2], rules[0]]})
    assert decided(why, stage.command("ls")) == "decline"
    assert decided(why, stage.command("ls", description="please")) == "accept"


def test_without_a_rubric_everything_is_declined(stage: Stage) -> None:
    assert decided(RuleBasedPolicyEngine(), stage.command("ls")) == "decline"
    assert decided(RuleBasedPolicyEngine(PolicyRubric()), stage.edit("a")) == "decline"


def test_a_rubric_as_rules_leaves_the_rest_to_a_person(stage: Stage) -> None:
    rules = {name: value for name, value in READ_ONLY.items() if name != "defaults"}
    policy = stage.policy(sources=[RuleBasedPolicyEngine(rules)])
    assert verdict(policy, stage.command("ls")) == "Allow"
    assert verdict(policy, stage.command("touch x")) == "Ask"
    assert verdict(policy, stage.edit("a")) == "Ask"
    strict = stage.policy(sources=[RuleBasedPolicyEngine(READ_ONLY)])
    assert verdict(strict, stage.command("touch x")) == "Deny"


@pytest.mark.parametrize(
    "rubric",
    [
        {"rules": []},
        {"command_rules": {}},
        {"command_rules": ["x"]},
        {"command_rules": [{"when": {}}]},
        {"command_rules": [{"decision": "yes"}]},
        {"command_rules": [{"decision": "accept", "when": []}]},
        {"command_rules": [{"decision": "accept", "when": {"comand_regex": "x"}}]},
        {"command_rules": [{"decision": "accept", "when": {"command_regex": "("}}]},
        {"command_rules": [{"decision": "accept", "when": {"grant_root_present": True}}]},
        {"command_rules": [{"decision": "accept", "priority": "high"}]},
        {"defaults": {"command": "allow"}},
        {"defaults": {"comand": "accept"}},
    ],
)
def test_a_rubric_that_is_not_understood_is_refused(rubric: Any) -> None:
    with pytest.raises(UsageError, match="rubric"):
        RuleBasedPolicyEngine(rubric)


def test_a_rubric_answers_as_in_codex_python_sdk(stage: Stage) -> None:
    engine = RuleBasedPolicyEngine(
        READ_ONLY
        | {
            "file_change_rules": [{"when": {"grant_root_present": False}, "decision": "accept"}],
            "tool_input_rules": [
                {"when": {"question_id_regex": "^q"}, "decision": {"answers": {"q1": ["yes"]}}}
            ],
        }
    )
    here = PolicyContext(thread_id="t", turn_id="u", item_id="i")
    cwd = str(stage.workspace)

    def command(text: str) -> Any:
        return engine.on_command_approval({"command": text, "cwd": cwd}, here)

    assert command("/bin/bash -lc 'ls -la'") == {"decision": "accept"}
    assert command("ls") == {"decision": "accept"}
    assert command("/bin/bash -lc 'ls; rm x'") == {"decision": "decline"}
    assert engine.on_file_change_approval({}, here) == {"decision": "accept"}
    assert engine.on_file_change_approval({"grantRoot": "/"}, here) == {"decision": "decline"}
    questions = {"questions": [{"id": "q1"}]}
    assert engine.on_tool_request_user_input(questions, here) == {"answers": {"q1": ["yes"]}}
    assert engine.on_tool_request_user_input({"questions": []}, here) == {"answers": {}}
