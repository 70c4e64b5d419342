"""What a sandbox kept a command from is listed, with the grant that then lets it through."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corestage import Core, Scripted, answer_of, kept, of_type, played, results_of
from fakes.steps import text, tool
from grafftui import Graff, NotFoundError, UsageError
from grafftui.approvals.smallest import SmallestGrant

pytestmark = pytest.mark.needs("bubblewrap")


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A directory outside the workspace that commands see: /tmp is another one for them."""
    home = pwd.getpwuid(os.getuid()).pw_dir
    with tempfile.TemporaryDirectory(prefix=".grafftui-test-", dir=home) as place:
        yield Path(place)


def shell(command: str, **more: Any) -> Any:
    return [tool("shell", {"command": command, **more}, "c1")]


def begun(core: Core, *calls: Any, **options: Any) -> Graff:
    """A core whose model makes these calls, one a turn."""
    turns = [turn for call in calls for turn in (call, [text("Done.")])]
    options = {"mode": "sandboxed", "approver": Scripted("decline")} | options
    return core.graff(core.provider(*turns), **options)


def test_a_denied_command_goes_through_once_it_is_granted(core: Core, elsewhere: Path) -> None:
    command = f"touch {elsewhere}/made"
    graff = begun(core, *[shell(command)] * 3)
    conversation = played(graff.chat("go"))
    (attempt,) = graff.list_attempts(conversation)
    assert (attempt.subject, attempt.outcome, attempt.times) == (command, "declined", 1)
    assert attempt.why == f"read-only outside the workspace: {elsewhere}/made"
    assert attempt.grant.words == (
        f"exactly {command}, in {core.workspace}, "
        f"held to workspace-write, also {elsewhere}, network off (bubblewrap)"
    )
    assert not (elsewhere / "made").exists()

    graff.grant_attempt(conversation, attempt.id, attempt.grant)
    events = [*graff.chat("again", conversation_id=conversation)]
    assert of_type(events, "ApprovalRequested") == [] and (elsewhere / "made").exists()
    assert f"also {elsewhere}" in results_of(events)[0]

    (elsewhere / "made").unlink()
    events = [*graff.chat("again", conversation_id=conversation)]
    assert len(of_type(events, "ApprovalRequested")) == 1, "once was once"
    assert not (elsewhere / "made").exists()
    (attempt,) = graff.list_attempts(conversation)
    assert (attempt.times, attempt.outcome) == (3, "declined")


def test_of_the_project_it_holds_for_the_next_one_who_opens_it(core: Core, elsewhere: Path) -> None:
    command = f"touch {elsewhere}/made"
    graff = begun(core, shell(command))
    conversation = played(graff.chat("go"))
    (attempt,) = graff.list_attempts(conversation)
    graff.grant_attempt(conversation, attempt.id, attempt.grant, "project")
    graff.close()
    events = [*begun(core, shell(command)).chat("go")]
    assert of_type(events, "ApprovalRequested") == [] and (elsewhere / "made").exists()


def test_only_what_was_shown_is_granted(core: Core, elsewhere: Path) -> None:
    graff = begun(core, shell(f"touch {elsewhere}/made"))
    conversation = played(graff.chat("go"))
    (attempt,) = graff.list_attempts(conversation)
    with pytest.raises(NotFoundError, match="nothing called 999"):
        graff.grant_attempt(conversation, 999, attempt.grant)
    with pytest.raises(NotFoundError):
        graff.grant_attempt("another conversation", attempt.id, attempt.grant)
    with pytest.raises(UsageError, match="no longer what was shown"):
        graff.grant_attempt(conversation, attempt.id, SmallestGrant(words="something else"))
    with pytest.raises(UsageError, match="scope"):
        graff.grant_attempt(conversation, attempt.id, attempt.grant, "always")
    assert graff.policy.grants() == []


def test_what_held_a_secret_is_not_granted_from_what_is_kept_of_it(core: Core) -> None:
    secret = "sk-ant-api03-" + "Ab1" * 30
    graff = begun(core, shell(f"curl -H 'x-api-key: {secret}' example.org", network=True))
    conversation = played(graff.chat("go"))
    (attempt,) = graff.list_attempts(conversation)
    assert secret not in attempt.subject and "secret" in attempt.grant.words
    assert attempt.grant.rules == ()
    with pytest.raises(UsageError, match="it held a secret"):
        graff.grant_attempt(conversation, attempt.id, attempt.grant)


