"""The order of the policy: what overrides what, in which mode."""

from __future__ import annotations

from typing import Any

import pytest
from policy_stage import HELD, Stage, grant, verdict

from grafftui.approvals import MODES, Allow, Ask, Confinement, Deny, Mode, Policy
from grafftui.errors import UsageError

ALLOW_ALL = """
[[rules]]
decision = "allow"
write = "/"
[[rules]]
decision = "allow"
write = "**"
[[rules]]
decision = "allow"
command = "rm"
[[rules]]
decision = "allow"
command = "touch"
[[rules]]
decision = "allow"
command = "git"
"""


def in_mode(policy: Policy, mode: Mode) -> Policy:
    policy.set_mode("c", mode)
    return policy


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("command", ["rm -rf /", "rm -rf ~", "rm -rf .", "rm -rf .git", "rm -r .."])
def test_r100_some_targets_are_refused_outright(stage: Stage, mode: Mode, command: str) -> None:
    (stage.workspace / ".git").mkdir()
    policy = in_mode(stage.policy(ALLOW_ALL), mode)
    assert verdict(policy, stage.command(command, confinement=HELD)) == "Deny"


@pytest.mark.parametrize("mode", ["ask", "edits", "sandboxed", "full"])
@pytest.mark.parametrize(
    "command",
    ["rm -r src", "git reset --hard", "git clean -fd", "git push --force", "rm -r $(echo src)"],
)
def test_r100_what_destroys_is_asked_in_every_mode(stage: Stage, mode: Mode, command: str) -> None:
    (stage.workspace / "src").mkdir()
    (stage.workspace / "src" / "a").write_text("x")
    policy = in_mode(stage.policy(ALLOW_ALL), mode)
    question = policy.decide(stage.command(command, confinement=HELD), "c")
    assert isinstance(question, Ask)
    assert question.offers == ()
    grant(policy, stage.command(command, confinement=HELD), "always")
    assert verdict(policy, stage.command(command, confinement=HELD)) == "Ask"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "command",
    [
        "git push",
        "git --no-pager push origin",
        "sudo git push",
        "ls && git push",
        "echo $(git push)",
        "for i in 1; do git push; done",
        "x='a' git push",
        "'git' \"push\"",
        "git \\\npush",
        "/usr/bin/git push",
        "bash -c 'git push'",
        "git push; " + "echo a; " * 60,
        "echo " + "a" * 5000 + "; git push",
    ],
)
def test_r09_a_denial_holds_everywhere(stage: Stage, mode: Mode, command: str) -> None:
    """R-08, R-09: also behind wrappers, in what cannot be read, and far down."""
    rules = '[[rules]]\ndecision = "deny"\ncommand = "git push"\nreason = "ask Ann"\n' + ALLOW_ALL
    found = in_mode(stage.policy(rules), mode).decide(stage.command(command), "c")
    assert isinstance(found, Deny)
    assert "ask Ann" in found.rule


