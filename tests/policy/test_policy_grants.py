"""What a yes that reaches further than one act makes, covers, and how it ends."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from policy_stage import HELD, Stage, grant, verdict

from grafftui.approvals import Allow, Ask, Decision, Grant, GrantRule, GrantsInMemory, Policy
from grafftui.approvals.grants import RULES_VERSION


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def offered(policy: Policy, request: Any) -> dict[str, str]:
    question = policy.decide(request, "c")
    assert isinstance(question, Ask)
    return {offer.scope: offer.words for offer in question.offers}


def test_r13_a_compound_yes_is_a_rule_for_each_part(stage: Stage) -> None:
    policy = stage.policy()
    request = stage.command("git log -3 && git diff --stat")
    assert set(offered(policy, request)) == {"times", "minutes", "session", "project", "always"}
    grant(policy, request, "always")
    assert [g.rule.words for g in policy.grants()] == [("git", "log"), ("git", "diff")]
    assert verdict(policy, stage.command("git diff")) == "Allow"
    assert verdict(policy, stage.command("git log -1 | git log")) == "Allow"
    assert verdict(policy, stage.command("git show")) == "Ask"


@pytest.mark.parametrize(
    "command",
    ["python x.py", "node x.js", "bash x.sh", "npx cowsay", "make all", "docker run x",
     "ssh host ls", "sudo ls", "env ls", "xargs ls", "curl https://a.org"],
)  # fmt: skip
def test_r13_what_runs_anything_is_granted_only_word_for_word(stage: Stage, command: str) -> None:
    policy = stage.policy()
    words = offered(policy, stage.command(command))
    assert not {"project", "always"} & set(words)
    grant(policy, stage.command(command))
    assert verdict(policy, stage.command(command + " more")) == "Ask"
    assert all(g.rule.kind != "prefix" for g in policy.grants())


@pytest.mark.parametrize("command", ["git", "git status", "npm test", "rm x", "cp a b", "touch a"])
def test_r13_no_rule_is_shorter_than_program_and_sub_command(stage: Stage, command: str) -> None:
    policy = stage.policy()
    grant(policy, stage.command(command))
    for other in ("git stash", "npm publish", "rm y", "rm x y", "cp c d", "cp a b c", "touch a b"):
        assert verdict(policy, stage.command(other)) == "Ask", other


@pytest.mark.parametrize("command", ["echo $(date)", "for i in a; do ls; done", "ls &", "FOO=1 ls"])
def test_what_cannot_be_read_is_never_granted(stage: Stage, command: str) -> None:
    """R-02, R-03."""
    policy = stage.policy()
    assert offered(policy, stage.command(command)) == {}
    grant(policy, stage.command(command))
    assert verdict(policy, stage.command(command)) == "Ask"


def test_a_redirect_is_granted_only_byte_for_byte(stage: Stage) -> None:
    """R-04."""
    policy = stage.policy()
    assert set(offered(policy, stage.command("ls > a"))) == {"times", "minutes", "session"}
    grant(policy, stage.command("ls > a"))
    assert verdict(policy, stage.command("ls > a")) == "Allow"
    for other in ("ls > b", "ls", "ls >> a", "ls > a; ls > a"):
        assert verdict(policy, stage.command(other)) == "Ask", other


@pytest.mark.parametrize(
    "change",
    [
        {"executor": "cloud-1"},
        {"environment": (("A", "1"),)},
        {"confinement": None},
        {"confinement": replace(HELD, network=True)},
        {"cwd": "/usr"},
    ],
)
@pytest.mark.parametrize("command", ["git status", "pytest -q", "touch a", "bash x.sh", "ls > a"])
def test_r83_a_grant_is_for_one_place_and_one_way(
    stage: Stage, command: str, change: dict[str, Any]
) -> None:
    policy = stage.policy()
    request = stage.command(command, confinement=HELD)
    grant(policy, request)
    assert verdict(policy, request) == "Allow"
    assert verdict(policy, replace(request, **change)) == "Ask"


def test_r83_a_grant_is_for_one_backend(stage: Stage) -> None:
    store = GrantsInMemory()
    ours, theirs = stage.policy(grants=store), stage.policy(grants=store, backend="codex")
    grant(ours, stage.command("git status"), "always")
    assert verdict(ours, stage.command("git status")) == "Allow"
    assert verdict(theirs, stage.command("git status")) == "Ask"


def test_r81_a_script_is_granted_as_it_is(stage: Stage) -> None:
    policy = stage.policy()

    def run(content: str) -> Any:
        pin = (("GRAFFTUI_SCRIPTS", f"go.sh sha256:{content}"),)
        return stage.command("bash go.sh", environment=pin)

    words = offered(policy, run("1"))
    assert "as long as go.sh stays as it is" in words["always"]
    grant(policy, run("1"), "always")
    assert verdict(policy, run("1")) == "Allow"
    assert verdict(policy, run("2")) == "Ask"
    assert verdict(policy, stage.command("bash go.sh")) == "Ask"


def test_r81_each_part_holds_only_its_own_scripts(stage: Stage) -> None:
    pins = {"git log": "", "npm test": "package.json sha256:1"}
    policy = stage.policy(scripts=lambda command, cwd: pins.get(command, ""))
    whole = (("GRAFFTUI_SCRIPTS", "package.json sha256:1"),)
    grant(policy, stage.command("npm test", environment=whole), "always")
    grant(policy, stage.command("git log"), "always")
    both = stage.command("git log && npm test", environment=whole)
    assert verdict(policy, both) == "Allow"
    other = (("GRAFFTUI_SCRIPTS", "package.json other.sh sha256:9"),)
    assert verdict(policy, replace(both, environment=other)) == "Ask"


def test_scopes_reach_as_far_as_they_say(stage: Stage) -> None:
    store = GrantsInMemory()
    policy = stage.policy(grants=store)
    for scope, command in (("session", "pytest"), ("project", "mypy"), ("always", "ruff check")):
        grant(policy, stage.command(command), scope)
    here = [verdict(policy, stage.command(c)) for c in ("pytest", "mypy", "ruff check")]
    there = [verdict(policy, stage.command(c), "d") for c in ("pytest", "mypy", "ruff check")]
    assert (here, there) == (["Allow"] * 3, ["Ask", "Allow", "Allow"])
    assert [g.scope for g in store.all()] == ["project", "always"]
    (stage.home / "other").mkdir()
    other = Policy(workspace=stage.home / "other", grants=store)
    elsewhere = [
        verdict(other, stage.command(c, cwd=str(stage.home / "other")))
        for c in ("mypy", "ruff check")
    ]
    assert elsewhere == ["Ask", "Allow"]


def test_so_many_times(stage: Stage) -> None:
    policy = stage.policy()
    request = stage.command("git log && git log -1")
    grant(policy, request, "times", times=2)
    assert [verdict(policy, request) for _ in range(3)] == ["Allow", "Allow", "Ask"]
    assert policy.grants() == []
    grant(policy, request, "times", times=-1)
    assert verdict(policy, request) == "Ask"


def test_a_use_is_not_taken_where_another_grant_covers_it(stage: Stage) -> None:
    policy = stage.policy()
    request = stage.command("pytest")
    grant(policy, request, "times", times=1)
    (counted,) = policy.grants()
    store = GrantsInMemory()
    store.add(counted)
    store.add(replace(counted, id="always", scope="always", uses_left=None))
    other = stage.policy(grants=store)
    assert [verdict(other, request) for _ in range(3)] == ["Allow"] * 3
    assert [g.uses_left for g in store.all()] == [1, None]


def test_uses_are_counted_once_among_threads(stage: Stage) -> None:
    policy = stage.policy()
    request = stage.command("git log")
    grant(policy, request, "times", times=10)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.extend(verdict(policy, request) for _ in range(5)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == ["Allow"] * 10 + ["Ask"] * 20


def test_for_so_many_minutes(stage: Stage) -> None:
    clock = Clock()
    policy = stage.policy(now=clock)
    request = stage.command("git log")
    grant(policy, request, "minutes", minutes=15)
    (given,) = policy.grants()
    assert given.expires_at == clock.now + 900
    clock.now += 899
    assert verdict(policy, request) == "Allow"
    clock.now += 1
    assert verdict(policy, request) == "Ask"
    clock.now -= 10_000  # the clock is set back
    assert verdict(policy, request) == "Ask"
    assert policy.grants() == []


def test_grants_are_listed_and_revoked(stage: Stage) -> None:
    policy = stage.policy()
    grant(policy, stage.command("pytest"), "session")
    grant(policy, stage.command("mypy"), "always")
    session, always = policy.grants()
    assert [g.words for g in policy.grants("d")] == [always.words]
    assert policy.revoke(session.id)
    assert policy.revoke(always.id)
    assert not policy.revoke(always.id)
    assert verdict(policy, stage.command("pytest && mypy")) == "Ask"


def test_a_yes_reaches_no_further_than_was_offered(stage: Stage) -> None:
    policy = stage.policy()
    grant(policy, stage.command("python x.py"), "always")
    grant(policy, stage.edit("a"), "always")
    assert policy.grants() == []
    grant(policy, stage.edit("a"), "once")
    assert policy.grants() == []


def test_r84_an_answer_without_a_question_teaches_nothing(stage: Stage) -> None:
    policy = stage.policy()
    yes = Decision("acceptForSession")
    policy.learn(stage.command("git log"), yes, "c")
    policy.decide(stage.command("git log"), "c")
    policy.learn(stage.command("git log"), yes, "another")
    policy.learn(stage.command("git log", timeout=5.0), yes, "c")
    assert policy.grants() == []
    policy.learn(stage.command("git log"), yes, "c")
    policy.learn(stage.command("git log"), yes, "c")
    assert len(policy.grants()) == 1


def test_edits_in_the_workspace(stage: Stage) -> None:
    policy = stage.policy()
    assert set(offered(policy, stage.edit("a"))) == {"times", "minutes", "session", "project"}
    assert set(offered(policy, stage.edit("a", removes=True))) == {"times", "minutes", "session"}
    grant(policy, stage.edit("a"), "project")
    assert verdict(policy, stage.edit("b/c", tool="patch"), "d") == "Allow"
    for other in (
        stage.edit("b", removes=True),
        stage.edit("/etc/x", cwd="/etc"),
        stage.edit("a", description="The path given is a symbolic link to a."),
    ):
        assert verdict(policy, other) == "Ask"


def test_edits_out_of_the_ordinary_are_granted_file_by_file(stage: Stage) -> None:
    """R-22."""
    policy = stage.policy()
    request = stage.edit("/opt/x", cwd="/opt", description="/opt/x is outside the workspace.")
    assert set(offered(policy, request)) == {"times", "minutes", "session"}
    grant(policy, request)
    assert verdict(policy, request) == "Allow"
    assert verdict(policy, stage.edit("/opt/y", cwd="/opt", description="outside")) == "Ask"


def test_hosts_reads_and_tools(stage: Stage) -> None:
    policy = stage.policy()
    grant(policy, stage.fetch("https://a.org/x"), "always")
    grant(policy, stage.read("/etc/hosts"), "always")
    grant(policy, stage.tool("mcp_list"), "always")
    assert verdict(policy, stage.fetch("http://A.org./y")) == "Allow"
    assert verdict(policy, stage.read("/etc/hosts")) == "Allow"
    assert verdict(policy, stage.tool("mcp_list")) == "Allow"
    for other in (
        stage.fetch("https://b.a.org/"),
        stage.fetch("https://a.org:81/"),
        stage.fetch("https://a.org@evil.org/"),
        stage.read("/etc/passwd"),
        stage.read("/etc/hosts", "fs_search"),
        stage.tool("mcp_drop"),
    ):
        assert verdict(policy, other) == "Ask", other


def test_r62_an_address_that_tells_is_asked_even_where_its_host_is_allowed(stage: Stage) -> None:
    rules = '[[rules]]\ndecision = "allow"\nhost = "a.org"\n'
    policy = stage.policy(rules)
    long = stage.fetch("https://a.org/?q=%41" + "x" * 300)
    question = policy.decide(long, "c")
    assert isinstance(question, Ask)
    assert "https://a.org/?q=Ax" in question.reasons[1]
    assert question.offers == ()
    policy.learn(long, Decision("accept"), "c")
    assert verdict(policy, long) == "Allow"
    assert verdict(policy, long, "d") == "Ask"
    policy.set_mode("c", "full")
    key = "sk-ant-" + "a1b2c3d4" * 4
    assert verdict(policy, stage.fetch(f"https://a.org/?q={key}")) == "Ask"


def test_what_else_it_would_have_matched_comes_from_the_past(stage: Stage) -> None:
    asked: list[Any] = []

    class Past:
        def matching(self, rules: Any) -> list[str]:
            asked.append([rule.words for rule in rules])
            return ["git log -p"]

    policy = stage.policy(past=Past())
    question = policy.decide(stage.command("git log -3"), "c")
    assert isinstance(question, Ask)
    assert question.matching == ("git log -p",)
    policy.decide(stage.command("echo $x"), "c")
    policy.decide(stage.edit("a"), "c")
    assert asked == [[("git", "log")]]


def test_r83_an_exact_rule_of_another_version_covers_nothing(stage: Stage) -> None:
    store = GrantsInMemory()
    policy = stage.policy(grants=store)
    grant(policy, stage.command("python x.py"))
    grant(policy, stage.command("git log"), "always")
    (always,) = store.all()
    assert always.rule.version == 0
    exact = next(g for g in policy.grants() if g.rule.kind == "request")
    assert exact.rule.version == RULES_VERSION
    old = replace(exact, rule=replace(exact.rule, version=RULES_VERSION - 1))
    other = stage.policy(grants=store)
    store.add(replace(old, conversation_id=""))
    assert verdict(other, stage.command("python x.py")) == "Ask"


def test_a_rule_that_is_not_offered_any_more_covers_nothing(stage: Stage) -> None:
    store = GrantsInMemory()
    rule = GrantRule("prefix", ("python",))
    store.add(Grant("g", rule, "always", "", "", None, None, 0.0, "python"))
    store.add(Grant("h", replace(rule, words=("git",)), "always", "", "", None, None, 0.0, "git"))
    policy = stage.policy(grants=store)
    assert verdict(policy, stage.command("python x.py")) == "Ask"
    assert verdict(policy, stage.command("git log")) == "Ask"


def test_a_store_that_fails_allows_nothing(stage: Stage) -> None:
    from grafftui.errors import StoreError

    class Broken(GrantsInMemory):
        def all(self) -> Any:
            raise StoreError("cannot be read")

    policy = stage.policy('[[rules]]\ndecision = "allow"\ncommand = "ls"\n', grants=Broken())
    assert verdict(policy, stage.command("git log")) == "Ask"
    assert isinstance(policy.decide(stage.command("ls"), "c"), Allow)


def test_a_use_that_cannot_be_written_down_is_none(stage: Stage) -> None:
    from grafftui.errors import StoreError

    class Full(GrantsInMemory):
        def use(self, grant_id: str) -> bool:
            raise StoreError("the disk is full")

    store = Full()
    store.add(Grant("g", GrantRule("prefix", ("pytest",)), "times", "", "", 5, None, 0.0, "x"))
    question = stage.policy(grants=store).decide(stage.command("pytest"), "c")
    assert isinstance(question, Ask)
    assert question.reasons == ("the last use of what was granted was taken meanwhile",)


def test_what_cannot_be_read_is_not_covered_by_a_grant_from_when_it_could(stage: Stage) -> None:
    from grafftui.approvals.offering import whole_rule

    request = stage.command("echo $(date)")
    store = GrantsInMemory()
    rule = whole_rule(request, "graff")
    store.add(Grant("g", rule, "always", "", "", None, None, 0.0, "exactly this"))
    assert verdict(stage.policy(grants=store), request) == "Ask"
