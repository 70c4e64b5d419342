"""Sub-agents at work: in parallel, forwarded as CodeGraff does, kept as conversations."""

from __future__ import annotations

import pytest
from family_stage import by_prompt, ended, of, own, sent_results, started, task

from corestage import (
    Core,
    Following,
    answer_of,
    kept,
    of_type,
    run_together,
    titles_of,
    turns_asked,
    types,
    wait_until,
)
from fakes.steps import reasoning, text, tool, tools, until
from grafftui.history.listing import Selection


def test_three_at_once(core: Core) -> None:
    """None answers before all have been asked: only in parallel does it end."""
    (core.workspace / "a.txt").write_text("one\n")
    gate = core.workspace / "gate"
    read = tool("read", {"file_path": "a.txt"}, "r1")
    script = {
        "go": [[text("I ask."), task("red", "green", "blue")], [text("All three.")]],
        **{
            name: [[reasoning("Hm."), text("Looking."), read], [until(gate), text(f"{name}!")]]
            for name in ("red", "green", "blue")
        },
    }
    fake = core.provider(handler=by_prompt(script))
    turn = Following(core.graff(fake).chat("go"))
    wait_until(lambda: len(turns_asked(fake)) == 7)
    gate.touch()
    events = turn.end()

    asked = started(events)
    assert [*asked] == ["red", "green", "blue"]
    assert run_together([name for name in types(own(events)) if name != "SubAgentEnded"]) == [
        "ConversationStarted",
        "PromptSubmitted",
        "Markdown",
        "UsageReported",
        "SubAgentStarted",
        "Markdown",
        "UsageReported",
        "TaskComplete",
    ]
    assert answer_of(events) == "I ask.All three."
    for name, conversation in asked.items():
        assert of(events, conversation) == [
            "ToolInput",
            "UsageReported",
            "ToolCallStart",
            "ToolInput",
            "ToolCallEnd",
            "UsageReported",
        ]
        assert ended(events)[conversation] == ("done", f"{name}!")
    titles = titles_of(events)
    assert titles[:3] == [("SAGE [Agent]", name, "debug") for name in asked]
    assert titles[3:] == [("Read", "a.txt", "debug")] * 3
    ((call_id, told),) = sent_results(turns_asked(fake)[-1])
    assert call_id == "t1"
    assert told == "\n".join(
        f'<agent_result agent="sage" session_id="{conversation}" state="done">\n{name}!\n'
        "</agent_result>"
        for name, conversation in asked.items()
    )


def test_calls_beside_each_other(core: Core) -> None:
    """Together, and told in the order of the calls, whoever ends first."""
    gate = core.workspace / "gate"
    script = {
        "go": [[tools(task("slow", call_id="t1"), task("fast", call_id="t2"))], [text("Done.")]],
        "slow": [[until(gate), text("at last")]],
        "fast": [[text("at once")]],
    }
    fake = core.provider(handler=by_prompt(script))
    turn = Following(core.graff(fake, model=None).chat("go"))
    turn.until(lambda event: event.type == "SubAgentEnded")
    gate.touch()
    events = turn.end()
    assert titles_of(events) == [
        ("⇉ 2 parallel tool calls (2× task)", None, "info"),
        ("SAGE [Agent]", "slow", "debug"),
        ("SAGE [Agent]", "fast", "debug"),
    ]
    assert [text for _, text in ended(events).values()] == ["at once", "at last"]
    results = sent_results(turns_asked(fake)[-1])
    assert [call_id for call_id, _ in results] == ["t1", "t2"]
    assert "at last" in results[0][1] and "at once" in results[1][1]


def test_an_agent_as_a_tool(core: Core) -> None:
    """Muse has `sage`, and no `task`: a tool like others, with CodeGraff's values."""
    script = {
        "go": [[tool("sage", {"tasks": ["left", "right"]}, "s1")], [text("Planned.")]],
        "left": [[text("L")]],
        "right": [[text("R")]],
    }
    fake = core.provider(handler=by_prompt(script))
    events = [*core.graff(fake, agent="muse").chat("go")]
    names = [each["function"]["name"] for each in turns_asked(fake)[0]["tools"]]
    assert "sage" in names and "task" not in names
    assert of_type(events, "ToolCallStart") == [
        {"tool_call": {"name": "sage", "call_id": "s1", "arguments": {"tasks": ["left", "right"]}}}
    ]
    asked = started(events)
    assert of_type(events, "ToolCallEnd") == [
        {
            "result": {
                "name": "sage",
                "call_id": "s1",
                "output": {
                    "is_error": False,
                    "values": [
                        {"aI": {"value": "L", "conversation_id": asked["left"]}},
                        {"aI": {"value": "R", "conversation_id": asked["right"]}},
                    ],
                },
            }
        }
    ]