def test_rules_modes_and_nobody_deny_too(core: Core) -> None:
    rules = core.home / "config" / "policy.toml"
    rules.parent.mkdir(parents=True, exist_ok=True)
    rules.write_text('[[rules]]\ndecision = "deny"\ncommand = "git push"\n')
    calls = [shell("git push"), shell("touch made"), shell("cargo build")]
    graff = begun(core, *calls, mode="ask", approver=Scripted("decline"))
    conversation = played(graff.chat("one"))
    graff.set_mode(conversation, "plan")
    played(graff.chat("two", conversation_id=conversation))
    graff.set_mode(conversation, "ask")
    played(graff.chat("three", conversation_id=conversation))
    cargo, touch, push = graff.list_attempts(conversation)
    assert push.outcome == "denied" and "policy.toml entry 1" in push.why
    assert push.grant.words == f"no grant: {push.why}" and not push.grant.scopes
    assert touch.outcome == "denied" and touch.why.startswith("plan mode: ")
    assert touch.grant.words.startswith("exactly touch made, in ")
    assert (cargo.outcome, cargo.why) == ("declined", "runs a command")
    assert len(graff.list_attempts(conversation, limit=2)) == 2


def test_a_deleted_conversation_tells_nothing(core: Core, elsewhere: Path) -> None:
    graff = begun(core, shell(f"touch {elsewhere}/made"))
    conversation = played(graff.chat("go"))
    assert graff.list_attempts(conversation)
    graff.delete_conversation(conversation)
    graff.store.order.empty_bin()
    assert kept(core.home, "SELECT count(*) FROM approvals") != [(0,)]
    assert graff.list_attempts(conversation) == []


def test_the_policy_in_each_mode(core: Core) -> None:
    graff = begun(core)
    held = graff.local_policy(mode="sandboxed")
    assert held.held and held.writes == (str(core.workspace),) and not held.network
    assert held.protects and held.proof.engine == "bubblewrap"
    assert "reaching the network" in held.proof.refused and held.proof.at > 1.7e9
    assert all(Path(path).exists() for path in held.masked)
    assert any(path.startswith(str(core.home)) for path in held.masked)
    plan = graff.local_policy(mode="plan")
    assert plan.held and plan.writes == ()
    full = graff.local_policy(mode="full")
    assert not full.held and full.network and full.masked == () and "full" in full.why_not


def test_the_policy_changes_with_rules_grants_and_trust(core: Core) -> None:
    graff = begun(core, shell("echo hi", network=True))
    conversation = played(graff.chat("go"))
    before = graff.local_policy(conversation)
    assert (before.rules, before.grants, before.trust) == ((), 0, "nothing")
    (attempt,) = graff.list_attempts(conversation)
    graff.grant_attempt(conversation, attempt.id, attempt.grant, "session")
    assert graff.local_policy(conversation).grants == 1
    rules = core.home / "config" / "policy.toml"
    rules.parent.mkdir(parents=True, exist_ok=True)
    rules.write_text('[[rules]]\ndecision = "deny"\ncommand = "git push"\n')
    assert graff.local_policy().rules == (("deny", 1),)
    project = core.workspace / ".grafftui"
    project.mkdir()
    (project / "policy.toml").write_text('[[rules]]\ndecision = "deny"\ncommand = "curl"\n')
    assert graff.local_policy().trust == "unknown"
    assert graff.local_policy().rules == (("deny", 1),)
    graff.project.trust(graff.project.state().contents)
    assert graff.local_policy().rules == (("deny", 2),)
    assert graff.local_policy().trust == "trusted"
    rules.write_text("[[rules]\n")
    assert graff.local_policy().broken


def test_the_answer_is_still_there(core: Core) -> None:
    """A grant does not stand in the way of the turn that made the attempt."""
    graff = begun(core, shell("echo hi", network=True), approver=Scripted("accept"))
    events = [*graff.chat("go")]
    assert answer_of(events) == "Done."
    conversation = str(events[0].data["conversationId"])
    (attempt,) = graff.list_attempts(conversation)
    assert attempt.outcome == "allowed"
