"""How far it goes: depth, number, money; what fails; what they change belongs to the turn."""

from __future__ import annotations

from family_stage import by_prompt, ended, own, sent_results, started, task

from corestage import Core, Scripted, answer_of, kept, of_type, titles_of, turns_asked
from fakes.steps import Step, status, text, tool, tools


def tool_names(body: dict[str, object]) -> list[str]:
    return [each["function"]["name"] for each in body["tools"]]  # type: ignore[attr-defined]


def test_a_sub_agent_calls_others_and_these_nobody(core: Core) -> None:
    script = {
        "go": [[task("one", agent="forge")], [text("0")]],
        "one": [[task("two", agent="forge")], [text("1")]],
        "two": [[tool("read", {"file_path": "a"}, "r1")], [text("2")]],
    }
    (core.workspace / "a").write_text("A\n")
    fake = core.provider(handler=by_prompt(script))
    graff = core.graff(fake)
    events = [*graff.chat("go")]
    assert answer_of(events) == "0"
    assert ["task" in tool_names(body) for body in turns_asked(fake)[:3]] == [True, True, False]
    first, second = started(events).values()
    assert titles_of(events) == [
        ("FORGE [Agent]", "one", "debug"),
        ("FORGE [Agent]", "two", "debug"),
        ("Read", "a", "debug"),
    ]
    begun = of_type(events, "SubAgentStarted")
    assert [data.get("sub_agent") for data in begun] == [None, first]
    assert {data["sub_agent"] for data in of_type(events, "ToolCallStart")} == {second}
    assert [one["id"] for one in graff.list_sub_agents(first)] == [second]
    entries = "SELECT kind FROM entries WHERE conversation_id = ? ORDER BY ordinal"
    assert kept(core.home, entries, first) == [("prompt",), ("tool",), ("answer",)]
    assert kept(core.home, entries, str(events[0].data["conversationId"])) == [
        ("prompt",),
        ("tool",),
        ("answer",),
    ]


def test_no_more_than_so_many(core: Core) -> None:
    sixteen = [f"say {number}" for number in range(16)]
    calls: list[Step] = [task(*sixteen, call_id=f"t{number}") for number in range(3)]
    fake = core.provider(
        handler=by_prompt({"go": [[tools(*calls)], [text("ok")]], "say": [[text("A")]]})
    )
    events = [*core.graff(fake).chat("go")]
    assert len(of_type(events, "SubAgentEnded")) == 32
    results = sent_results(turns_asked(fake)[-1])
    assert [call_id for call_id, _ in results] == ["t0", "t1", "t2"]
    assert "No more than 32 agents" in results[2][1]
    assert events[-1].type == "TaskComplete"


def test_one_that_fails_is_a_failed_result(core: Core) -> None:
    script = {
        "go": [[task("bad", "good")], [text("I see.")]],
        "bad": [[status(400, {"error": {"message": "no such thing"}})]],
        "good": [[text("fine")]],
    }
    fake = core.provider(handler=by_prompt(script))
    events = [*core.graff(fake).chat("go")]
    assert events[-1].type == "TaskComplete"
    (bad, why), (good, fine) = (ended(events)[one] for one in started(events).values())
    assert (bad, good, fine) == ("failed", "done", "fine")
    assert why.startswith("The agent gave no answer: ") and "no such thing" in why
    ((_, told),) = sent_results(turns_asked(fake)[-1])
    assert why in told and "fine" in told
    assert kept(
        core.home, "SELECT json_extract(body, '$.is_error') FROM messages WHERE role = 'tool'"
    ) == [(1,)]


def test_what_they_use_counts_for_the_conversation(core: Core) -> None:
    core.settings("[budget]\nconversation_tokens_hard = 300\n")
    script = {
        "go": [[task("one", "two")], [text("never asked")]],
        "one": [[text("1")]],
        "two": [[text("2")]],
    }
    fake = core.provider(handler=by_prompt(script))
    graff = core.graff(fake)
    result = graff.run("go")
    assert result.status == "failed" and "300 tokens for this conversation" in str(result.error)
    assert len(turns_asked(fake)) == 3
    assert result.usage.requests == 3 and result.usage.prompt_tokens == 300
    assert result.conversation_id is not None
    spent = {limit.unit: limit.used for limit in graff.budget_limits(result.conversation_id)[:2]}
    assert spent["tokens"] == 360
    (child, _) = graff.list_sub_agents(result.conversation_id)
    assert graff.store.ledger.spent_in(str(child["id"])).tokens == 120


