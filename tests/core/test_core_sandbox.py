"""Commands are held by the kernel, say what they were kept from, and run again with a yes."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corestage import Core, Scripted, answer_of, of_type, results_of, types, wait_until
from fakes.steps import text, tool
from grafftui import AgentEvent
from grafftui.cancellation import Cancellation
from grafftui.core.holding import Holding
from grafftui.sandboxes import LocalSandbox
from grafftui.tools import Toolbox

pytestmark = pytest.mark.needs("bubblewrap")


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A directory outside the workspace that commands see: /tmp is another one for them."""
    home = pwd.getpwuid(os.getuid()).pw_dir
    with tempfile.TemporaryDirectory(prefix=".grafftui-test-", dir=home) as place:
        yield Path(place)


def shell(command: str, **more: Any) -> Any:
    return tool("shell", {"command": command, **more}, "c1")


def played(core: Core, call: Any, **options: Any) -> list[AgentEvent]:
    fake = core.provider([call], [text("Done.")])
    events = [*core.graff(fake, **options).chat("go")]
    assert answer_of(events) == "Done."
    return events


def requests(events: list[AgentEvent]) -> list[dict[str, Any]]:
    return [data["request"] for data in of_type(events, "ApprovalRequested")]


def test_sandboxed_asks_for_nothing_that_stays_inside(core: Core) -> None:
    events = played(core, shell("touch made && ls"), mode="sandboxed")
    assert requests(events) == []
    assert (core.workspace / "made").exists()
    assert "workspace-write, network off (bubblewrap)" in results_of(events)[0]


def test_what_is_kept_from_the_network_is_asked_again_and_runs(core: Core) -> None:
    connect = "python3 -c \"import socket; socket.socket(); print('got out')\""
    events = played(core, shell(connect), mode="sandboxed", approver=Scripted("accept"))
    (again,) = requests(events)
    assert again["kind"] == "unsandboxed" and again["confinement"]["network"]
    assert "network is off" in again["because"]
    (question,) = (data["question"] for data in of_type(events, "ApprovalRequested"))
    assert "network is off" in question["reasons"][0] and not question["offers"]
    assert "got out" in results_of(events)[0] and "network on" in results_of(events)[0]


def test_the_smallest_grant_for_a_file_elsewhere_is_its_directory(
    core: Core, elsewhere: Path
) -> None:
    events = played(
        core, shell(f"touch {elsewhere}/made"), mode="sandboxed", approver=Scripted("accept")
    )
    (again,) = requests(events)
    assert [*again["confinement"]["writable"]] == [str(elsewhere)]
    assert not again["confinement"]["network"]
    assert (elsewhere / "made").exists()


def test_a_no_leaves_it_at_that_and_the_model_learns_why(core: Core, elsewhere: Path) -> None:
    command = f"touch {elsewhere}/never"
    events = played(core, shell(command), mode="sandboxed", approver=Scripted("decline"))
    assert len(requests(events)) == 1
    assert not (elsewhere / "never").exists()
    (result,) = results_of(events)
    assert "sandbox_denied=" in result and "declined" in result


def test_without_anybody_nothing_leaves_the_sandbox(core: Core, elsewhere: Path) -> None:
    events = played(core, shell(f"touch {elsewhere}/never"), mode="sandboxed")
    assert not (elsewhere / "never").exists()
    assert "read-only outside the workspace" in results_of(events)[0]


@pytest.mark.parametrize("wish", [{"network": True}, {"outside_sandbox": True}])
def test_the_model_may_ask_for_more_and_is_asked_about(core: Core, wish: dict[str, bool]) -> None:
    approver = Scripted("accept")
    events = played(core, shell("echo hi", **wish), mode="sandboxed", approver=approver)
    (request,) = requests(events)
    assert request["kind"] == "unsandboxed" and request["because"]
    held = request["confinement"]
    assert held["network"] if "network" in wish else held is None


def test_full_is_held_by_nothing(core: Core, elsewhere: Path) -> None:
    events = played(core, shell(f"touch {elsewhere}/made; echo $?"), mode="full")
    assert requests(events) == []
    assert (elsewhere / "made").exists()


def test_plan_writes_nothing(core: Core) -> None:
    events = played(core, shell("touch made"), mode="plan", approver=Scripted("accept"))
    assert requests(events) == [] and not (core.workspace / "made").exists()
    assert "A rule forbids this call" in results_of(events)[0]
    events = played(core, shell("ls"), mode="plan")
    assert "read-only" in results_of(events)[0]


def test_a_mode_counts_from_the_next_request_on(core: Core) -> None:
    """R-82 for modes: what was asked in one mode is not answered by a change to another."""
    calls = [[shell("touch a")], [shell("touch b")], [text("Done.")]]
    graff = core.graff(core.provider(*calls), mode="sandboxed", approver=Scripted("decline"))
    for event in graff.chat("go"):
        if event.type == "ConversationStarted":
            conversation = event.data["conversationId"]
        if event.type == "ToolCallEnd":
            graff.policy.set_mode(conversation, "ask")
    assert (core.workspace / "a").exists() and not (core.workspace / "b").exists()


def test_under_landlock_what_cannot_be_forbidden_is_reported(core: Core) -> None:
    graff = core.graff(core.provider())
    sandbox = LocalSandbox(core.workspace, engines=("landlock",))
    if not sandbox.prove().proven:
        pytest.skip("this kernel has no Landlock")
    context = graff._workbench._context("c", Cancellation(), held=True)
    context.confiner = Holding(sandbox, lambda: "ask")
    call = Toolbox(["shell"]).prepare("shell", {"command": "echo x > .mcp.json"}, context)
    result = call.execute(context)
    assert not result.is_error
    assert [words for words in result.warnings if ".mcp.json" in words]


def test_what_is_made_deep_in_the_workspace_is_reported(core: Core) -> None:
    made = " ".join(f"a/n{number}/.envrc" for number in range(12))
    script = f"mkdir -p $(dirname {made}); touch {made}"
    graff = core.graff(core.provider())
    context = graff._workbench._context("c", Cancellation(), held=True)
    context.confiner = Holding(graff.sandbox, lambda: "ask")
    call = Toolbox(["shell"]).prepare("shell", {"command": script}, context)
    result = call.execute(context)
    assert not result.is_error
    assert "a/n0/.envrc, which decides what programs do" in result.warnings[0]
    assert len(result.warnings) == 11 and result.warnings[-1] == "And 2 more such files."


def test_what_is_made_in_the_background_is_reported_once_it_has_ended(core: Core) -> None:
    graff = core.graff(core.provider())
    context = graff._workbench._context("c", Cancellation(), held=True)
    context.confiner = Holding(graff.sandbox, lambda: "ask")
    tools = Toolbox(["shell", "background"])

    def told(name: str, **arguments: object) -> list[str]:
        return list(tools.prepare(name, arguments, context).execute(context).warnings)

    script = "mkdir a; touch a/.envrc; echo made; exec sleep 1000"
    assert told("shell", command=script, background=True) == []
    (one,) = context.background.all("c")
    wait_until(lambda: "made" in one.tail())
    assert told("background", action="list") == []
    one.stop()
    assert one.wait(60)
    (warning,) = told("shell", command="true")
    assert warning.startswith("While a command ran in the background ") and "a/.envrc" in warning
    assert told("background", action="output", number=one.number) == []


def test_the_persons_own_command_is_not_held(core: Core, elsewhere: Path) -> None:
    graff = core.graff(core.provider())
    events = [*graff.run_command(f"touch {elsewhere}/mine")]
    assert types(events)[-1] == "TaskComplete" and (elsewhere / "mine").exists()