def test_a_denial_does_not_reach_what_it_does_not_name(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "deny"\ncommand = "git push"\n')
    for command in ("git status", "echo git", "git commit -m push"):
        assert verdict(policy, stage.command(command)) == "Ask", command


@pytest.mark.parametrize(
    "command",
    [
        "cat .ENV",
        "cat ./a/../.env",
        "head .env/",
        "cat link",
        "cat $HOME/shop/.env",
        "cat < .env",
        "grep x -f.env y.env z/.env",
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_r23_a_denied_file_is_denied_to_commands(stage: Stage, mode: Mode, command: str) -> None:
    (stage.workspace / "link").symlink_to(".env")
    policy = stage.policy('[[rules]]\ndecision = "deny"\nread = "**/.env"\n')
    assert verdict(in_mode(policy, mode), stage.command(command)) == "Deny"


def test_r23_and_to_tools_that_do_not_ask(stage: Stage) -> None:
    policy = stage.policy(
        '[[rules]]\ndecision = "deny"\nread = "**/.env"\n'
        '[[rules]]\ndecision = "deny"\nwrite = "db/"\n'
    )
    (stage.workspace / "link").symlink_to(".env")
    assert policy.forbids(stage.path(".Env"), "read")
    assert policy.forbids(stage.path("link"), "read")
    assert not policy.forbids(stage.path("env"), "read")
    assert policy.forbids(stage.path("db/x"), "write")
    assert not policy.forbids(stage.path("db/x"), "read")


def test_a_denied_write_is_denied_to_edits_and_to_commands_that_write(stage: Stage) -> None:
    policy = in_mode(stage.policy('[[rules]]\ndecision = "deny"\nwrite = "db/**"\n'), "full")
    assert verdict(policy, stage.edit("db/x")) == "Deny"
    assert verdict(policy, stage.command("echo 1 > db/x")) == "Deny"
    assert verdict(policy, stage.command("cp a db/x")) == "Deny"
    assert verdict(policy, stage.command("unknown db/x")) == "Ask"
    assert verdict(policy, stage.command("cat db/x")) == "Allow"
    assert verdict(policy, stage.edit("da/x")) == "Allow"


@pytest.mark.parametrize("mode", ["ask", "edits", "sandboxed", "full"])
@pytest.mark.parametrize(
    "path", [".git/config", ".grafftui/policy.toml", ".MCP.json", ".vscode/x", "a/.claude/b"]
)
def test_r35_governed_paths_are_always_asked(stage: Stage, mode: Mode, path: str) -> None:
    policy = in_mode(stage.policy(ALLOW_ALL), mode)
    for request in (
        stage.edit(path),
        stage.edit("a", path),
        stage.command(f"touch {path}", confinement=HELD),
        stage.command(f"echo $(x) > {path}", confinement=HELD),
    ):
        question = grant(policy, request, "always")
        assert isinstance(question, Ask)
        assert question.offers == ()
        assert verdict(policy, request) == "Ask"


def test_r35_our_own_settings_are_governed(stage: Stage) -> None:
    own = stage.workspace / "own"
    policy = in_mode(stage.policy(governed=[own]), "full")
    assert verdict(policy, stage.edit("own/policy.toml")) == "Ask"


def test_a_link_to_a_governed_path_is_one(stage: Stage) -> None:
    (stage.workspace / ".git").mkdir()
    (stage.workspace / "innocent").symlink_to(".git")
    policy = in_mode(stage.policy(ALLOW_ALL), "full")
    assert verdict(policy, stage.command("touch innocent/config")) == "Ask"


@pytest.mark.parametrize(
    ("mode", "allowed"),
    [
        ("plan", {"reads"}),
        ("ask", set()),
        ("edits", {"edit", "removal"}),
        ("sandboxed", {"edit", "removal", "held", "held unreadable", "reads held"}),
        (
            "full",
            {"edit", "removal", "held", "held unreadable", "reads held", "reads", "command"}
            | {"unreadable", "network", "outside edit", "link edit", "writable", "elsewhere"}
            | {"read", "fetch", "tool", "unsandboxed"},
        ),
    ],
)
def test_what_each_mode_allows_by_itself(stage: Stage, mode: Mode, allowed: set[str]) -> None:
    requests = {
        "reads": stage.command("ls"),
        "reads held": stage.command("git status", confinement=HELD),
        "command": stage.command("pytest -q"),
        "unreadable": stage.command("echo $(date)"),
        "held": stage.command("pytest -q", confinement=HELD),
        "held unreadable": stage.command("for i in a b; do pytest $i; done", confinement=HELD),
        "network": stage.command("x", confinement=Confinement("landlock", "workspace-write", True)),
        "writable": stage.command(
            "x", confinement=Confinement("landlock", "workspace-write", writable=("/var/cache",))
        ),
        "elsewhere": stage.command("x", confinement=HELD, cwd="/usr"),
        "edit": stage.edit("a", "b/c"),
        "removal": stage.edit("a", removes=True),
        "outside edit": stage.edit("/etc/x", cwd="/etc", description="/etc/x is outside."),
        "link edit": stage.edit("a", description="The path given is a symbolic link to a."),
        "read": stage.read("/etc/hosts"),
        "fetch": stage.fetch("https://a.org/"),
        "tool": stage.tool("mcp_x"),
        "unsandboxed": stage.unsandboxed("pip install x"),
    }
    policy = in_mode(stage.policy(), mode)
    found = {name for name, request in requests.items() if verdict(policy, request) == "Allow"}
    assert found == allowed


@pytest.mark.parametrize(
    "make",
    [
        lambda s: s.edit("a"),
        lambda s: s.command("pytest"),
        lambda s: s.command("echo x > a"),
        lambda s: s.command("echo $(x)"),
        lambda s: s.tool("mcp_x"),
        lambda s: s.unsandboxed("x"),
    ],
)
def test_plan_mode_writes_nothing(stage: Stage, make: Any) -> None:
    found = in_mode(stage.policy(ALLOW_ALL), "plan").decide(make(stage), "c")
    assert isinstance(found, Deny)
    assert found.rule.startswith("plan mode: ")


def test_plan_mode_lets_rules_allow_commands(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "allow"\ncommand = "pytest"\n')
    assert verdict(in_mode(policy, "plan"), stage.command("pytest -q")) == "Allow"
    assert verdict(policy, stage.command("git log")) == "Ask"
    assert verdict(policy, stage.command("cat /etc/passwd")) == "Deny"


def test_a_rule_that_asks_asks_in_every_mode(stage: Stage) -> None:
    rules = '[[rules]]\ndecision = "ask"\ncommand = "git push"\n' + ALLOW_ALL
    for mode in ("ask", "edits", "sandboxed", "full"):
        policy = in_mode(stage.policy(rules), mode)  # type: ignore[arg-type]
        question = grant(policy, stage.command("git push", confinement=HELD), "always")
        assert isinstance(question, Ask)
        assert "git push" in question.reasons[0]
        assert verdict(policy, stage.command("git push", confinement=HELD)) == "Ask"


def test_r12_out_of_the_sandbox_is_asked_without_a_wider_yes(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "allow"\ncommand = "ls"\n')
    for mode in ("ask", "edits", "sandboxed"):
        in_mode(policy, mode)  # type: ignore[arg-type]
        question = grant(policy, stage.unsandboxed("ls"), "always")
        assert isinstance(question, Ask)
        assert question.offers == ()
        assert question.reasons == ("the sandbox has no network",)
    assert policy.grants() == []


def test_r24_elsewhere_rules_do_not_count(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "allow"\ncommand = "git status"\n')
    question = policy.decide(stage.command("git status", cwd="/usr"), "c")
    assert isinstance(question, Ask)
    assert "runs outside the workspace, in /usr" in question.reasons
    assert all("exactly" in offer.words for offer in question.offers)
    assert [offer.scope for offer in question.offers] == ["times", "minutes", "session"]


def test_variables_asked_for_are_not_what_a_rule_allows(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "allow"\ncommand = "git status"\n')
    request = stage.command("git status", environment=(("GIT_PAGER", "x"),))
    assert verdict(policy, request) == "Ask"


def test_modes_are_of_conversations_and_can_change(stage: Stage) -> None:
    policy = stage.policy(mode="edits")
    assert policy.mode("c") == "edits"
    policy.set_mode("c", "plan")
    assert (policy.mode("c"), policy.mode("d")) == ("plan", "edits")
    assert verdict(policy, stage.edit("a")) == "Deny"
    assert verdict(policy, stage.edit("a"), "d") == "Allow"
    with pytest.raises(UsageError, match="no mode 'yolo'"):
        policy.set_mode("c", "yolo")  # type: ignore[arg-type]


def test_what_runs_is_what_is_shown(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "allow"\ncommand = "ls"\n')
    assert verdict(policy, stage.command("ls")) == "Allow"
    assert verdict(policy, stage.command("ls", argv=("ls",))) == "Allow"
    for argv in (("/bin/bash", "-c", "rm x"), ("rm", "x"), ("/bin/sh", "-i", "-c", "ls")):
        assert verdict(policy, stage.command("ls", argv=argv)) == "Ask"


def test_parts_have_their_states(stage: Stage) -> None:
    (stage.workspace / "d").mkdir()
    policy = stage.policy('[[rules]]\ndecision = "allow"\ncommand = "git log"\n')
    question = policy.decide(stage.command("git log && npm test && rm -r d"), "c")
    assert isinstance(question, Ask)
    assert [part.state for part in question.parts] == ["allowed", "new", "dangerous"]
    assert [part.argv for part in question.parts][1] == ("npm", "test")
    assert "git log" in question.parts[0].rule
    unreadable = policy.decide(stage.command("echo $x"), "c")
    assert isinstance(unreadable, Ask)
    assert [part.state for part in unreadable.parts] == ["unreadable"]
    allowed = policy.decide(stage.command("git log -3"), "c")
    assert isinstance(allowed, Allow)
    assert [part.state for part in allowed.parts] == ["allowed"]


def test_r01_an_allowed_command_allows_no_other(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "allow"\ncommand = "git log"\n')
    for joint in (";", "&&", "||", "|", "&", "|&", "\n"):
        assert verdict(policy, stage.command(f"git log {joint} npm test")) == "Ask", joint
        assert verdict(policy, stage.command(f"npm test {joint} git log")) == "Ask", joint
