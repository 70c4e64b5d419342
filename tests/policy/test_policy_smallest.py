"""The smallest grant: what is named would do, and nothing beside it goes ahead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from policy_stage import HELD, Stage, verdict

from grafftui.approvals import Confinement, GrantsInMemory, Policy, Request
from grafftui.errors import UsageError

WIDER = replace(HELD, network=True)


def denied(stage: Stage, text: str, held: Confinement | None = WIDER, **fields: Any) -> Request:
    """A command that its sandbox kept from something, as it would have passed."""
    because = "network is off: pypi.org"
    return stage.command(text, kind="unsandboxed", because=because, confinement=held, **fields)


def given(policy: Policy, request: Request, scope: Any, conversation: str = "c") -> None:
    shown = policy.smallest_grant(request, conversation)
    policy.grant(request, shown, scope, conversation)


def test_exactly_the_command_held_exactly_so(stage: Stage) -> None:
    policy = stage.policy()
    request = denied(stage, "pip install x")
    found = policy.smallest_grant(request, "c")
    assert found.words == (
        f"exactly pip install x, in {stage.workspace}, "
        "held to workspace-write, network on (bubblewrap)"
    )
    assert found.scopes == ("times", "session", "project") and not found.allowed
    (made,) = policy.grant(request, found, "session", "c")
    assert made.words == found.words and made.rule.confinement == WIDER
    assert verdict(policy, request) == "Allow"
    for other in (
        denied(stage, "pip install y"),
        denied(stage, "pip install x", replace(WIDER, writable=("/etc",))),
        denied(stage, "pip install x", None),
        denied(stage, "pip install x", cwd="/usr"),
        replace(request, environment=(("A", "b"),)),
        replace(request, executor="box"),
    ):
        assert verdict(policy, other) == "Ask", other
    assert verdict(policy, request, "another conversation") == "Ask"
    assert policy.smallest_grant(request, "c").allowed == f"granted (session): {found.words}"


def test_the_program_is_part_of_what_is_said(stage: Stage) -> None:
    words = ("python3", "-c", "import socket")
    request = replace(denied(stage, "python3 -c 'import socket'"), argv=words)
    found = stage.policy().smallest_grant(request, "c")
    assert found.words.startswith("exactly python3 -c 'import socket', in ")


def test_once_is_once_whatever_rules_say_of_it_elsewhere(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "allow"\ncommand = "ls"\n')
    request = denied(stage, "ls")
    assert verdict(policy, request) == "Ask"
    given(policy, request, "times")
    assert [verdict(policy, request) for _ in range(2)] == ["Allow", "Ask"]


def test_of_the_project_it_outlives_the_session_and_is_taken_back(stage: Stage) -> None:
    kept = GrantsInMemory()
    request = denied(stage, "pip install x")
    given(stage.policy(grants=kept), request, "project")
    later = stage.policy(grants=kept)
    assert verdict(later, request, "another conversation") == "Allow"
    (grant,) = later.grants()
    later.revoke(grant.id)
    assert verdict(later, request) == "Ask"


@pytest.mark.parametrize(
    ("text", "held", "words"),
    [
        ("pip install x", None, "asked each time: nothing would hold the command"),
        ("pip install $(x)", WIDER, "asked each time: "),
        ("rm -rf src", WIDER, "asked each time: "),
        ("echo x > .git/hooks/pre-commit", WIDER, "asked each time: "),
        ("rm -rf ~", WIDER, "no grant: "),
    ],
)
def test_what_is_asked_each_time_has_none(
    stage: Stage, text: str, held: Confinement | None, words: str
) -> None:
    (stage.workspace / "src").mkdir()
    policy = stage.policy()
    request = denied(stage, text, held)
    found = policy.smallest_grant(request, "c")
    assert found.words.startswith(words) and found.rules == () and found.scopes == ()
    with pytest.raises(UsageError, match="cannot be granted"):
        policy.grant(request, found, "session", "c")
    assert policy.grants() == []


def test_what_was_granted_where_nothing_held_it_lets_nothing_out(stage: Stage) -> None:
    policy = stage.policy()
    given(policy, stage.command("pip install x"), "session")
    assert verdict(policy, stage.command("pip install x")) == "Allow"
    assert verdict(policy, denied(stage, "pip install x", None)) == "Ask"


def test_a_rule_against_it_is_named(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "deny"\ncommand = "pip"\n')
    found = policy.smallest_grant(denied(stage, "pip install x"), "c")
    assert found.words.startswith("no grant: ") and "pip" in found.words and not found.rules
    asks = stage.policy('[[rules]]\ndecision = "ask"\ncommand = "pip"\n')
    assert asks.smallest_grant(denied(stage, "pip install x"), "c").rules == ()


def test_what_is_granted_is_what_was_shown(stage: Stage, tmp_path: Path) -> None:
    policy = stage.policy()
    request = denied(stage, "pip install x")
    shown = policy.smallest_grant(request, "c")
    wider = replace(request, confinement=replace(WIDER, writable=(str(tmp_path),)))
    with pytest.raises(UsageError, match="no longer what was shown"):
        policy.grant(wider, shown, "session", "c")
    with pytest.raises(UsageError, match="scope 'always'"):
        policy.grant(request, shown, "always", "c")
    policy.set_mode("c", "plan")
    with pytest.raises(UsageError, match="no longer what was shown"):
        policy.grant(request, shown, "session", "c")
    assert policy.grants() == []


def test_in_plan_mode_it_is_the_command_and_only_if_it_would_do(stage: Stage) -> None:
    policy = stage.policy()
    policy.set_mode("c", "plan")
    request = stage.command("pytest -q", confinement=replace(HELD, mode="read-only"))
    assert verdict(policy, request) == "Deny"
    given(policy, request, "times")
    assert [verdict(policy, request) for _ in range(2)] == ["Allow", "Deny"]
    found = policy.smallest_grant(denied(stage, "pip install x"), "c")
    assert found.words == "no grant: plan mode: nothing is written"


def test_of_a_compound_command_it_is_the_whole_byte_for_byte(stage: Stage) -> None:
    policy = stage.policy()
    request = stage.command("git pull && npm test")
    given(policy, request, "session")
    assert [grant.rule.kind for grant in policy.grants()] == ["request"]
    assert verdict(policy, request) == "Allow"
    assert verdict(policy, stage.command("npm test")) == "Ask"


def test_of_anything_else_it_is_what_its_question_offers(stage: Stage) -> None:
    policy = stage.policy()
    for request, words in (
        (stage.fetch("https://a.org/x"), "fetching from a.org"),
        (stage.read("/etc/hosts"), "read of /etc/hosts"),
        (stage.tool("mcp_x"), "the tool mcp_x, whatever its arguments"),
    ):
        assert policy.smallest_grant(request, "c").words == words
        given(policy, request, "session")
        assert verdict(policy, request) == "Allow"