def test_what_they_change_is_undone_with_the_turn(core: Core) -> None:
    write = {
        name: [[tool("write", {"file_path": f"{name}.txt", "content": name}, "w1")], [text(name)]]
        for name in ("one", "two")
    }
    script = {"go": [[task("one", "two", agent="forge")], [text("written")]], **write}
    graff = core.graff(core.provider(handler=by_prompt(script)), approver=Scripted("accept"))
    events = [*graff.chat("go")]
    assert sorted(path.name for path in core.workspace.iterdir()) == ["one.txt", "two.txt"]
    assert len(of_type(events, "CheckpointTaken")) == 1
    assert len(of_type(events, "FileChanged")) == 2
    (turn,) = graff.undo_turns(str(events[0].data["conversationId"]))
    graff.undo(graff.undo_plan(str(events[0].data["conversationId"]), turn.id))
    assert not [*core.workspace.iterdir()]


def test_the_answer_is_the_caller_s_own(core: Core) -> None:
    """`TurnResult` mistakes nothing of theirs for it."""
    (core.workspace / "a").write_text("A\n")
    script = {
        "go": [[text("Let me ask."), task("look")], [text("It is A.")]],
        "look": [[text("Looking."), tool("read", {"file_path": "a"}, "t1")], [text("A it is.")]],
    }
    result = core.graff(core.provider(handler=by_prompt(script))).run("go")
    assert result.text == "It is A." and result.messages == ["Let me ask.", "It is A."]
    (call,) = result.tool_calls
    assert call.tool is not None and (call.tool.name, call.tool.subject) == ("task", "look")
    assert (call.text, call.state, call.tool.doing) == ("A it is.", "done", "")
    assert call.tool.conversation == started(result.events)["look"]
    assert [event.type for event in own(result.events)].count("ToolCallStart") == 0
    assert kept(core.home, "SELECT tool, state, outcome FROM tool_runs") == [
        ("task", "finished", None)  # though a call of the sub-agent's had the same id
    ]


def test_an_agent_in_a_file_names_those_it_may_call(core: Core) -> None:
    folder = core.home / "config" / "agents"
    folder.mkdir(parents=True)
    (folder / "lead.md").write_text(
        "---\nid: lead\ndescription: Leads\ntools: [read, scout]\n---\nYou lead."
    )
    (folder / "scout.md").write_text(
        "---\nid: scout\ndescription: Looks\nmodel: small-model\ntools: [read]\n---\nYou look."
    )
    script = {
        "go": [[tool("scout", {"tasks": ["look"]}, "s1")], [text("ok")]],
        "look": [[text("seen")]],
    }
    fake = core.provider(handler=by_prompt(script))
    events = [*core.graff(fake).chat("go", agent="lead")]
    lead, scout, _ = turns_asked(fake)
    assert tool_names(lead) == ["read", "scout"]
    assert (tool_names(scout), scout["model"]) == (["read"], "small-model")
    assert titles_of(events) == [("SCOUT [Agent · small-model]", "look", "debug")]


def test_a_fork_in_the_midst_of_the_turn(core: Core) -> None:
    """What was called is in it or not, with its results, whatever ids the sub-agents' calls had."""
    (core.workspace / "a").write_text("A\n")
    read = {"file_path": "a"}
    script = {
        "go": [
            [tool("read", read, "c1")],
            [tools(task("look", "see", call_id="c2"), tool("read", read, "c3"))],
            [text("done")],
        ],
        "look": [[tool("read", read, "c3")], [text("seen")]],
        "see": [[tool("read", read, "c1")], [text("seen")]],
        "on": [[text("ok")]],
    }
    fake = core.provider(handler=by_prompt(script))
    graff = core.graff(fake)
    events = [*graff.chat("go")]
    parent = str(events[0].data["conversationId"])
    kept_calls = {1: ["c1"], 3: ["c1", "c2"], 4: ["c1", "c2"], 5: ["c1", "c2", "c3"]}
    for last, calls in kept_calls.items():  # prompt, c1, announcement, look, see, c3
        list(graff.chat("on", conversation_id=graff.fork_conversation(parent, last)))
        assert [call_id for call_id, _ in sent_results(turns_asked(fake)[-1])] == calls, last


def test_what_one_leaves_running_is_the_conversation_s(core: Core) -> None:
    """Its caller can read it and stop it."""
    serve = {"command": "echo up; sleep 300", "background": True}
    script = {
        "go": [
            [task("do", agent="forge")],
            [tool("background", {"action": "list"}, "b1")],
            [text("It runs.")],
        ],
        "do": [[tool("shell", serve, "s1")], [text("up")]],
    }
    fake = core.provider(handler=by_prompt(script))
    graff = core.graff(fake, approver=Scripted("accept"))
    events = [*graff.chat("go")]
    (one,) = graff.background.all(str(events[0].data["conversationId"]))
    assert one.running
    assert "sleep 300" in sent_results(turns_asked(fake)[-1])[-1][1]
