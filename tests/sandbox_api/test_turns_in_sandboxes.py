"""Conversations whose tools act in a lasting sandbox instead of the workspace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from corestage import (
    Core,
    Following,
    Scripted,
    answer_of,
    kept,
    of_type,
    played,
    results_of,
    sent_texts,
    titles_of,
    turns_asked,
    wait_until,
)
from fakes.steps import text, tool, tools, until
from grafftui import AgentEvent, AsyncGraff, Graff
from grafftui.approvals import Request, RequestKind
from grafftui.cancellation import Cancellation
from grafftui.cli.unattended import Unattended
from grafftui.errors import NotFoundError
from grafftui.sandboxes.lasting import Sandbox
from grafftui.tools import search_engines

pytestmark = pytest.mark.needs("bubblewrap")


def call(name: str, **arguments: Any) -> Any:
    return tool(name, arguments, f"c-{name}")


def in_sandbox(core: Core, *script: Any, **options: Any) -> tuple[Graff, Sandbox]:
    """A `Graff`, and a sandbox with a copy of its workspace."""
    graff = core.graff(core.provider(*script), **options)
    return graff, graff.create_sandbox(seed=True, delete_on_exit=True)


def requests(events: list[AgentEvent]) -> list[dict[str, Any]]:
    return [data["request"] for data in of_type(events, "ApprovalRequested")]


def executors(events: list[AgentEvent]) -> list[str | None]:
    """Of every title, where it was done."""
    contents = [data["content"] for data in of_type(events, "TaskMessage")]
    return [one.get("executor") for one in contents if one["kind"] == "ToolInput"]


@pytest.fixture(autouse=True)
def files(core: Core) -> None:
    (core.workspace / "a.py").write_text("x = 1\n")
    (core.workspace / ".env").write_text("SECRET=1\n")


def test_every_tool_acts_there_and_the_transcript_says_so(core: Core) -> None:
    graff, sandbox = in_sandbox(
        core,
        [
            tools(
                tool("read", {"file_path": "a.py"}, "c1"),
                tool("patch", {"file_path": "a.py", "old_string": "1", "new_string": "22"}, "c2"),
                tool("write", {"file_path": "new/b.py", "content": "y = 22\n"}, "c3"),
                tool("shell", {"command": "cat a.py new/b.py; pwd"}, "c4"),
                tool("fs_search", {"pattern": "22", "output_mode": "content"}, "c5"),
                tool("remove", {"path": "new/b.py"}, "c6"),
                tool("undo", {"path": "a.py"}, "c7"),
            )
        ],
        [text("Done.")],
        mode="full",
    )
    events = [*graff.chat("go", sandbox=sandbox.id)]
    assert answer_of(events) == "Done."
    read, patch, write, shell, search, removed, undone = results_of(events)
    assert "1:x = 1" in read and "+x = 22" in patch and "file_created" in write
    assert "x = 22\ny = 22\n/workspace" in shell and f'sandbox="{sandbox.id}"' in shell
    assert "a.py\n1:x = 22" in search and "new/b.py\n1:y = 22" in search
    assert "file_removed" in removed and "+x = 1" in undone
    assert sandbox.download("/workspace/a.py") == b"x = 1\n"
    assert sandbox.exec("ls new")["result"] == ""
    assert sorted(path.name for path in core.workspace.iterdir()) == [".env", "a.py"]
    assert (core.workspace / "a.py").read_text() == "x = 1\n"
    _together, *titles = (title for title, _, _ in titles_of(events))
    assert titles[0] == f"Read in sandbox {sandbox.id}"
    assert titles[3] == f"Execute [bash] in sandbox {sandbox.id}"
    assert executors(events) == [None] + [f"sandbox:local:{sandbox.id}"] * 7
    there = {data["executor"] for data in of_type(events, "FileChanged")}
    assert there == {f"sandbox:local:{sandbox.id}"}
    bodies = [json.loads(row[0]) for row in kept(core.home, "SELECT body FROM entries")]
    cards = [body["tool"] for body in bodies if "tool" in body]
    assert {card["executor"] for card in cards} == {f"sandbox:local:{sandbox.id}"}
    assert of_type(events, "CheckpointTaken") == []  # nothing here could change


def test_the_model_is_told_where_it_works(core: Core) -> None:
    fake = core.provider([text("Yes.")])
    graff = core.graff(fake)
    sandbox = graff.create_sandbox(delete_on_exit=True)
    [*graff.chat("go", sandbox=sandbox.id)]
    (asked,) = turns_asked(fake)
    assert any(f"You work in the sandbox {sandbox.id}" in said for said in sent_texts(asked))
    named = {spec["function"]["name"]: spec["function"] for spec in asked["tools"]}
    assert "outside_sandbox" not in named["shell"]["parameters"]["properties"]


def test_a_yes_for_the_workspace_is_none_for_the_sandbox_nor_the_other_way(core: Core) -> None:
    def write(name: str) -> list[Any]:
        return [call("write", file_path=name, content="1\n")]

    turns = [[write(name), [text("Done.")]] for name in ("1", "2", "3", "4", "5")]
    approver = Scripted("acceptForSession")
    graff, sandbox = in_sandbox(core, *(step for turn in turns for step in turn), approver=approver)
    conversation = played(graff.chat("go"))
    assert len(approver.requests) == 1 and approver.requests[0].executor == "local"
    [*graff.chat("go", conversation_id=conversation)]
    assert len(approver.requests) == 1  # it holds here
    [*graff.chat("go", conversation_id=conversation, sandbox=sandbox.id)]
    assert [request.executor for request in approver.requests[1:]] == [
        f"sandbox:local:{sandbox.id}"
    ]
    [*graff.chat("go", conversation_id=conversation)]
    assert len(approver.requests) == 2  # and this one there
    other = graff.create_sandbox(seed=True, delete_on_exit=True)
    [*graff.chat("go", conversation_id=conversation, sandbox=other.id)]
    assert approver.requests[2].executor == f"sandbox:local:{other.id}"
    assert sorted(path.name for path in core.workspace.iterdir()) == [".env", "1", "2", "a.py"]


def test_a_command_granted_here_is_asked_about_there(core: Core) -> None:
    once = [call("shell", command="make thing")]
    approver = Scripted("acceptForSession", "decline")
    graff, sandbox = in_sandbox(core, once, [text("1")], once, [text("2")], approver=approver)
    conversation = played(graff.chat("go"))
    [*graff.chat("go", conversation_id=conversation, sandbox=sandbox.id)]
    here, there = approver.requests
    assert here.executor == "local" and there.executor == f"sandbox:local:{sandbox.id}"
    assert here.grant_key() != there.grant_key() and here.digest() != there.digest()


def test_what_a_rule_allows_here_is_not_allowed_there_and_what_it_denies_is_denied(
    core: Core,
) -> None:
    (core.home / "config").mkdir(parents=True)
    (core.home / "config" / "policy.toml").write_text(
        '[[rules]]\ndecision = "allow"\ncommand = "echo"\n'
        '[[rules]]\ndecision = "deny"\nread = "./.env"\n'
        '[[rules]]\ndecision = "deny"\nwrite = "kept/**"\n'
    )
    graff, sandbox = in_sandbox(
        core,
        [
            tools(
                tool("shell", {"command": "echo hello"}, "c1"),
                tool("shell", {"command": "cat .env"}, "c2"),
                tool("read", {"file_path": "/workspace/.env"}, "c3"),
                tool("fs_search", {"pattern": "SECRET"}, "c4"),
                tool("write", {"file_path": "kept/x", "content": "1"}, "c5"),
            )
        ],
        [text("Done.")],
        approver=Scripted("decline"),
    )
    events = [*graff.chat("go", sandbox=sandbox.id)]
    asked = requests(events)
    assert [request["subject"] for request in asked] == ["echo hello"]
    _echoed, cat, read, found, written = results_of(events)
    assert "deny read" in cat and "deny read" in read and "deny write" in written
    assert "Nothing found" in found


@pytest.mark.parametrize("network", [False, True])
def test_sandboxed_lets_go_ahead_what_reaches_no_network(core: Core, network: bool) -> None:
    graff = core.graff(
        core.provider([call("shell", command="rm -rf /workspace/*")], [text("Done.")]),
        approver=Scripted("accept"),
        mode="sandboxed",
    )
    sandbox = graff.create_sandbox(seed=True, network=network, delete_on_exit=True)
    events = [*graff.chat("go", sandbox=sandbox.id)]
    assert len(requests(events)) == network
    assert sandbox.exec("ls")["result"] == ""
    assert (core.workspace / "a.py").exists()


def test_plan_mode_runs_only_what_reads(core: Core) -> None:
    commands = tools(
        tool("shell", {"command": "touch made"}, "c1"), tool("shell", {"command": "ls"}, "c2")
    )
    graff, sandbox = in_sandbox(core, [commands], [text("Done.")], mode="plan")
    events = [*graff.chat("go", sandbox=sandbox.id)]
    touched, listed = results_of(events)
    assert "plan mode" in touched and "a.py" in listed and "made" not in listed


def test_a_sandbox_that_goes_away_fails_calls_and_no_turn(core: Core, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    graff, sandbox = in_sandbox(
        core,
        [call("read", file_path="a.py")],
        [text("So "), until(gate), tool("shell", {"command": "ls"}, "c2")],
        [tool("read", {"file_path": "a.py"}, "c3")],
        [text("it is gone.")],
        mode="full",
    )
    events = Following(graff.chat("go", sandbox=sandbox.id))
    events.text("So ")
    sandbox.destroy()
    gate.touch()
    done = events.end()
    assert done[-1].type == "TaskComplete" and answer_of(done).endswith("it is gone.")
    first, second, third = results_of(done)
    assert "x = 1" in first
    assert f"The sandbox {sandbox.id} is gone" in second and "is gone" in third
    again = [*graff.chat("go", conversation_id=events.conversation_id)]
    assert again[-1].type in ("TaskComplete", "TurnFailed")


def test_one_that_was_stopped_is_started_by_its_next_use(core: Core) -> None:
    graff, sandbox = in_sandbox(
        core, [call("shell", command="cat a.py")], [text("Done.")], mode="full"
    )
    sandbox.stop()
    events = [*graff.chat("go", sandbox=sandbox.id)]
    assert "x = 1" in results_of(events)[0]


def test_it_is_kept_and_taken_up_again(core: Core) -> None:
    shell = [call("shell", command="pwd")]
    script = [[text("1")], shell, [text("2")], [text("3")]]
    fake = core.provider(*script)
    graff = core.graff(fake, mode="full")
    sandbox = graff.create_sandbox(seed=True)
    conversation = played(graff.chat("go", sandbox=sandbox.id))
    assert graff.sandbox_of(conversation) == sandbox.id
    graff.close()
    graff = core.graff(fake, mode="full")
    assert graff.sandbox_of(conversation) == sandbox.id
    copy = graff.fork_conversation(conversation)
    assert graff.sandbox_of(copy) == sandbox.id
    session = graff.session(conversation_id=conversation)
    assert "/workspace" in results_of([*session.send("go")])[0]
    graff.use_sandbox(conversation, None)
    assert graff.sandbox_of(conversation) is None
    [*session.send("go")]
    assert not any("You work in the sandbox" in said for said in sent_texts(turns_asked(fake)[-1]))
    graff.get_sandbox(sandbox.id).destroy()


def test_one_that_is_not_there_begins_no_conversation(core: Core) -> None:
    fake = core.provider([text("never")])
    graff = core.graff(fake)
    with pytest.raises(NotFoundError, match="no local sandbox"):
        [*graff.chat("go", sandbox="0123456789ab")]
    assert graff.list_conversations() == [] and turns_asked(fake) == []
    assert kept(core.home, "SELECT count(*) FROM conversations") == [(0,)]


def test_a_sub_agent_works_where_its_caller_does(core: Core) -> None:
    graff, sandbox = in_sandbox(
        core,
        [tool("task", {"tasks": ["look"], "agent_id": "forge"}, "c1")],
        [tool("shell", {"command": "touch made; pwd"}, "c2")],
        [text("I looked.")],
        [text("Done.")],
        mode="full",
    )
    events = [*graff.chat("go", sandbox=sandbox.id)]
    assert events[-1].type == "TaskComplete"
    assert sandbox.download("/workspace/made") == b""
    (agent,) = graff.list_sub_agents(graff.last_conversation()["id"])
    assert graff.sandbox_of(agent["id"]) == sandbox.id


def test_an_interrupted_command_ends_there_too(core: Core) -> None:
    graff, sandbox = in_sandbox(
        core, [call("shell", command="echo begun; sleep 300")], [text("never")], mode="full"
    )
    events = Following(graff.chat("go", sandbox=sandbox.id))
    events.type("ToolProgress")
    core.stop(events)
    wait_until(lambda: graff.get_sandbox(sandbox.id).info()["running"] == 0)


def test_outputs_too_long_are_read_where_they_are(core: Core) -> None:
    graff, sandbox = in_sandbox(
        core, [call("shell", command="seq 1 1000")], [text("Done.")], mode="full"
    )
    events = [*graff.chat("go", sandbox=sandbox.id)]
    assert "800 lines omitted" in results_of(events)[0]
    (path,) = (core.home / "data" / "output").iterdir()
    fake = core.provider(
        [tool("read", {"file_path": str(path), "range": {"start_line": 500}}, "c2")],
        [text("Done.")],
    )
    graff = core.graff(fake)
    events = [*graff.chat("go", sandbox=graff.create_sandbox(delete_on_exit=True).id)]
    assert "500:500" in results_of(events)[0] and requests(events) == []


def test_nobody_there_lets_edits_of_a_sandbox_pass_where_those_of_the_workspace_may() -> None:
    def decided(kind: RequestKind, executor: str) -> str:
        request = Request(kind, "t", "s", "/workspace", executor=executor)
        unattended = Unattended("edits")
        unattended.workspace = "/home/me/shop"
        signal = Cancellation()
        return unattended.decide(
            request, request_id="", conversation_id="", cancellation=signal
        ).value

    assert decided("edit", "sandbox:local:1") == "accept"
    assert decided("edit", "local") == "decline"  # which is another place of that name
    assert decided("command", "sandbox:local:1") == "decline"


async def test_awaited(core: Core) -> None:
    _, sandbox = in_sandbox(core, [text("Yes.")])
    async with AsyncGraff(cwd=str(core.workspace), provider="openai_compatible") as awaited:
        result = await awaited.session(sandbox=sandbox.id).run("go")
        assert result.conversation_id is not None
        assert await awaited.sandbox_of(result.conversation_id) == sandbox.id
        await awaited.use_sandbox(result.conversation_id, None)
        assert await awaited.sandbox_of(result.conversation_id) is None


@pytest.mark.parametrize("program", ["rg", "git", "grep"])
def test_it_is_searched_with_what_is_there(
    core: Core, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = search_engines.lines_elsewhere

    def only(query: Any) -> Any:
        found, types = lines(query)
        return {program: found[program]}, types

    monkeypatch.setattr("grafftui.core.sandboxed.search.lines_elsewhere", only)
    (core.workspace / "sub").mkdir()
    (core.workspace / "sub" / "b.txt").write_text("one\ntwo x\nthree\n")
    searches: list[dict[str, Any]] = [
        {"pattern": "x", "output_mode": "content", "-C": 1},
        {"pattern": "X", "-i": True},
        {"pattern": "x", "output_mode": "count", "glob": "*.txt"},
        {"pattern": "two", "output_mode": "content", "path": "sub/b.txt"},
        {"pattern": "x", "type": "py"},
        {"pattern": "(", "output_mode": "content"},
    ]
    calls = tools(
        *(tool("fs_search", search, f"c{number}") for number, search in enumerate(searches))
    )
    graff, sandbox = in_sandbox(core, [calls], [text("Done.")])
    if sandbox.exec(f"command -v {program}")["exitCode"]:
        pytest.skip(f"there is no {program} here")
    around, names, counted, one, typed, broken = results_of([*graff.chat("go", sandbox=sandbox.id)])
    same = around.replace("1-", "1:").replace("3-", "3:")  # git tells no context from a match
    assert "a.py\n1:x = 1" in same and "sub/b.txt\n1:one\n2:two x\n3:three" in same
    assert sorted(names.splitlines()) == ["a.py", "sub/b.txt"]
    assert counted == "sub/b.txt:1" and one == "sub/b.txt\n2:two x" and typed == "a.py"
    assert "The search failed: " in broken


def test_edits_go_ahead_in_the_copy_where_they_may_here(core: Core) -> None:
    both = tools(
        tool("write", {"file_path": "new", "content": "1\n"}, "c1"),
        tool("shell", {"command": "cat new"}, "c2"),
        tool("write", {"file_path": "/tmp/other", "content": "1\n"}, "c3"),
    )
    approver = Scripted("decline")
    graff, sandbox = in_sandbox(core, [both], [text("Done.")], mode="edits", approver=approver)
    [*graff.chat("go", sandbox=sandbox.id)]
    assert [request.subject for request in approver.requests] == ["cat new", "/tmp/other"]
    assert sandbox.download("/workspace/new") == b"1\n"
