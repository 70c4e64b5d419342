"""A file that somebody else made: nothing is kept of one that is wrong, and its line is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from exports_stage import exported, full_turn, imported, new_conversation, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grafftui.errors import UsageError
from grafftui.exports.reading import LONGEST
from grafftui.history import Store

Lines = list[dict[str, Any]]


@pytest.fixture
def lines(store: Store) -> Lines:
    """A good export of a conversation that is no longer there."""
    conversation_id = new_conversation(store)
    full_turn(store, conversation_id, "go", "Yes.", "output")
    text = exported(store, conversation_id, "jsonl")
    store.delete_conversation(conversation_id)
    return [json.loads(line) for line in text.splitlines()]


def refused(store: Store, text: str) -> str:
    """What is said of a file of which nothing is kept."""
    with pytest.raises(UsageError) as caught:
        imported(store, text)
    for table in ("conversations", "turns", "events", "entries", "messages", "blobs"):
        assert rows(store, f"SELECT count(*) FROM {table}") == [(0,)], table
    assert caught.value.message.isprintable()
    return caught.value.message


def written(lines: Lines) -> str:
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def of_kind(lines: Lines, kind: str, at: int = 0) -> dict[str, Any]:
    return [line for line in lines if line.get("kind") == kind][at]


def event(lines: Lines, type: str) -> dict[str, Any]:
    found: dict[str, Any] = next(line for line in lines if line.get("type") == type)["data"]
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: this is no conversation"),
        ("\n", "line 1: "),
        ("{}\n", "line 1: this is no conversation"),
        ("[1]\n", "line 1: no object"),
        ("not json\n", "line 1: "),
        ('{"format":"grafftui conversation","version":2}\n', "version 2"),
        ('{"format":"grafftui conversation","version":1}\n', "conversation is no object"),
        ("\x00\x01\n", "line 1: "),
        ("\ud800\n", "line 1: not UTF-8"),
        ('{"a":' + "[" * 100_000 + "\n", "line 1: nested too deeply"),
        ('{"a":1,"a":2}\n', "the same key twice"),
        ('{"a":NaN}\n', "NaN"),
        pytest.param(
            '{"a":' + "9" * 10_000 + "}\n",
            "line 1: number out of range: 99999999999999999999…",
            id="a number of 10,000 digits",
        ),
    ],
)
def test_what_is_no_export(store: Store, text: str, words: str) -> None:
    assert words in refused(store, text)


def test_a_line_without_end(store: Store) -> None:
    assert f"longer than {LONGEST:,} characters" in refused(store, '{"a":"' + "x" * LONGEST)


def _set(kind: str, name: str, value: Any) -> Callable[[Lines], Any]:
    return lambda lines: of_kind(lines, kind).update({name: value})


def _event(type: str, **data: Any) -> Callable[[Lines], Any]:
    return lambda lines: event(lines, type).update(data)


def _head(**fields: Any) -> Callable[[Lines], Any]:
    return lambda lines: lines[0]["conversation"].update(fields)


def _body(at: int, **fields: Any) -> Callable[[Lines], Any]:
    return lambda lines: of_kind(lines, "message", at)["body"].update(fields)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_head(id="../../x"), "id is no id"),
        (_head(id=7), "id is no id"),
        (_head(title="t" * 5_000), "title is longer"),
        (_head(title=7), "title is no text"),
        (_head(workspace="/w\x1b[2J"), "workspace is no plain line"),
        (_head(model="m\n"), "model is no plain line"),
        (_head(created_at=1e300), "created_at is no"),
        (_head(created_at=-1), "created_at is no number from 0 on"),
        (_head(created_at="today"), "created_at is no number"),
        (_head(state="mad"), "state is none of"),
        (_head(todos=[["x"]]), "todos is no list"),
        (_head(context_version=2**63), "context_version is no whole number"),
        (lambda lines: lines[0]["conversation"].pop("agent"), "line 1: agent is missing"),
        (_set("turn", "number", True), "line 2: number is no number"),
        (_set("turn", "state", ["running"]), "state is none of"),
        (_set("turn", "unknown", [[]]), "unknown is no list"),
        (_set("turn", "ended_at", False), "ended_at is no number"),
        (_set("event", "type", "x" * 200), "type is no event"),
        (_set("event", "data", []), "data is no object"),
        (_set("event", "at", None), "at is no number"),
        (_event("PromptSubmitted", text=["x"]), "PromptSubmitted.text has the wrong type"),
        (_event("ToolCallStart", tool_call={"call_id": ["c"]}), "tool_call.call_id has the wrong"),
        (_event("ToolCallStart", tool_call=[]), "tool_call is no object"),
        (_event("ToolCallEnd", result={"output": {"values": 3}}), "output.values has the wrong"),
        (_event("FileChanged", lines_added="many"), "lines_added has the wrong type"),
        (_event("FileChanged", lines_added=True), "lines_added has the wrong type"),
        (_event("ApprovalRequested", request="yes"), "request has the wrong type"),
        (_set("message", "role", "system"), "role is none of"),
        (_set("message", "turn_id", 2), "there is no turn 2"),
        (_set("message", "place", 9), "there is no message 9"),
        (_set("message", "body", {"role": "tool"}), "body is no message of role user"),
        (_body(0, text=7), "body.text: "),
        (_body(0, extra=1), "not a message"),
        (_body(1, tool_calls=[{"call_id": 3, "name": "x", "arguments": {}}]), "body.tool_calls"),
        (_body(2, is_error="yes"), "body holds values of the wrong type"),
        (_body(2, call_id="other"), "a tool call in its messages has no result"),
        (
            _body(2, pictures=[{"mime_type": "image/png", "url": "http://h/x"}]),
            "a picture that lies elsewhere",
        ),
        (_set("usage", "cost", -5), "cost is no number from 0 on"),
        (_set("usage", "prompt_tokens", 1.5), "prompt_tokens is no whole number"),
        (_set("tool_result", "usage_id", 5), "there is no usage 5"),
        (_set("tool_result", "kind", "grant"), "'grant' is no kind of record"),
        (_set("tool_result", "kind", {}), "is no kind of record"),
        (_set("end", "lines", 3), "says otherwise"),
        (lambda lines: lines.pop(), "it is not whole"),
        (lambda lines: lines.append({}), "something follows the end"),
        (lambda lines: lines.insert(3, lines[0]), "line 4: 'None' is no kind"),
        (lambda lines: lines.insert(2, lines[1]), "there are two of number 1"),
        (lambda lines: lines.insert(-1, of_kind(lines, "message")), "there are two of number 1"),
        (lambda lines: lines.insert(1, of_kind(lines, "event")), "before the first turn"),
    ],
)
def test_what_does_not_fit(
    store: Store, lines: Lines, spoil: Callable[[Lines], Any], words: str
) -> None:
    spoil(lines)
    if len(lines) > 1 and lines[-1].get("lines") not in (None, 3):
        lines[-1]["lines"] = len(lines)
    found = refused(store, written(lines))
    assert found.startswith("nothing was imported: line ") and words in found


def test_only_the_last_turn_can_be_running(store: Store, lines: Lines) -> None:
    turn = of_kind(lines, "turn")
    turn["state"] = "running"
    lines.insert(-1, {**turn, "number": 2})
    lines[-1]["lines"] = len(lines)
    assert "only the last turn can be running" in refused(store, written(lines))


def test_two_compactions_of_the_same_messages(store: Store, lines: Lines) -> None:
    sizes = {"tokens_before": 9, "tokens_after": 1, "messages_before": 2, "messages_after": 1}
    told = {"by": "person", "summariser": "model", "instructions": "", "generated": ""}
    for number in (1, 2):
        mark = {"fate": "dropped", "put_back": False, "message_id": 1, "compaction_id": number}
        lines.insert(-1, {"kind": "compaction", "number": number, "turn_id": 1, "undone": False,
                          "at": 1.0, **sizes, **told})  # fmt: skip
        lines.insert(-1, {"kind": "compacted", "number": number, **mark})
    lines[-1]["lines"] = len(lines)
    assert "two of its compactions" in refused(store, written(lines))


def test_words_that_would_act_are_only_shown(store: Store, lines: Lines) -> None:
    """Text is kept as it is and goes through the same filters as any text from outside."""
    event(lines, "PromptSubmitted")["text"] = "\x1b]0;gone\x07 \u202e <script>"
    lines[0]["conversation"]["title"] = "\x1b[2J"
    copy = imported(store, written(lines)).id
    for format in ("markdown", "html", "json", "jsonl"):
        text = exported(store, copy, format)
        assert not set(text) & set("\x1b\x07\u202e"), format
        assert "<script" not in text or format != "html"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_damage_is_refused_or_taken_in_whole(
    store: Store, lines: Lines, data: st.DataObject
) -> None:
    """A value anywhere replaced by another: a clear error, or a conversation that can be read."""
    damaged = json.loads(json.dumps(lines))
    places = list(_places(damaged))
    holder, key = data.draw(st.sampled_from(places))
    values = st.sampled_from([None, True, -1, 0, 2**70, 1.5, "", "x\x00", [], {}, [[]], "running"])
    holder[key] = data.draw(values)
    try:
        copy = imported(store, written(damaged)).id
    except UsageError as error:
        assert error.message.startswith("nothing was imported: line ")
        return
    for format in ("markdown", "html", "json", "jsonl"):
        exported(store, copy, format)
    store.delete_conversation(copy)


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        yield value, key
        if isinstance(item, (dict, list)):
            yield from _places(item)
