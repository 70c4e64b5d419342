"""A model that goes in circles is told so; one that leaves its todos open is reminded."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from corestage import Core, Following, answer_of, kept_messages, of_type, results_of, types
from fakes.steps import text, tool, until
from grafftui import AgentEvent
from grafftui.core.loop_guards import Repetition
from grafftui.models import ToolCall
from grafftui.tools import ToolResult

OPEN = {"todos": [{"content": "write it", "status": "pending"}]}
DONE = {"todos": [{"content": "write it", "status": "completed"}]}


def read(name: str, call_id: str = "r") -> dict[str, Any]:
    return tool("read", {"file_path": name}, call_id)


def todos(arguments: dict[str, Any]) -> list[dict[str, Any]]:
    return [tool("todo_write", arguments, "t")]


def notices(events: list[AgentEvent]) -> list[str]:
    return [data["text"] for data in of_type(events, "Notice")]


# -- circles ---------------------------------------------------------------------------------


def test_the_same_call_three_times(core: Core) -> None:
    (core.workspace / "a.txt").write_text("one")
    fake = core.provider(*[[read("a.txt")]] * 4, [text("Done.")])
    events = [*core.graff(fake).chat("read it")]
    reminded = ["<reminder>" in result for result in results_of(events)]
    assert reminded == [False, False, True, True]
    assert "the same call (read) with the same arguments 3 times" in results_of(events)[2]
    assert results_of(events)[2] in str(fake.requests[3].body["messages"][-1]["content"])
    assert len(notices(events)) == 1 and "again and again" in notices(events)[0]


def test_two_calls_by_turns(core: Core) -> None:
    (core.workspace / "a.txt").write_text("one")
    (core.workspace / "b.txt").write_text("two")
    calls = [[read("a.txt")], [read("b.txt")]]
    fake = core.provider(*calls * 3, [read("c.txt")], *calls, [text("Done.")])
    events = [*core.graff(fake).chat("read them")]
    assert ["<reminder>" in one for one in results_of(events)] == [False] * 5 + [True] + [False] * 3
    assert "the same calls (read, read)" in results_of(events)[5]


def test_another_turn_begins_anew(core: Core) -> None:
    (core.workspace / "a.txt").write_text("one")
    turn = [[read("a.txt")], [read("a.txt")], [text("Done.")]]
    session = core.graff(core.provider(*turn, *turn)).session()
    assert not any("<reminder>" in one for _ in "12" for one in results_of(session.send("go")))


@settings(max_examples=60)
@given(st.lists(st.sampled_from("abc"), max_size=14))
def test_what_a_circle_is(names: list[str]) -> None:
    watch = Repetition()
    for at, name in enumerate(names, 1):
        result = watch.watched(ToolCall("c", name, {}), ToolResult("x"))
        closes = any(
            at >= 3 * n and names[at - 3 * n : at] == names[at - n : at] * 3 for n in (1, 2, 3)
        )
        assert ("<reminder>" in result.text) == closes


# -- todos -----------------------------------------------------------------------------------


def test_open_todos_are_gone_on_with(core: Core) -> None:
    fake = core.provider(todos(OPEN), [text("Soon.")], todos(DONE), [text("Done.")])
    events = [*core.graff(fake).chat("write it")]
    assert notices(events) == ["1 todo left open: the model was reminded (1 of 3)."]
    assert types(events)[-1] == "TaskComplete" and answer_of(events) == "Soon.Done."
    sent = fake.requests[2].body["messages"]
    assert [one["role"] for one in sent[-2:]] == ["assistant", "user"]
    assert "- write it" in sent[-1]["content"]
    assert [body.get("droppable") for body in kept_messages(core.home)].count(True) == 1


def test_a_model_that_means_it_may_stop(core: Core) -> None:
    fake = core.provider(todos(OPEN), [text("Shall I?")], [text("I wait for you.")], [text("4")])
    session = core.graff(fake).session()
    assert session.run("write it").status == "completed"
    assert len(fake.requests) == 3
    assert session.run("what is 2 + 2?").text == "4", "a list of another turn is let be"
    assert len(fake.requests) == 4


def test_three_reminders_are_enough(core: Core) -> None:
    for n in range(4):
        (core.workspace / f"{n}.txt").write_text("one")
    more = [turn for n in range(4) for turn in ([read(f"{n}.txt")], [text("Soon.")])]
    fake = core.provider(todos(OPEN), *more)
    events = [*core.graff(fake).chat("write it")]
    assert len(notices(events)) == 3
    assert of_type(events, "Interrupt") == [
        {"reason": {"kind": "EndHookRearmLimitReached", "limit": 3}}
    ]
    assert types(events)[-2:] == ["Interrupt", "TaskComplete"]


def test_the_limit_of_requests_is_kept(core: Core) -> None:
    core.settings("max_requests_per_turn = 2\n")
    fake = core.provider(todos(OPEN), [text("Soon.")])
    events = [*core.graff(fake).chat("write it")]
    assert notices(events) == [] and types(events)[-1] == "TaskComplete"


def test_a_person_ends_it(core: Core) -> None:
    gate = core.workspace / "gate"
    fake = core.provider(todos(OPEN), [text("Soon.")], [text("Again"), until(gate)])
    following = Following(core.graff(fake).chat("write it"))
    following.type("Notice")
    events = core.stop(following)
    assert len(fake.requests) <= 3 and events[-1].type == "TurnInterrupted"


def test_who_has_no_list_is_not_reminded(core: Core) -> None:
    fake = core.provider(todos(OPEN), [text("Soon.")], [text(".")], [text("Fine.")])
    session = core.graff(fake).session()
    session.run("write it")
    asked = len(fake.requests)
    session.run("plan it", agent="muse")
    assert len(fake.requests) == asked + 1