def test_only_the_tools_of_its_definition(core: Core) -> None:
    script = {
        "go": [[task("look")], [text("ok")]],
        "look": [[tool("shell", {"command": "ls"})], [text("no")]],
    }
    fake = core.provider(handler=by_prompt(script))
    events = [*core.graff(fake).chat("go")]
    bodies = turns_asked(fake)
    assert [each["function"]["name"] for each in bodies[1]["tools"]] == [
        "read",
        "fs_search",
        "fetch",
        "todo_read",
    ]
    assert "There is no tool 'shell'" in sent_results(bodies[2])[0][1]
    assert not of_type(events, "ToolCallStart")


def test_its_conversation_is_kept_beside_the_list(core: Core) -> None:
    script = {"go": [[task("look around")], [text("ok")]], "look": [[text("seen")]]}
    graff = core.graff(core.provider(handler=by_prompt(script)))
    events = [*graff.chat("go")]
    parent = str(events[0].data["conversationId"])
    child = started(events)["look around"]
    assert [one["id"] for one in graff.list_conversations()] == [parent]
    assert graff.last_conversation()["id"] == parent  # type: ignore[index]
    shelf = graff.store.order.page(Selection(shelf="agents"))
    assert [(one.id, one.caller_id) for one in shelf] == [(child, parent)]
    assert graff.list_sub_agents(parent) == [
        {
            "id": child,
            "agent": "sage",
            "title": "look around",
            "state": "done",
            "model": "fake-model",
            "call_id": "t1",
        }
    ]
    found = graff.get_conversation(child)
    assert found is not None and "seen" in str(found["context"])
    kinds = kept(
        core.home,
        "SELECT kind, state FROM entries WHERE conversation_id = ? ORDER BY ordinal",
        parent,
    )
    assert kinds == [("prompt", "done"), ("tool", "done"), ("answer", "done")]
    graff.delete_conversation(parent)
    assert kept(core.home, "SELECT count(*) FROM conversations") == [(0,)]
    assert graff.get_conversation(child) is None


def test_a_session_goes_on(core: Core) -> None:
    """The model gives the id that a result named; nobody else's is taken."""
    script = {"go": [[task("first")], [text("ok")]], "first": [[text("one")]]}
    fake = core.provider(handler=by_prompt(script))
    graff = core.graff(fake)
    events = [*graff.chat("go")]
    parent, child = str(events[0].data["conversationId"]), started(events)["first"]
    script |= {
        "more": [[task("second", session_id=child)], [text("ok")]],
        "other": [[task("second", session_id=parent)], [text("ok")]],
        "second": [[text("two")]],
    }
    events = [*graff.chat("more", conversation_id=parent)]
    assert started(events) == {"second": child}
    assert [m["content"] for m in turns_asked(fake)[-2]["messages"][1:]] == [
        "first",
        "one",
        "second",
    ]
    events = [*graff.chat("other", conversation_id=parent)]
    assert not started(events)
    assert "There is no such session_id" in sent_results(turns_asked(fake)[-1])[-1][1]
    assert len(graff.list_sub_agents(parent)) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"tasks": ["x"], "agent_id": "nobody"}, "no agent “nobody” (there are: forge, muse, sage"),
        ({"tasks": [], "agent_id": "sage"}, "tasks"),
        ({"tasks": [" "], "agent_id": "sage"}, "A task is empty"),
        ({"tasks": ["x"] * 17, "agent_id": "sage"}, "at most 16"),
        ({"tasks": ["x", "y"], "agent_id": "sage", "session_id": "z"}, "one task at a time"),
        ({"tasks": ["x"], "agent_id": "sage", "tools": ["shell"]}, "tools is not an argument"),
    ],
)
def test_what_cannot_be_meant(core: Core, arguments: dict[str, object], words: str) -> None:
    fake = core.provider([tool("task", arguments, "t1")], [text("I see.")])
    events = [*core.graff(fake).chat("go")]
    assert events[-1].type == "TaskComplete" and not started(events)
    assert words in sent_results(turns_asked(fake)[-1])[0][1]
