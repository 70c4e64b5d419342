"""Answers that have to follow a schema."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from fakes.steps import status, text
from grafftui import AgentEvent, EventHooks
from grafftui.core.structured import json_in
from grafftui.core.turn_result import TokenUsage
from grafftui.errors import AnswerError, TurnFailedError, UsageError
from sdkstage import Loop, Sdk

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def deep(levels: int) -> dict[str, Any]:
    """A schema of so many within one another."""
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"not": schema}
    return schema


class Person(BaseModel):
    name: str
    age: int


def test_a_value_that_follows(sdk: Sdk) -> None:
    fake = sdk.core.provider([text('```json\n{"name": "Ada", "age": 36}\n```')])
    result = sdk.graff(fake).run_json("Who?", SCHEMA)
    assert (result.output, result.repaired) == ({"name": "Ada", "age": 36}, False)
    body = fake.requests[-1].body
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert '"additionalProperties": false' in body["messages"][-1]["content"]


def test_a_value_that_is_repaired(sdk: Sdk) -> None:
    fake = sdk.core.provider([text('{"name": "Ada"}')], [text('{"name": "Ada", "age": 36}')])
    result = sdk.graff(fake).session().run_pydantic("Who?", Person)
    assert (result.output, result.repaired) == (Person(name="Ada", age=36), True)
    assert "$.age: Field required" in fake.requests[-1].body["messages"][-1]["content"]
    assert len(fake.requests[-1].body["messages"]) == 4  # the same conversation


def test_both_turns_are_paid_for(sdk: Sdk) -> None:
    def costs(cost: float) -> dict[str, Any]:
        return {"usage": {"prompt": 100, "completion": 20, "cached": 10, "cost": cost}}

    fake = sdk.core.provider(
        [text("Ada."), costs(0.5)],
        [text('{"name": "Ada", "age": 36}'), costs(0.25)],
        [text('{"name": "Ada", "age": 36}'), costs(0.125)],
    )
    graff = sdk.graff(fake)
    repaired = graff.run_json("Who?", SCHEMA)
    assert repaired.repaired and repaired.turn.usage.requests == 1
    assert repaired.usage == TokenUsage(2, 200, 40, 20, 0.75)
    right_away = graff.run_json("Who?", SCHEMA)
    assert right_away.usage == right_away.turn.usage == TokenUsage(1, 100, 20, 10, 0.125)


@pytest.mark.parametrize("price", [None, 0.5])
def test_a_price_that_is_not_known_is_not_in_the_sum(price: float | None) -> None:
    assert (TokenUsage(1, cost=price) + TokenUsage(1, cost=None)).cost is None
    assert (TokenUsage(1, cost=None) + TokenUsage(1, cost=price)).cost is None


@pytest.mark.parametrize(
    "said", ['{"n": 1e999}', '{"n": NaN}', '{"n": 1, "n": 2}', '{"n": 1, "s": "\\ud800"}']
)
def test_what_only_python_reads_is_no_json(sdk: Sdk, said: str) -> None:
    fake = sdk.core.provider([text(said)], [text('{"n": 3}')])
    schema = {"type": "object", "properties": {"n": {"type": "number"}}}
    assert sdk.graff(fake).run_json("Which?", schema).output == {"n": 3}
    assert "it is no JSON" in fake.requests[-1].body["messages"][-1]["content"]


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"$ref": "#/$defs/none"}])
def test_a_schema_that_leads_nowhere_is_told_before_anything_is_sent(
    sdk: Sdk, schema: dict[str, Any]
) -> None:
    fake = sdk.core.provider([text("1")])
    with pytest.raises(UsageError, match="json_schema: it refers to"):
        sdk.graff(fake).run_json("Which?", schema)
    assert fake.requests == []


def test_what_is_no_model_and_no_hooks_is_told(sdk: Sdk) -> None:
    fake = sdk.core.provider([text("1")])
    graff = sdk.graff(fake)
    wrong: Any
    for wrong in (dict, 5, None):
        with pytest.raises(UsageError, match="output_model"):
            graff.run_pydantic("Who?", wrong)
    wrong = 5
    with pytest.raises(UsageError, match="hooks must be"):
        graff.run("Who?", hooks=wrong)
    assert fake.requests == []


def test_a_value_that_never_follows(sdk: Sdk) -> None:
    fake = sdk.core.provider([text("Ada, I think.")], [text('{"name": 1, "age": 2}')])
    with pytest.raises(AnswerError, match=r"\$\.name: 1 is not of type 'string'") as raised:
        sdk.graff(fake).run_json("Who?", SCHEMA)
    assert raised.value.text == '{"name": 1, "age": 2}'
    assert "it is no JSON" in fake.requests[-1].body["messages"][-1]["content"]
    assert len(fake.requests) == 2


def test_a_turn_without_an_answer(sdk: Sdk) -> None:
    with pytest.raises(TurnFailedError):
        sdk.graff(sdk.core.provider([status(401)])).run_json("Who?", SCHEMA)


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        ({"type": "thing"}, "json_schema: 'thing' is not valid"),
        ([], "json_schema must be an object, not list"),
        ({"$ref": "http://localhost:1/x"}, "refers to what is not in it"),
        ({"$id": "http://[", "$ref": "#x"}, "Invalid IPv6 URL"),
        ({"pattern": "("}, "is not a 'regex'"),
    ],
)
def test_what_is_no_schema(sdk: Sdk, schema: Any, complaint: str) -> None:
    fake = sdk.core.provider([text("1")], [text("1")])
    with pytest.raises(UsageError, match=complaint):
        sdk.graff(fake).run_json("Who?", schema)


@pytest.mark.parametrize("how", ["chat", "run", "stream_text", "session"])
@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        ({"type": "nonsense"}, "'nonsense' is not valid"),
        ({"$schema": 5}, r"\$schema must be a string"),
        ({"$schema": "http://["}, "Invalid IPv6 URL"),
        ({"const": float("nan")}, "it is no JSON"),
        ({"enum": {1}}, "it is no JSON"),
        ({"title": "\ud800"}, "half a surrogate pair"),
        (deep(2_000), "it goes too deep"),
    ],
)
def test_nothing_is_sent_with_what_is_no_schema(
    sdk: Sdk, how: str, schema: Any, complaint: str
) -> None:
    fake = sdk.core.provider([text("1")])
    graff = sdk.graff(fake)
    ways = {
        "chat": lambda: list(graff.chat("Which?", json_schema=schema)),
        "run": lambda: graff.run("Which?", json_schema=schema),
        "stream_text": lambda: list(graff.stream_text("Which?", json_schema=schema)),
        "session": lambda: list(graff.session(json_schema=schema).send("Which?")),
    }
    with pytest.raises(UsageError, match=f"^invalid json_schema: .*{complaint}"):
        ways[how]()
    assert fake.requests == [] and graff.list_conversations() == []


def test_patterns_that_only_others_read(sdk: Sdk) -> None:
    """Those of pydantic are not Python's; what reads one here is the provider."""

    class Word(BaseModel):
        word: Annotated[str, Field(pattern=r"^\p{L}+$")]

    fake = sdk.core.provider([text('{"word": "é"}')], [text('{"word": "é"}')])
    graff = sdk.graff(fake)
    assert graff.run_pydantic("Which?", Word).output == Word(word="é")
    assert graff.run("Which?", json_schema=Word.model_json_schema()).status == "completed"


@pytest.mark.parametrize("words", ["", "{", "[" * 100_000, "text {} text", "```json\n{}"])
def test_what_is_no_json(words: str) -> None:
    with pytest.raises(ValueError):
        json_in(words)


def test_both_turns_are_told_of(sdk: Sdk) -> None:
    fake = sdk.core.provider([text("Ada.")], [text('{"name": "Ada", "age": 36}')])
    seen: list[str] = []
    hooks = EventHooks(on_type={"TaskComplete": lambda event: seen.append(event.type)})
    sdk.graff(fake).run_json("Who?", SCHEMA, hooks=hooks)
    assert seen == ["TaskComplete", "TaskComplete"]


def test_hooks_that_are_awaited() -> None:
    """`EventHooks.on_loop`, as `AsyncGraff` uses it."""
    loop = Loop()
    seen: list[int] = []

    async def see(event: AgentEvent) -> None:
        await asyncio.sleep(0)
        seen.append(threading.get_ident())

    hooks = EventHooks(see).on_loop(loop.loop)
    list(hooks.told(event for event in [AgentEvent("TaskComplete")]))
    loop.close()
    assert len(seen) == 1 and seen != [threading.get_ident()]
