"""Whatever is granted, ruled and switched, some things do not go ahead without a person."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grafftui.approvals import (
    MODES,
    Allow,
    Ask,
    Confinement,
    Decision,
    FileEdit,
    GrantsInMemory,
    Policy,
    Request,
    Scope,
)
from grafftui.approvals.rule_files import parsed_rule, project_rules
from grafftui.approvals.rules import RuleList, compiled

WS = Path(tempfile.mkdtemp(prefix="policy-")).resolve()
(WS / "src").mkdir()
(WS / "src" / "a").write_text("x")

DESTROYS = ["rm -r src", "git reset --hard", "git clean -fdx", "ls && rm -rf src", "find . -delete"]
GOVERNED = ["touch .git/config", "cp a .vscode/b", "ls > .envrc", "tee .grafftui/policy.toml"]
UNREADABLE = ["echo $(ls)", "ls &", "for i in a; do ls; done", "FOO=1 ls", "ls <(ls)", "echo $HOME"]
PLAIN = ["ls", "git status", "npm test", "python x.py", "ls > out", "cat a | wc"]
SCOPES: list[Scope] = ["once", "times", "minutes", "session", "project", "always"]
HELD = Confinement("bubblewrap", "workspace-write")


def command(text: str, **fields: Any) -> Request:
    argv = ("/bin/bash", "--noprofile", "--norc", "-c", text)
    made: dict[str, Any] = {"cwd": str(WS), "command": text, "argv": argv}
    return Request(**({"kind": "command", "tool": "shell", "subject": text} | made | fields))


def edit(path: str) -> Request:
    change = FileEdit(str(WS / path), "0", "1", "")
    return Request("edit", "write", path, str(WS), edits=(change,))


ENTRIES = st.sampled_from(
    [
        {"decision": "allow", "command": name}
        for name in ("rm", "git", "ls", "touch", "cp", "echo", "find", "tee", "python", "for")
    ]
    + [{"decision": "allow", "write": glob} for glob in ("**", "/", ".git/**", "src/**")]
    + [{"decision": "allow", "read": "/"}, {"decision": "allow", "host": "a.org"}]
    + [{"decision": "allow", "tool": "shell"}]
)
EVERYTHING = st.one_of(
    st.sampled_from([*DESTROYS, *GOVERNED, *UNREADABLE, *PLAIN]).map(command),
    st.sampled_from([*PLAIN, *UNREADABLE]).map(lambda text: command(text, kind="unsandboxed")),
    st.sampled_from([".git/config", ".mcp.json", "src/a"]).map(edit),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("mode"), st.sampled_from(MODES)),
        st.tuples(st.just("yes"), EVERYTHING, st.sampled_from(SCOPES)),
    ),
    max_size=12,
)


def policy_after(entries: list[dict[str, str]], steps: list[Any]) -> Policy:
    rules = [compiled(parsed_rule(entry, "rules"), str(WS)) for entry in entries]
    policy = Policy(workspace=WS, rules=[RuleList(rules)], grants=GrantsInMemory())
    for step in steps:
        if step[0] == "mode":
            policy.set_mode("c", step[1])
        else:
            policy.decide(step[1], "c")
            policy.learn(step[1], Decision("acceptForSession", scope=step[2]), "c")
    return policy


def patient(examples: int) -> Any:
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )


@patient(60)
@given(
    st.lists(ENTRIES, max_size=8),
    STEPS,
    st.one_of(
        st.sampled_from([*DESTROYS, *GOVERNED]).map(command),
        st.sampled_from([".git/config", ".mcp.json", ".GIT/hooks/x"]).map(edit),
    ),
    st.booleans(),
)
def test_what_destroys_or_is_governed_never_goes_ahead(
    entries: Any, steps: Any, request_: Request, held: bool
) -> None:
    """R-35, R-100: in no mode, `full` included, after any grants and with any rules."""
    policy = policy_after(entries, steps)
    asked = replace(request_, confinement=HELD) if held and request_.command else request_
    assert not isinstance(policy.decide(asked, "c"), Allow)


@patient(60)
@given(
    st.lists(ENTRIES, max_size=8),
    STEPS,
    st.one_of(
        st.sampled_from(UNREADABLE).map(command),
        st.sampled_from(PLAIN).map(lambda text: command(text, kind="unsandboxed")),
    ),
)
def test_what_cannot_be_read_or_leaves_the_sandbox_is_asked_but_in_full_mode(
    entries: Any, steps: Any, request_: Request
) -> None:
    """R-02, R-12: without a proven sandbox, what cannot be read goes ahead in `full` alone."""
    policy = policy_after(entries, steps)
    found = policy.decide(request_, "c")
    if policy.mode("c") != "full":
        assert not isinstance(found, Allow)
    if isinstance(found, Ask):
        assert found.offers == ()


@patient(40)
@given(st.lists(ENTRIES, max_size=8), STEPS, EVERYTHING)
def test_r31_a_project_never_allows_what_was_not(
    entries: list[dict[str, str]], steps: Any, request_: Request
) -> None:
    lines = [
        "[[rules]]\n" + "\n".join(f"{key} = '{value}'" for key, value in entry.items())
        for entry in entries
    ]
    without = policy_after([], steps)
    project = project_rules("\n".join(lines).encode(), "p", str(WS))
    before = without.decide(request_, "c")
    without.add_rules(project)
    after = without.decide(request_, "c")
    assert isinstance(before, Allow) or not isinstance(after, Allow)


@patient(40)
@given(st.lists(ENTRIES, max_size=8), STEPS, EVERYTHING)
def test_r09_a_denial_is_stronger_than_everything(
    entries: list[dict[str, str]], steps: Any, request_: Request
) -> None:
    denials = [
        {"decision": "deny", "command": word}
        for word in (
            "ls",
            "rm",
            "git",
            "npm",
            "python",
            "cat",
            "touch",
            "cp",
            "echo",
            "find",
            "tee",
        )
    ] + [{"decision": "deny", "write": "**"}]
    policy = policy_after([*entries, *denials], steps)
    assert type(policy.decide(request_, "c")).__name__ == "Deny"
