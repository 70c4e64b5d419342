"""Nothing runs unasked, and what was approved is what is done, byte for byte."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from corestage import (
    Core,
    Following,
    Scripted,
    Waiting,
    answer_of,
    calls_and_results,
    each_wire,
    kept,
    kept_messages,
    of_type,
    results_of,
    turns_asked,
    types,
)
from fakes.steps import text, tool, tools
from grafftui import Graff
from grafftui.approvals import Decision, Request
from grafftui.errors import TurnFailedError

ACTS = [
    ("shell", {"command": "touch made"}),
    ("write", {"file_path": "made", "content": "x"}),
    ("remove", {"path": "there"}),
    ("fetch", {"url": "http://example.com/"}),
    ("read", {"file_path": "/etc/hostname"}),
    ("fs_search", {"pattern": "root", "path": "/etc"}),
]
"""A call of each kind that needs a yes."""


@each_wire
def test_with_nobody_to_ask_only_reading_in_the_workspace_is_done(core: Core, wire: str) -> None:
    (core.workspace / "there").write_text("here I am\n")
    fake = core.provider(
        [tools(*[tool(name, arguments) for name, arguments in ACTS])],
        [tools(tool("read", {"file_path": "there"}), tool("fs_search", {"pattern": "here"}))],
        [text("I see.")],
    )
    events = [*core.graff(fake, wire).chat("go")]
    *refused, read, found = results_of(events)
    assert len(refused) == len(ACTS)
    for result in refused:
        assert result.startswith("<permission_denied>This call needs an approval, and nobody is")
        assert "Nothing was done." in result
    assert "here I am" in read
    assert "there" in found
    assert [*core.workspace.iterdir()] == [core.workspace / "there"]
    assert {d["by"] for d in of_type(events, "ApprovalResolved")} == {"nobody"}
    assert events[-1].type == "TaskComplete"


def test_a_yes(core: Core) -> None:
    (core.workspace / "a").write_text("old\n")
    approver = Scripted("accept")
    fake = core.provider(
        [tool("read", {"file_path": "a"})],
        [tool("patch", {"file_path": "a", "old_string": "old", "new_string": "new"}, "c1")],
        [tool("shell", {"command": "cat a; echo made > b"}, "c2")],
        [text("Done.")],
    )
    events = [*core.graff(fake, approver=approver).chat("go")]
    assert (core.workspace / "a").read_text() == "new\n"
    assert (core.workspace / "b").read_text() == "made\n"
    edit, command = approver.requests
    assert (edit.kind, edit.subject, edit.cwd) == ("edit", "a", str(core.workspace))
    assert "-old\n+new\n" in edit.edits[0].diff
    assert (command.kind, command.command) == ("command", "cat a; echo made > b")
    assert command.argv[-1] == "cat a; echo made > b"
    asked = of_type(events, "ApprovalRequested")
    assert [Request.from_wire(data["request"]) for data in asked] == [edit, command]
    assert [data["request"]["digest"] for data in asked] == [edit.digest(), command.digest()]
    assert [d["decision"] for d in of_type(events, "ApprovalResolved")] == ["accept", "accept"]
    assert [d["call_id"] for d in asked] == ["c1", "c2"]
    ids = [data["request_id"] for data in asked]
    assert ids == [data["request_id"] for data in of_type(events, "ApprovalResolved")]


@each_wire
def test_a_no_with_a_reason_reaches_the_model(core: Core, wire: str) -> None:
    approver = Scripted(Decision("decline", "use <uv> & not pip"), "accept")
    fake = core.provider(
        [tool("shell", {"command": "pip install x"}, "c1")],
        [tool("shell", {"command": "echo uv > used"}, "c2")],
        [text("With uv, then.")],
    )
    events = [*core.graff(fake, wire, approver=approver).chat("install x")]
    told = (
        "<permission_denied>The person declined this call: use &lt;uv&gt; &amp; not pip."
        " Nothing was done. Do not make the same call again; go on without it, or another way."
        "</permission_denied>"
    )
    assert results_of(events)[0] == told
    assert kept_messages(core.home)[2]["text"] == told
    assert "The person declined this call" in str(turns_asked(fake)[1])
    assert (core.workspace / "used").read_text() == "uv\n"
    assert events[-1].type == "TaskComplete"


def test_a_no_is_no_failure(core: Core) -> None:
    core.settings("max_tool_failure_per_turn = 1\n")
    fake = core.provider(*[[tool("shell", {"command": "true"})] for _ in range(4)], [text("Well.")])
    events = [*core.graff(fake, approver=Scripted("decline")).chat("go")]
    assert events[-1].type == "TaskComplete"
    assert "declined this call. Nothing was done" in results_of(events)[0]


@each_wire
def test_cancel_declines_and_stops_the_turn(core: Core, wire: str) -> None:
    fake = core.provider(
        [tools(tool("shell", {"command": "touch a"}, "c1"), tool("todo_read", {}, "c2"))],
        [text("Yes.")],
    )
    graff = core.graff(fake, wire, approver=Scripted("cancel"))
    events = [*graff.chat("go")]
    assert types(events)[-2:] == ["ApprovalResolved", "TurnInterrupted"]
    assert of_type(events, "ApprovalResolved")[0]["decision"] == "cancel"
    assert len(turns_asked(fake)) == 1
    assert [*core.workspace.iterdir()] == []
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]
    begun = events[0].data["conversationId"]
    assert answer_of(graff.chat("and now?", conversation_id=begun)) == "Yes."
    assert calls_and_results(turns_asked(fake)[1]) == (["c1", "c2"], ["c1", "c2"])


# -- for this session ------------------------------------------------------------------------


def session_of(core: Core, approver: Scripted, *calls: Any) -> list[list[Any]]:
    """The events of one turn for each call, in one conversation."""
    fake = core.provider(*[turn for call in calls for turn in ([call], [text("Done.")])])
    session = core.graff(fake, approver=approver).session()
    return [[*session.send(f"do {number}")] for number in range(len(calls))]


def test_a_yes_for_the_session_is_for_the_very_same_command(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLOUR", "red")
    (core.workspace / "sub").mkdir()
    approver = Scripted("acceptForSession", "decline")
    same = {"command": "echo x >> log"}
    session_of(
        core,
        approver,
        tool("shell", same),
        tool("shell", same | {"description": "once more, in other words"}),
        tool("shell", {"command": "echo x  >> log"}),
        tool("shell", same | {"cwd": "sub"}),
        tool("shell", same | {"env": ["COLOUR"]}),
    )
    assert (core.workspace / "log").read_text() == "x\nx\n"
    assert len(approver.requests) == 4
    by = kept(core.home, "SELECT by FROM approvals ORDER BY id")
    assert by == [("person",), ("policy",), ("person",), ("person",), ("person",)]


def test_a_yes_for_the_session_is_not_for_another_conversation(core: Core) -> None:
    call = tool("shell", {"command": "echo x >> log"})
    fake = core.provider([call], [text("Done.")], [call], [text("Done.")])
    approver = Scripted("acceptForSession", "decline")
    graff = core.graff(fake, approver=approver)
    for prompt in ("one", "another"):
        assert [*graff.chat(prompt)]
    assert (core.workspace / "log").read_text() == "x\n"
    assert len(approver.requests) == 2


def test_a_yes_for_the_session_ends_with_it(core: Core) -> None:
    call = tool("shell", {"command": "echo x >> log"})
    fake = core.provider([call], [text("Done.")], [call], [text("Done.")])
    graff = core.graff(fake, approver=Scripted("acceptForSession"))
    session = graff.session()
    assert [*session.send("one")]
    graff.close()
    again = core.graff(fake, approver=Scripted("decline"))
    assert [*again.chat("two", conversation_id=session.conversation_id)]
    assert (core.workspace / "log").read_text() == "x\n"


def test_a_yes_to_editing_is_for_files_of_the_workspace_and_not_for_removing(
    core: Core, tmp_path: Path
) -> None:
    approver = Scripted("acceptForSession", "decline")
    session_of(
        core,
        approver,
        tool("write", {"file_path": "a", "content": "1\n"}),
        tool("write", {"file_path": "b/c", "content": "1\n"}),
        tool("write", {"file_path": str(tmp_path / "outside"), "content": "1\n"}),
        tool("remove", {"path": "a"}),
    )
    assert (core.workspace / "b" / "c").read_text() == "1\n"
    assert not (tmp_path / "outside").exists()
    assert (core.workspace / "a").exists()
    assert len(approver.requests) == 3


def test_a_script_that_changed_is_asked_about_again(core: Core) -> None:
    (core.workspace / "go.sh").write_text("echo one >> log\n")
    approver = Scripted("acceptForSession", "decline")
    call = tool("shell", {"command": "sh go.sh"})
    fake = core.provider(*[turn for _ in range(3) for turn in ([call], [text("Done.")])])
    session = core.graff(fake, approver=approver).session()
    assert [*session.send("go")]
    assert [*session.send("again")]
    (core.workspace / "go.sh").write_text("echo two >> log\n")
    assert [*session.send("once more")]
    assert (core.workspace / "log").read_text() == "one\none\n"
    assert len(approver.requests) == 2


# -- what changes while it is asked ----------------------------------------------------------


class Meddling(Scripted):
    """Says yes, after something has changed."""

    def __init__(self, change: Any) -> None:
        super().__init__("accept")
        self._change = change

    def decide(self, request: Request, **rest: Any) -> Decision:
        self._change()
        return super().decide(request, **rest)


def test_a_file_that_changed_meanwhile_is_left_alone(core: Core) -> None:
    """R-80, also with the old size and time."""
    file = core.workspace / "a"
    file.write_text("old\n")
    was = file.stat()

    def change() -> None:
        file.write_text("ild\n")
        os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))

    fake = core.provider(
        [tool("read", {"file_path": "a"})],
        [tool("patch", {"file_path": "a", "old_string": "old", "new_string": "new"})],
        [text("I see.")],
    )
    events = [*core.graff(fake, approver=Meddling(change)).chat("go")]
    assert file.read_text() == "ild\n"
    end = of_type(events, "ToolCallEnd")[1]["result"]["output"]
    assert end["is_error"] is True
    assert "changed" in end["values"][0]["text"]
    assert "FileChanged" not in types(events)


def test_a_file_that_became_a_link_is_not_followed(core: Core, tmp_path: Path) -> None:
    file, outside = core.workspace / "a", tmp_path / "outside"
    file.write_text("old\n")
    outside.write_text("old\n")

    def change() -> None:
        file.unlink()
        file.symlink_to(outside)

    fake = core.provider(
        [tool("read", {"file_path": "a"})],
        [tool("patch", {"file_path": "a", "old_string": "old", "new_string": "new"})],
        [text("I see.")],
    )
    assert [*core.graff(fake, approver=Meddling(change)).chat("go")]
    assert outside.read_text() == "old\n"


def test_a_file_that_came_meanwhile_is_not_written_over(core: Core) -> None:
    file = core.workspace / "new"
    fake = core.provider(
        [tool("write", {"file_path": "new", "content": "mine\n"})], [text("I see.")]
    )
    approver = Meddling(lambda: file.write_text("theirs\n"))
    assert [*core.graff(fake, approver=approver).chat("go")]
    assert file.read_text() == "theirs\n"


def test_a_script_that_changed_meanwhile_is_not_run(core: Core) -> None:
    """R-81."""
    script = core.workspace / "go.sh"
    script.write_text("touch harmless\n")
    fake = core.provider([tool("shell", {"command": "bash go.sh"})], [text("I see.")])
    approver = Meddling(lambda: script.write_text("touch harmful\n"))
    events = [*core.graff(fake, approver=approver).chat("go")]
    assert "has changed since it was approved; nothing was run" in results_of(events)[0]
    assert [*core.workspace.iterdir()] == [script]


def test_a_directory_that_was_replaced_meanwhile_is_not_entered(core: Core) -> None:
    folder = core.workspace / "sub"
    folder.mkdir()

    def change() -> None:
        folder.rename(core.workspace / "was")
        folder.mkdir()

    call = tool("shell", {"command": "touch made", "cwd": "sub"})
    fake = core.provider([call], [text("I see.")])
    assert [*core.graff(fake, approver=Meddling(change)).chat("go")]
    assert [*folder.iterdir()] == []


# -- answers that are none -------------------------------------------------------------------


def test_a_yes_that_comes_too_late_is_none(core: Core) -> None:
    """R-84: the turn was interrupted while it was asked; the approver did not notice."""
    graffs: list[Graff] = []
    ids: list[str] = []

    class Late(Scripted):
        def decide(self, request: Request, *, conversation_id: str, **rest: Any) -> Decision:
            graffs[0].interrupt(conversation_id)
            ids.append(conversation_id)
            return Decision("acceptForSession")

    call = tool("shell", {"command": "touch made"})
    fake = core.provider([call], [call], [text("x")])
    graffs.append(core.graff(fake, approver=Late()))
    assert [*graffs[0].chat("go")][-1].type == "TurnInterrupted"
    assert [*graffs[0].chat("go", conversation_id=ids[0])][-1].type == "TurnInterrupted"
    assert len(ids) == 2  # and nothing was learnt from it
    assert [*core.workspace.iterdir()] == []
    assert kept(core.home, "SELECT count(*) FROM tool_runs") == [(0,)]


@pytest.mark.parametrize("answer", [None, True, "accept", {"value": "accept"}])
def test_an_answer_that_is_no_decision(core: Core, answer: Any) -> None:
    class Wrong(Scripted):
        def decide(self, request: Request, **rest: Any) -> Decision:
            return answer  # type: ignore[no-any-return]

    fake = core.provider([tool("shell", {"command": "touch made"}, "c")], [text("Yes.")])
    graff = core.graff(fake, approver=Wrong())
    events = Following(graff.chat("go"))
    with pytest.raises(TurnFailedError, match="which is no Decision"):
        events.end()
    assert [*core.workspace.iterdir()] == []
    after = graff.chat("well?", conversation_id=events.conversation_id)
    assert answer_of(after) == "Yes."
    assert calls_and_results(turns_asked(fake)[1]) == (["c"], ["c"])


def test_an_approver_that_breaks(core: Core) -> None:
    class Broken(Scripted):
        def decide(self, request: Request, **rest: Any) -> Decision:
            raise ZeroDivisionError("oh")

    fake = core.provider([tool("shell", {"command": "touch made"}, "c")], [text("Yes.")])
    graff = core.graff(fake, approver=Broken())
    events = Following(graff.chat("go"))
    with pytest.raises(ZeroDivisionError):
        events.end()
    assert [*core.workspace.iterdir()] == []
    assert kept(core.home, "SELECT state FROM turns") == [("failed",)]
    assert answer_of(graff.chat("well?", conversation_id=events.conversation_id)) == "Yes."


def test_the_approver_works_while_others_wait(core: Core) -> None:
    """Requests of several conversations wait at the same time, each for its own answer."""
    waiting = {name: Waiting() for name in ("yes", "no")}

    class ByPrompt(Scripted):
        def decide(self, request: Request, **rest: Any) -> Decision:
            return waiting[request.command.removeprefix("touch ")].decide(request, **rest)

    def answer(body: dict[str, Any]) -> list[Any]:
        if body["messages"][-1]["role"] == "user":
            return [tool("shell", {"command": f"touch {body['messages'][-1]['content']}"})]
        return [text("Done.")]

    graff = core.graff(core.provider(handler=answer), approver=ByPrompt())
    follows = [Following(graff.chat(name)) for name in waiting]
    for each in waiting.values():
        assert each.asked.wait(10)
    assert kept(core.home, "SELECT state FROM conversations") == [("waiting",)] * 2
    waiting["no"].answer(Decision("decline"))
    waiting["yes"].answer(Decision("accept"))
    for following in follows:
        assert following.end()[-1].type == "TaskComplete"
    assert [path.name for path in core.workspace.iterdir()] == ["yes"]
