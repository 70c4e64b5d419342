"""Rules that speak of a command and do not allow it: what more they would have to say."""

from __future__ import annotations

from typing import Any

import pytest
from policy_stage import Stage, verdict

from grafftui.approvals import Ask, ForgePermissions, RuleBasedPolicyEngine


def rule(*commands: str) -> str:
    return "".join(f'[[rules]]\ndecision = "allow"\ncommand = "{each}"\n' for each in commands)


def asked(stage: Stage, rules: str, command: str) -> Ask:
    question = stage.policy(rules).decide(stage.command(command), "c")
    assert isinstance(question, Ask)
    return question


def test_what_is_unknown_is_allowed_word_for_word(stage: Stage) -> None:
    policy = stage.policy(rule("mytool lint src"))
    assert verdict(policy, stage.command("mytool lint src")) == "Allow"
    assert verdict(policy, stage.command("ls missing && mytool lint src | tail -3")) == "Ask"
    allowed = stage.policy(rule("mytool lint src", "ls", "tail"))
    assert verdict(allowed, stage.command("ls src && mytool lint src | tail -3")) == "Allow"
    for command in (
        "mytool lint src x",
        "mytool lint src src",
        "mytool lint src --fix",
        "mytool lint",
        "mytool",
        "cat a | mytool lint src",
        "ls | ls | mytool lint src 2>/dev/null",
    ):
        assert verdict(policy, stage.command(command)) == "Ask", command


def test_the_reason_says_what_the_rule_would_have_to(stage: Stage) -> None:
    (reason,) = asked(stage, rule("mytool"), "mytool lint 'a b'").reasons
    assert 'allow command "mytool"' in reason
    assert reason.endswith(
        "does not cover it: nothing is known of what mytool does with arguments, so a rule has "
        "to say them all: mytool lint 'a b'"
    )
    (reason,) = asked(stage, rule("eslint"), "eslint --fix src").reasons
    assert reason.endswith("does not cover it: a rule has to say --fix itself")
    (reason,) = asked(stage, rule("ls"), "mytool x").reasons
    assert "does not cover" not in reason
    (reason,) = asked(stage, rule("ls"), "ls | mytool").reasons
    assert reason == "nothing is known of what mytool does with what it is sent"


@pytest.mark.parametrize("command", ["chronic ls", "py x", "mise x ls", "pipenv run ls", "nodemon"])
def test_wrappers_and_runners_are_asked_about_whatever_a_rule_says(
    stage: Stage, command: str
) -> None:
    assert any(command.split()[0] in each for each in asked(stage, rule(command), command).reasons)


@pytest.mark.parametrize(
    "command",
    [
        *("pipenv run x", "rye run x", "coverage run x", "pyenv exec x", "asdf exec x"),
        *("mise exec x", "mise x y", "nvm exec x", "op run x", "dotenv run x", "nodemon x"),
        *("py x", "powershell x", "chronic ls", "dumb-init x", "lxc exec x", "mytool lint"),
        *("mytool", "make test", "just test", "gradle test", "tox", "ruff check --fix ."),
    ],
)
def test_r13_no_always_is_offered_for_what_no_rule_would_allow_again(
    stage: Stage, command: str
) -> None:
    offers = asked(stage, "", command).offers
    assert {offer.scope for offer in offers} == {"times", "minutes", "session"}
    assert all("exactly" in offer.words for offer in offers)


def test_an_always_that_is_offered_allows_the_same_again(stage: Stage) -> None:
    for command in ("pytest -q", "eslint src", "npm run lint", "jq . a.json", "cmake --build b"):
        offers = {offer.scope: offer.words for offer in asked(stage, "", command).offers}
        prefix = offers["always"].removesuffix(" with any harmless arguments")
        assert verdict(stage.policy(rule(prefix)), stage.command(command)) == "Allow"


def sources(stage: Stage, glob: str, regex: str) -> list[Any]:
    path = stage.home / "permissions.yaml"
    path.write_text(f"policies:\n  - permission: allow\n    rule:\n      command: '{glob}'\n")
    when = {"command_regex": regex}
    rubric = {"command_rules": [{"name": "a", "when": when, "decision": "accept"}]}
    return [ForgePermissions(path, str(stage.workspace)), RuleBasedPolicyEngine(rubric)]


def test_patterns_allow_no_more_than_they_say_in_so_many_words(stage: Stage) -> None:
    for source in sources(stage, "mytool lint src", "^mytool lint src$"):
        policy = stage.policy(sources=[source])
        assert verdict(policy, stage.command("mytool lint src")) == "Allow"
        assert verdict(policy, stage.command("mytool lint src src")) == "Ask"
    for source in sources(stage, "*", ".*"):
        policy = stage.policy(sources=[source])
        assert verdict(policy, stage.command("ls src")) == "Allow"
        assert verdict(policy, stage.command("mytool lint src")) == "Ask"
        assert verdict(policy, stage.command("eslint --fix src")) == "Ask"
    for source in sources(stage, "eslint --fix *", "^eslint --fix .*"):
        policy = stage.policy(sources=[source])
        assert verdict(policy, stage.command("eslint --fix src")) == "Allow"


def test_what_is_not_forbidden_is_not_said(stage: Stage) -> None:
    path = stage.home / "permissions.yaml"
    path.write_text(
        "policies:\n  - permission: allow\n    rule:\n      not:\n        command: rm*\n"
    )
    policy = stage.policy(sources=[ForgePermissions(path, str(stage.workspace))])
    assert verdict(policy, stage.command("ls src")) == "Allow"
    assert verdict(policy, stage.command("mytool lint src")) == "Ask"
    engine = RuleBasedPolicyEngine({"defaults": {"command": "accept"}})
    assert verdict(stage.policy(sources=[engine]), stage.command("ls src")) == "Allow"
    assert verdict(stage.policy(sources=[engine]), stage.command("mytool src")) == "Ask"
