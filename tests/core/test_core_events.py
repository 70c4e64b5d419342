"""Events: which, in what order, in what shape (the CodeGraff contract, and ours beside it)."""

from __future__ import annotations

import json

import pytest

from corestage import (
    MODEL,
    Core,
    Scripted,
    answer_of,
    each_wire,
    kept,
    kept_entries,
    of_type,
    results_of,
    run_together,
    titles_of,
    turns_asked,
    types,
)
from fakes.steps import reasoning, text, tool, tools
from grafftui import AgentEvent
from grafftui.approvals import Decision


@each_wire
def test_an_answer(core: Core, wire: str) -> None:
    graff = core.graff(core.provider([reasoning("Hm, yes."), text("Hello there!")]), wire)
    events = [*graff.chat("hi")]
    assert run_together(types(events)) == [
        "ConversationStarted",
        "PromptSubmitted",
        "TaskReasoning",
        "Markdown",
        "UsageReported",
        "TaskComplete",
    ]
    assert events[0].data == {"conversationId": graff.last_conversation()["id"]}  # type: ignore[index]
    assert events[1].data == {"text": "hi"}
    assert "".join(data["content"] for data in of_type(events, "TaskReasoning")) == "Hm, yes."
    assert answer_of(events) == "Hello there!"
    markdown = next(event for event in events if event.type == "TaskMessage")
    assert markdown.data["content"] == {
        "kind": "Markdown",
        "text": markdown.data["content"]["text"],
        "partial": True,
    }
    assert events[-1] == AgentEvent("TaskComplete", {})
    assert of_type(events, "UsageReported") == [
        {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "cached_tokens": 40,
            "cache_write_tokens": 0,
            "context_window": None,
            "cost": None,
            "prompt_cost": None,
            "price_source": "unknown",
            "price_date": "",
            "estimated": False,
        }
    ]
    assert json.loads(json.dumps([event.data for event in events])) == [e.data for e in events]


@each_wire
def test_a_tool_call(core: Core, wire: str) -> None:
    (core.workspace / "a.txt").write_text("one\ntwo\n")
    fake = core.provider(
        [text("Looking."), tool("read", {"file_path": "a.txt"}, "call_7")], [text("It is two.")]
    )
    events = [*core.graff(fake, wire).chat("what is in it?")]
    assert run_together(types(events)) == [
        "ConversationStarted",
        "PromptSubmitted",
        "Markdown",
        "UsageReported",
        "ToolCallStart",
        "ToolInput",
        "ToolCallEnd",
        "Markdown",
        "UsageReported",
        "TaskComplete",
    ]
    assert of_type(events, "ToolCallStart") == [
        {"tool_call": {"name": "read", "call_id": "call_7", "arguments": {"file_path": "a.txt"}}}
    ]
    assert titles_of(events) == [("Read", "a.txt", "debug")]
    (end,) = of_type(events, "ToolCallEnd")
    shown = '<file path="a.txt" display_lines="1-2" total_lines="2">\n1:one\n2:two\n</file>'
    assert end == {
        "result": {
            "name": "read",
            "call_id": "call_7",
            "output": {"is_error": False, "values": [{"text": shown}]},
        }
    }
    assert shown in json.dumps(turns_asked(fake)[1], ensure_ascii=False).replace(
        "\\n", "\n"
    ).replace('\\"', '"')


@each_wire
def test_several_tool_calls_are_announced_and_done_one_after_the_other(
    core: Core, wire: str
) -> None:
    (core.workspace / "a").write_text("A\n")
    fake = core.provider(
        [
            tools(
                tool("shell", {"command": "echo ran"}, "c1"),
                tool("read", {"file_path": "a"}, "c2"),
                tool("read", {"path": "a", "range": {"start_line": 1}}, "c3"),
            )
        ],
        [text("done")],
    )
    events = [*core.graff(fake, wire, approver=Scripted("accept")).chat("go")]
    assert types(events)[3:16] == [
        "ToolInput",
        "ToolCallStart",
        "ToolInput",
        "ApprovalRequested",
        "ApprovalResolved",
        "CheckpointTaken",
        "ToolProgress",
        "ToolCallEnd",
        "ToolCallStart",
        "ToolInput",
        "ToolCallEnd",
        "ToolCallStart",
        "ToolInput",
    ]
    assert titles_of(events) == [
        ("⇉ 3 parallel tool calls (2× read, shell)", None, "info"),
        ("Execute [/bin/bash]", "echo ran", "debug"),
        ("Read", "a", "debug"),
        ("Read", "a:1", "debug"),
    ]


