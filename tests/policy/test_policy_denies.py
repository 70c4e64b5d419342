"""What is denied is denied however it is written, in every mode; a deny that could never be met
is refused when it is read."""

from __future__ import annotations

import pytest
from policy_stage import Stage, verdict

from grafftui.approvals import ForgePermissions

PUSH = '[[rules]]\ndecision = "deny"\ncommand = "git push"\n'
ENV = '[[rules]]\ndecision = "deny"\nread = "**/.env"\n'
SRC = '[[rules]]\ndecision = "deny"\nwrite = "src/**"\n'


@pytest.mark.parametrize(
    "command",
    ["git 2>/dev/null push origin", "git >x push", "sudo git >x push", "a=git; $a push",
     "git {push,}", "alias g=git; g push", "hyperfine 'git push'", "git rebase -x 'git push' HEAD"],
)  # fmt: skip
def test_r05_r09_a_denied_command_is_denied_however_it_is_written(
    stage: Stage, command: str
) -> None:
    for mode in ("full", "ask"):
        assert verdict(stage.policy(PUSH, mode=mode), stage.command(command)) == "Deny"


@pytest.mark.parametrize(
    "command",
    ["cat < .e'nv'", "cat < $'.\\x65nv'", 'cat < $".env"', 'cat $".env"', "cat 0<.e'n'v | wc",
     "while read x; do :; done < .e\"n\"v", 'bash -c "cat < .e\'nv\'"', "cat < './a b/../.env'"],
)  # fmt: skip
def test_r23_a_file_that_is_read_by_a_redirect_is_read_however_it_is_quoted(
    stage: Stage, command: str
) -> None:
    assert verdict(stage.policy(ENV, mode="full"), stage.command(command)) == "Deny"


@pytest.mark.parametrize(
    "command",
    ["echo x > s'r'c/x", 'echo x > "s"rc/x', "(echo x) >> s'r'c/x", "echo x &> s'rc'/x",
     "cat <<E > s'r'c/x\nE", "echo x 2>s\\rc/x", "bash -c \"echo x > s'r'c/x\"",
     "echo > 'a b/../src/x'", "echo \"$(echo > s'r'c/x)\"", "git >s'r'c/x push"],
)  # fmt: skip
def test_r23_a_file_that_is_written_by_a_redirect_too(stage: Stage, command: str) -> None:
    policy = stage.policy(SRC, mode="full")
    assert verdict(policy, stage.command(command)) == "Deny"
    assert verdict(policy, stage.command("echo x > s$(true)rc/x")) == "Ask"


@pytest.mark.parametrize(
    "command", ["cat < .e'nvx'", "cat <<< x", "echo 'a > b' > c", "echo x 2>&1 > a", "ls > 'a b'"]
)
def test_r23_other_redirects_are_free(stage: Stage, command: str) -> None:
    assert verdict(stage.policy(ENV + SRC, mode="full"), stage.command(command)) == "Allow"


@pytest.mark.parametrize(
    "command",
    ["r=rm; $r -rf src", "alias x=y; x", 'eval "$x"', "git >x reset --hard", "git $x",
     "cd $x && rm -rf build"],
)  # fmt: skip
def test_r100_what_cannot_be_told_is_asked_in_every_mode(stage: Stage, command: str) -> None:
    (stage.workspace / "src").mkdir()
    for mode in ("full", "sandboxed"):
        assert verdict(stage.policy(mode=mode), stage.command(command)) == "Ask"


def test_r100_the_workspace_is_not_removed_from_its_parent(stage: Stage) -> None:
    request = stage.command("cd .. && rm -rf shop")
    assert verdict(stage.policy(mode="full"), request) == "Deny"


@pytest.mark.parametrize(
    "command",
    ["cat .en?", "cat .e*", "cat .env*", "cat .[e]nv", "git show HEAD:.env",
     "git show HEAD:sub/.env", "cat sub/.e??", "cat */.env", "grep -f.env x", "curl -d@.env x",
     "cat .{env,x}",
     "find . -name '*nv' -exec cat {} +", "cat < .en?", "cat .E*"],
)  # fmt: skip
def test_r23_a_wildcard_that_could_be_a_denied_file_is_it(stage: Stage, command: str) -> None:
    assert verdict(stage.policy(ENV, mode="full"), stage.command(command)) == "Deny"


