"""policy.toml: what is read, what is said of what cannot be, and what still holds then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from policy_stage import HELD, Stage, verdict

from grafftui.approvals import Ask, Deny, RuleFile
from grafftui.approvals.rule_files import project_rules

DENY = '[[rules]]\ndecision = "deny"\ncommand = "git push"\n'
ALLOW = '[[rules]]\ndecision = "allow"\ncommand = "git status"\n'


def test_each_sort_of_rule(stage: Stage) -> None:
    policy = stage.policy(
        """
        rules = [
            {decision = "allow", command = "git status", reason = "reads"},
            {decision = "allow", write = "src/**"},
            {decision = "allow", read = "/etc/hosts"},
            {decision = "allow", host = "docs.python.org"},
            {decision = "allow", tool = "mcp_list"},
        ]
        """
    )
    assert policy.notices() == []
    for request in (
        stage.command("git status -s"),
        stage.edit("src/a.py"),
        stage.read("/etc/hosts"),
        stage.fetch("https://docs.python.org/3/"),
        stage.tool("mcp_list"),
    ):
        assert verdict(policy, request) == "Allow", request
    for request in (
        stage.command("git stash"),
        stage.edit("src/a.py", "b.py"),
        stage.edit("src/a.py", description="The path given is a symbolic link to src/a.py."),
        stage.read("/etc/passwd"),
        stage.fetch("https://docs.python.org.evil.com/"),
        stage.fetch("https://docs.python.org@evil.com/"),
        stage.tool("mcp_list_all"),
    ):
        assert verdict(policy, request) == "Ask", request


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('decision = "alow"\ncommand = "ls"', "decision is 'alow'; write [[rules]]"),
        ('command = "ls"', "decision is None"),
        ('decision = "deny"', "names none of command, write"),
        ('decision = "deny"\ncommand = "ls"\nread = "x"', "names command and read of"),
        ('decision = "deny"\ncommand = "ls"\nwhy = "x"', "'why' is not understood; remove it"),
        ('decision = "deny"\ncommand = ["ls"]', "command and reason are text"),
        ('decision = "deny"\ncommand = ""', "it is empty"),
        ('decision = "deny"\ncommand = "a && b"', "not the first words of one command"),
        ('decision = "deny"\ncommand = "git * x"', "no wildcards"),
        ('decision = "deny"\ncommand = "a \'b"', "quotes do not match"),
        ('decision = "deny"\nread = "../x"', "climbs with .."),
        ('decision = "deny"\nwrite = "' + "{a,b}" * 30 + '"', "its braces stand for more"),
        ('decision = "deny"\nhost = "https://a.org"', "it is no host: write docs.python.org"),
        ('decision = "deny"\ntool = "a b"', "no spaces"),
    ],
)
def test_r27_a_wrong_entry_is_named_and_then_everything_is_asked(
    stage: Stage, entry: str, said: str
) -> None:
    policy = stage.policy(f"{DENY}{ALLOW}[[rules]]\n{entry}\n", mode="full")
    (notice,) = policy.notices()
    assert notice.startswith(f"{stage.home}/policy.toml: entry 3: ")
    assert said in notice
    assert notice.endswith("until it is mended everything is asked")
    assert "\n" not in notice
    assert verdict(policy, stage.command("git push")) == "Deny"
    for request in (stage.command("git status"), stage.edit("a"), stage.command("x")):
        question = policy.decide(request, "c")
        assert isinstance(question, Ask)
        assert notice in question.reasons
        assert question.offers == ()


@pytest.mark.parametrize("broken", ["x = [\n", "[[rules]]\ndecision = \n", "[[rules]\n", "\x00"])
def test_what_is_no_toml_still_denies_what_can_be_read(stage: Stage, broken: str) -> None:
    policy = stage.policy(f"{DENY}{ALLOW}{broken}", mode="full")
    assert "is not valid TOML" in policy.notices()[0]
    assert isinstance(policy.decide(stage.command("git push"), "c"), Deny)
    assert verdict(policy, stage.command("git status", confinement=HELD)) == "Ask"


@pytest.mark.parametrize("text", ["rule = 1", "rules = 1", 'rules = ["x"]', "[rules]\na = 1"])
def test_what_is_no_table_of_rules(stage: Stage, text: str) -> None:
    policy = stage.policy(text, mode="full")
    assert "[[rules]]" in policy.notices()[0]
    assert verdict(policy, stage.edit("a")) == "Ask"


def test_files_that_are_none(stage: Stage, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    huge = tmp_path / "huge"
    huge.write_bytes(b"#" * 300_000)
    for path in (fifo, huge, tmp_path, Path("/dev/zero")):
        policy = stage.policy(sources=[RuleFile(path, str(stage.workspace))], mode="full")
        assert policy.notices(), path
        assert verdict(policy, stage.edit("a")) == "Ask"
    policy = stage.policy(sources=[RuleFile(tmp_path / "none", str(stage.workspace))], mode="full")
    assert policy.notices() == []
    assert verdict(policy, stage.edit("a")) == "Allow"


def test_a_change_counts_at_once(stage: Stage) -> None:
    policy = stage.policy(ALLOW)
    assert verdict(policy, stage.command("git status")) == "Allow"
    stage.rule_file(DENY + ALLOW.replace("allow", "deny"))
    assert verdict(policy, stage.command("git status")) == "Deny"
    (stage.home / "policy.toml").unlink()
    assert verdict(policy, stage.command("git status")) == "Ask"


def test_the_strictest_rule_wins_whatever_the_order(stage: Stage) -> None:
    narrow, wide = ALLOW.replace("status", "push"), '[[rules]]\ndecision = "ask"\ncommand = "git"\n'
    assert verdict(stage.policy(narrow + wide), stage.command("git push")) == "Ask"
    assert verdict(stage.policy(narrow + wide + DENY), stage.command("git push")) == "Deny"


def test_r31_a_project_only_narrows(stage: Stage) -> None:
    content = (ALLOW + DENY + '[[rules]]\ndecision = "ask"\nwrite = "db/"\n').encode()
    project = project_rules(content, "/p/.grafftui/policy.toml", str(stage.workspace))
    policy = stage.policy(sources=[project], mode="edits")
    assert policy.notices() == [
        ".grafftui/policy.toml entry 1: a project may not allow anything; ignored"
    ]
    assert [rule.decision for rule in policy.rules()] == ["deny", "ask"]
    assert verdict(policy, stage.command("git status")) == "Ask"
    assert verdict(policy, stage.command("git push")) == "Deny"
    assert verdict(policy, stage.edit("db/x")) == "Ask"
    assert verdict(policy, stage.edit("a")) == "Allow"


def test_r31_a_broken_project_file_asks(stage: Stage) -> None:
    project = project_rules(DENY.encode() + b"\n[[", "/p/policy.toml", str(stage.workspace))
    policy = stage.policy(sources=[project], mode="full")
    assert policy.notices()[0].startswith("/p/policy.toml: is not valid TOML")
    assert verdict(policy, stage.command("git push")) == "Deny"
    assert verdict(policy, stage.edit("a")) == "Ask"


def test_sources_come_and_go(stage: Stage) -> None:
    policy = stage.policy(mode="full")
    project = project_rules(DENY.encode(), "p", str(stage.workspace))
    policy.add_rules(project)
    assert verdict(policy, stage.command("git push")) == "Deny"
    policy.remove_rules(project)
    assert verdict(policy, stage.command("git push")) == "Allow"


def test_a_tool_can_be_forbidden_whatever_it_asks_for(stage: Stage) -> None:
    rules = '[[rules]]\ndecision = "deny"\ntool = "shell"\n'
    policy = stage.policy(rules + ALLOW, mode="full")
    assert verdict(policy, stage.command("git status")) == "Deny"
    assert verdict(policy, stage.edit("a")) == "Allow"
    allowed = stage.policy(rules.replace("deny", "allow"))
    assert verdict(allowed, stage.command("npm test")) == "Ask"


def test_r21_a_link_out_of_what_may_be_read_is_not_what_may_be_read(stage: Stage) -> None:
    (stage.home / "docs").mkdir()
    (stage.home / "docs" / "a").symlink_to("/etc/hosts")
    policy = stage.policy('[[rules]]\ndecision = "allow"\nread = "~/docs/**"\n')
    assert verdict(policy, stage.read(str(stage.home / "docs" / "b"))) == "Allow"
    assert verdict(policy, stage.read(str(stage.home / "docs" / "a"))) == "Ask"