def test_every_title(core: Core) -> None:
    (core.workspace / "a.py").write_text("x = 1\n")
    calls = [
        tool("read", {"file_path": "a.py", "range": {"start_line": 1, "end_line": 1}}),
        tool("read", {"file_path": "a.py", "range": {"end_line": 1}}),
        tool("patch", {"file_path": "a.py", "old_string": "1", "new_string": "2"}),
        tool("patch", {"file_path": "a.py", "search": "x", "content": "y", "replace_all": True}),
        tool(
            "multi_patch",
            {
                "file_path": "a.py",
                "edits": [
                    {"old_string": "y", "new_string": "z"},
                    {"old_string": "2", "new_string": "3"},
                ],
            },
        ),
        tool("undo", {"path": "a.py"}),
        tool("write", {"file_path": "b.py", "content": "b\n"}),
        tool("write", {"file_path": "a.py", "content": "c\n", "overwrite": True}),
        tool("fs_search", {"pattern": "c", "path": ".", "glob": "*.py"}),
        tool("remove", {"path": "b.py"}),
        tool("todo_write", {"todos": [{"content": "one", "status": "pending"}]}),
        tool("todo_read", {}),
    ]
    fake = core.provider(*[[call] for call in calls], [text("done")])
    events = [*core.graff(fake, approver=Scripted("accept")).chat("go")]
    assert titles_of(events) == [
        ("Read", "a.py:1-1", "debug"),
        ("Read", "a.py:1-1", "debug"),
        ("Replace", "a.py", "debug"),
        ("Replace All", "a.py", "debug"),
        ("Replace", "a.py (2 edits)", "debug"),
        ("Undo", "a.py", "debug"),
        ("Create", "b.py", "debug"),
        ("Overwrite", "a.py", "debug"),
        ("Search for 'c' in '*.py' files at .", None, "debug"),
        ("Remove", "b.py", "debug"),
        ("Update Todos", "1 item(s)", "debug"),
        ("Read Todos", None, "debug"),
    ]
    outputs = [
        data["result"]["name"]
        for before, data in zip(types(events), [e.data for e in events][1:], strict=False)
        if before == "ToolOutput" and "result" in data
    ]
    assert outputs == ["patch", "patch", "multi_patch", "write", "todo_write", "todo_read"]
    assert [(d["path"], d["change"]) for d in of_type(events, "FileChanged")] == [
        ("a.py", "modified"),
        ("a.py", "modified"),
        ("a.py", "modified"),
        ("a.py", "restored"),
        ("b.py", "created"),
        ("a.py", "modified"),
        ("b.py", "removed"),
    ]
    assert of_type(events, "TodosChanged")[0]["todos"][0]["content"] == "one"
    assert events[-1].type == "TaskComplete"


def test_a_changed_file_is_told_before_the_end_of_its_call(core: Core) -> None:
    (core.workspace / "a").write_text("old\n")
    fake = core.provider(
        [tool("read", {"file_path": "a"})],
        [tool("patch", {"file_path": "a", "old_string": "old", "new_string": "new"}, "c")],
        [text("done")],
    )
    events = [*core.graff(fake, approver=Scripted("accept")).chat("go")]
    start = [e.type for e in events].index("ToolCallStart", 5)
    assert types(events[start:])[:8] == [
        "ToolCallStart",
        "ToolInput",
        "ApprovalRequested",
        "ApprovalResolved",
        "CheckpointTaken",
        "FileChanged",
        "ToolOutput",
        "ToolCallEnd",
    ]
    (change,) = of_type(events, "FileChanged")
    assert (change["lines_added"], change["lines_removed"], change["call_id"]) == (1, 1, "c")
    assert "-old\n+new\n" in change["diff"]


def test_a_declined_call(core: Core) -> None:
    fake = core.provider([tool("shell", {"command": "echo no"}, "c")], [text("I see.")])
    approver = Scripted(Decision("decline", "not now"))
    events = [*core.graff(fake, approver=approver).chat("go")]
    assert types(events)[3:9] == [
        "ToolCallStart",
        "ToolInput",
        "ApprovalRequested",
        "ApprovalResolved",
        "ToolInput",
        "ToolCallEnd",
    ]
    assert titles_of(events)[-1] == ("Permission Denied", None, "error")
    (end,) = of_type(events, "ToolCallEnd")
    assert end["result"]["output"]["is_error"] is False
    shown = [(kind, state) for kind, state, _ in kept_entries(core.home)]
    assert shown == [("prompt", "done"), ("tool", "declined"), ("answer", "done")]
    assert events[-1].type == "TaskComplete"


