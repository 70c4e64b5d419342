"""T36 and T37: models that call what they should not, and answer what nobody expects."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from corestage import (
    Core,
    Scripted,
    answer_of,
    calls_and_results,
    each_wire,
    kept,
    kept_entries,
    kept_messages,
    of_type,
    results_of,
    turns_asked,
    types,
)
from fakes.steps import reasoning, text, tool, tools
from grafftui import AgentEvent

BAD_CALLS: list[tuple[str, Any, str]] = [
    ("no_such_tool", {}, "There is no tool"),
    ("read", {}, "file_path is missing"),
    ("read", {"file_path": 7}, "file_path – "),
    ("read", {"file_path": ["a"]}, "file_path – "),
    ("read", {"file_path": "a", "colour": "red"}, "colour is not an argument"),
    ("shell", {"command": None}, "command – "),
    ("todo_write", {"todos": "all"}, "todos – "),
    ("read", '{"file_path": "a"', "not valid JSON"),
    ("read", '{"file_path": "a", "file_path": "b"}', "not valid JSON"),
    ("read", '{"file_path": NaN}', "not valid JSON"),
    ("read", "[1]", "not valid JSON"),
    ("read", "null", "not valid JSON"),
    ("shell", '{"command": "rm' + "[" * 2000, "not valid JSON"),
]


@each_wire
def test_calls_that_cannot_be_done_are_told_and_the_turn_goes_on(core: Core, wire: str) -> None:
    core.settings("max_tool_failure_per_turn = 100\n")
    ids = [f"c{number}" for number in range(len(BAD_CALLS))]
    calls = [
        tool(name, arguments, id) for id, (name, arguments, _) in zip(ids, BAD_CALLS, strict=True)
    ]
    approver = Scripted("accept")
    fake = core.provider([tools(*calls)], [text("I see.")])
    events = [*core.graff(fake, wire, approver=approver).chat("go")]
    assert events[-1].type == "TaskComplete"
    assert approver.requests == []
    results = [m for m in kept_messages(core.home) if m["role"] == "tool"]
    for result, (_, _, complaint) in zip(results, BAD_CALLS, strict=True):
        assert complaint in result["text"]
        assert result["is_error"] is True
    assert calls_and_results(turns_asked(fake)[1]) == (ids, ids)
    assert [*core.workspace.iterdir()] == []


def test_arguments_that_are_no_json_stay_text_in_the_event(core: Core) -> None:
    fake = core.provider([tool("read", '{"file_path": "a"')], [text("I see.")])
    events = [*core.graff(fake).chat("go")]
    assert of_type(events, "ToolCallStart")[0]["tool_call"]["arguments"] == '{"file_path": "a"'


def test_five_megabytes_of_arguments(core: Core) -> None:
    content = "x" * 5_000_000
    fake = core.provider(
        [tool("write", {"file_path": "big", "content": content})], [text("Written.")]
    )
    begun = time.monotonic()
    events = [*core.graff(fake, approver=Scripted("accept")).chat("go")]
    assert time.monotonic() - begun < 15
    assert events[-1].type == "TaskComplete"
    assert (core.workspace / "big").stat().st_size == 5_000_000


def test_two_hundred_calls_in_one_answer(core: Core) -> None:
    (core.workspace / "a").write_text("A\n")
    ids = [f"c{n}" for n in range(200)]
    fake = core.provider(
        [tools(*[tool("read", {"file_path": "a"}, id) for id in ids])], [text("All read.")]
    )
    events = [*core.graff(fake, "anthropic").chat("go")]
    assert events[-1].type == "TaskComplete"
    assert [d["result"]["call_id"] for d in of_type(events, "ToolCallEnd")] == ids
    assert calls_and_results(turns_asked(fake)[1]) == (ids, ids)


@each_wire
def test_calls_with_one_id_for_all(core: Core, wire: str) -> None:
    for name in "ab":
        (core.workspace / name).write_text(name.upper() + "\n")
    fake = core.provider(
        [tools(*[tool("read", {"file_path": name}, "same") for name in "ab"])],
        [tool("read", {"file_path": "a"}, "same")],
        [text("All read.")],
    )
    events = [*core.graff(fake, wire).chat("go")]
    assert ["1:A" in results_of(events)[0], "1:B" in results_of(events)[1]] == [True, True]
    calls, results = calls_and_results(turns_asked(fake)[2])
    assert calls == results
    assert len(calls) == 3
    tools_shown = [entry for entry in kept_entries(core.home) if entry[0] == "tool"]
    assert [("1:A" in t, "1:B" in t) for _, _, t in tools_shown] == [
        (True, False),
        (False, True),
        (True, False),
    ]


@each_wire
def test_a_name_that_is_an_attack_on_the_terminal(core: Core, wire: str) -> None:
    fake = core.provider([tool("\x1b]0;owned\x07[/red]", {})], [text("I see.")])
    events = [*core.graff(fake, wire).chat("go")]
    assert "\x1b" not in of_type(events, "Notice")[0]["text"]
    assert events[-1].type == "TaskComplete"


def test_a_fault_of_a_tool_ends_no_turn(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    from grafftui.tools.todo_read import TodoRead

    def broken(*_: object) -> None:
        raise KeyError("no\nsuch thing")

    monkeypatch.setattr(TodoRead, "prepare", broken)
    fake = core.provider([tool("todo_read", {})], [text("I see.")])
    events = [*core.graff(fake).chat("go")]
    assert events[-1].type == "TaskComplete"
    (notice,) = of_type(events, "Notice")
    assert notice["level"] == "error"
    assert "todo_read failed by a fault of grafftui's own (KeyError" in notice["text"]
    assert "fault of grafftui" in results_of(events)[0]


# -- answers ---------------------------------------------------------------------------------


@each_wire
@pytest.mark.parametrize(
    ("turn", "notice"),
    [
        ([], "gave an empty answer"),
        ([text("")], "gave an empty answer"),
        ([text(" \n ")], "gave an empty answer"),
        ([reasoning("I had better say nothing.")], "gave an empty answer"),
    ],
    ids=["nothing", "no text", "only space", "only reasoning"],
)
def test_answers_that_say_nothing(
    core: Core, wire: str, turn: list[dict[str, Any]], notice: str
) -> None:
    fake = core.provider(turn, [text("Sorry.")])
    session = core.graff(fake, wire).session()
    events = [*session.send("hi")]
    assert notice in of_type(events, "Notice")[0]["text"]
    assert events[-1] == AgentEvent("TaskComplete")
    assert answer_of(session.send("well?")) == "Sorry."
    assert "well?" in json.dumps(turns_asked(fake)[1])


@pytest.mark.parametrize(
    ("wire", "turn"),
    [
        ("chat", [{"refusal": "I will not."}]),
        ("responses", [{"refusal": "I will not."}]),
        ("anthropic", [text("I will not."), {"stop": "refusal"}]),
        ("chat", [{"stop": "content_filter"}]),
    ],
)
def test_a_refusal_is_said(core: Core, wire: str, turn: list[dict[str, Any]]) -> None:
    fake = core.provider(turn, [text("Sorry.")])
    session = core.graff(fake, wire).session()
    events = [*session.send("hi")]
    assert "declined to answer" in of_type(events, "Notice")[0]["text"]
    assert "TaskComplete" not in types(events)
    assert kept(core.home, "SELECT state FROM turns") == [("failed",)]
    assert answer_of(session.send("well?")) == "Sorry."


@each_wire
def test_a_reason_to_stop_that_nobody_knows(core: Core, wire: str) -> None:
    fake = core.provider([text("So."), {"stop": "the_moon"}])
    events = [*core.graff(fake, wire).chat("hi")]
    assert answer_of(events) == "So."
    assert events[-1].type == "TaskComplete"


@each_wire
@pytest.mark.parametrize(
    "usage",
    [None, {"prompt": -5, "completion": -1, "cached": -3}],
    ids=["missing", "negative"],
)
def test_usage_that_is_none(core: Core, wire: str, usage: Any) -> None:
    events = [*core.graff(core.provider([text("So."), {"usage": usage}]), wire).chat("hi")]
    assert events[-1].type == "TaskComplete"
    for data in of_type(events, "UsageReported"):
        assert min(data["prompt_tokens"], data["completion_tokens"], data["cached_tokens"]) >= 0


@each_wire
def test_halves_of_characters(core: Core, wire: str) -> None:
    fake = core.provider([{"text": "a\ud83d"}, {"text": "\ude00b \ud800 c"}], [text("Yes.")])
    session = core.graff(fake, wire).session()
    events = [*session.send("hi \ud83d there")]
    assert "😀" in answer_of(events)
    assert events[-1].type == "TaskComplete"
    assert answer_of(session.send("still there?")) == "Yes."