@pytest.mark.parametrize(
    "command", ["ls *.py", "cat *", "cat x*", "git show HEAD:README.md", "cat [a-z]*.md", "ls */*"]
)
def test_r23_other_wildcards_are_not(stage: Stage, command: str) -> None:
    assert verdict(stage.policy(ENV, mode="full"), stage.command(command)) == "Allow"


def test_r23_a_wildcard_counts_for_what_is_there(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "deny"\nread = "keys/*.pem"\n', mode="full")
    assert verdict(policy, stage.command("cat k*/*")) == "Allow"
    (stage.workspace / "keys").mkdir()
    (stage.workspace / "keys/a.pem").write_text("x")
    for command in ("cat k*/*", "cat keys/*", "cat keys/a*", "cat */a.pem"):
        assert verdict(policy, stage.command(command)) == "Deny", command


def test_r23_a_name_of_which_a_part_cannot_be_told_is_asked(stage: Stage) -> None:
    policy = stage.policy(ENV, mode="full")
    assert verdict(policy, stage.command("cat .en${x}")) == "Ask"
    assert verdict(policy, stage.command("cat $x")) == "Allow"


def test_r23_a_file_that_is_called_like_a_wildcard_is_that_file(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "deny"\nwrite = "pages/d.tsx"\n', mode="full")
    assert verdict(policy, stage.edit("pages/[id].tsx")) == "Allow"
    assert verdict(policy, stage.edit("pages/d.tsx")) == "Deny"


def test_r27_a_denied_tool_may_have_wildcards(stage: Stage) -> None:
    rules = '[[rules]]\ndecision = "deny"\ntool = "mcp_bad*"\n'
    policy = stage.policy(rules, mode="full")
    assert policy.notices() == []
    assert verdict(policy, stage.tool("mcp_bad_x")) == "Deny"
    assert verdict(policy, stage.tool("MCP_BAD_x")) == "Deny"
    assert verdict(policy, stage.tool("mcp_good")) == "Allow"


def test_r27_the_program_in_a_deny_may_be_written_in_any_case(stage: Stage) -> None:
    policy = stage.policy('[[rules]]\ndecision = "deny"\ncommand = "Rscript"\n', mode="full")
    assert verdict(policy, stage.command("Rscript x")) == "Deny"
    assert verdict(policy, stage.command("rscript x")) == "Deny"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('decision = "deny"\ntool = "mcp_[x"', "tool = 'mcp_[x': a bracket [ has no counterpart"),
        ('decision = "allow"\ntool = "mcp_*"', "names it in full, without wildcards"),
        ('decision = "deny"\nread = "[a"', "read = '[a': a bracket [ has no counterpart"),
        ('decision = "deny"\nwrite = "x/[a/b]"', "a bracket [ has no counterpart"),
        ('decision = "deny"\nread = "[z-a]x"', "a bracket holds nothing that could match"),
        ('decision = "deny"\ncommand = "git {push,pull}"', "no wildcards"),
        ('decision = "deny"\ncommand = "git \'\' push"', "no wildcards"),
    ],
)
def test_r27_a_deny_that_could_never_be_met_is_named(stage: Stage, entry: str, said: str) -> None:
    policy = stage.policy(f"[[rules]]\n{entry}\n", mode="full")
    (notice,) = policy.notices()
    assert "entry 1: " in notice
    assert said in notice
    assert verdict(policy, stage.command("true")) == "Ask"


def test_r27_in_permissions_yaml_too(stage: Stage) -> None:
    path = stage.home / "permissions.yaml"
    path.write_text('policies:\n- permission: deny\n  rule: {read: "[a"}\n')
    policy = stage.policy(sources=[ForgePermissions(path, str(stage.workspace))], mode="full")
    (notice,) = policy.notices()
    assert "entry 1: a bracket [ has no counterpart" in notice
    assert verdict(policy, stage.command("true")) == "Ask"