def test_a_tool_there_is_not_is_said_but_not_shown_as_called(core: Core) -> None:
    fake = core.provider([tool("teleport", {})], [text("Then not.")])
    events = [*core.graff(fake).chat("go")]
    assert not {"ToolCallStart", "ToolCallEnd"} & set(types(events))
    assert "teleport" in of_type(events, "Notice")[0]["text"]
    assert "There is no tool 'teleport'. The tools are: read," in str(turns_asked(fake)[1])


def test_names_of_tools_count_in_any_case(core: Core) -> None:
    (core.workspace / "a").write_text("A\n")
    fake = core.provider([tool("Read", {"file_path": "a"})], [text("done")])
    events = [*core.graff(fake).chat("go")]
    assert of_type(events, "ToolCallStart")[0]["tool_call"]["name"] == "Read"
    assert "1:A" in results_of(events)[0]


@each_wire
def test_an_answer_that_was_cut_off_completes_nothing(core: Core, wire: str) -> None:
    stop = {"chat": "length", "responses": "max_output_tokens", "anthropic": "max_tokens"}[wire]
    graff = core.graff(core.provider([text("And so"), {"stop": stop}]), wire)
    events = [*graff.chat("hi")]
    assert types(events)[-1] == "Notice"
    assert "cut off" in events[-1].data["text"]
    assert kept(core.home, "SELECT state FROM turns") == [("failed",)]


@pytest.mark.parametrize("limit", [1, 3])
def test_tools_that_fail_end_the_turn(core: Core, limit: int) -> None:
    core.settings(f"max_tool_failure_per_turn = {limit}\n")
    fake = core.provider(*[[tool("read", {"file_path": "none"})] for _ in range(9)])
    events = [*core.graff(fake).chat("go")]
    assert len(turns_asked(fake)) == limit
    assert events[-1] == AgentEvent(
        "Interrupt", {"reason": {"kind": "MaxToolFailurePerTurnLimitReached", "limit": limit}}
    )


def test_a_success_between_begins_the_count_of_failures_again(core: Core) -> None:
    (core.workspace / "a").write_text("A\n")
    bad, good = [tool("read", {"file_path": "none"})], [tool("read", {"file_path": "a"})]
    fake = core.provider(bad, bad, good, bad, bad, [text("done")])
    assert [*core.graff(fake).chat("go")][-1].type == "TaskComplete"


def test_a_command_that_returns_an_error_is_no_failure_of_the_tool(core: Core) -> None:
    fake = core.provider(*[[tool("shell", {"command": "exit 3"})] for _ in range(4)], [text("ok")])
    events = [*core.graff(fake, approver=Scripted("accept")).chat("go")]
    assert events[-1].type == "TaskComplete"
    assert all(d["result"]["output"]["is_error"] for d in of_type(events, "ToolCallEnd"))
    assert 'exit_code="3"' in results_of(events)[0]


def test_a_hundred_requests_are_enough(core: Core) -> None:
    fake = core.provider(handler=lambda body: [tool("todo_read", {})])
    events = [*core.graff(fake).chat("go")]
    assert len(turns_asked(fake)) == 100
    assert events[-1].data == {"reason": {"kind": "MaxRequestPerTurnLimitReached", "limit": 100}}
    assert kept(core.home, "SELECT state FROM conversations") == [("failed",)]


@each_wire
def test_the_next_turn_after_a_limit_is_a_conversation_providers_take(
    core: Core, wire: str
) -> None:
    core.settings("max_tool_failure_per_turn = 1\n")
    fake = core.provider([tool("read", {"file_path": "none"})], [text("All right.")])
    graff = core.graff(fake, wire)
    session = graff.session()
    assert [*session.send("go")][-1].type == "Interrupt"
    assert [*session.send("and now?")][-1].type == "TaskComplete"
    assert MODEL in str(turns_asked(fake)[1])


def test_leaving_after_the_last_event_changes_nothing(core: Core) -> None:
    graff = core.graff(core.provider([text("Hello")]))
    for event in graff.chat("hi"):
        if event.type == "TaskComplete":
            break
    assert kept(core.home, "SELECT state FROM turns") == [("done",)]
