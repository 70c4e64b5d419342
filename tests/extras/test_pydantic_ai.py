"""Real agents of PydanticAI, with our models and with our core as their tool."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from pydantic import BaseModel
from pydantic_ai import (
    Agent,
    BinaryContent,
    ImageUrl,
    ModelHTTPError,
    NativeOutput,
    UnexpectedModelBehavior,
)
from pydantic_ai.exceptions import ModelAPIError, ModelAuthenticationError, UserError
from pydantic_ai.messages import ModelMessagesTypeAdapter, ModelResponse, ThinkingPart, ToolCallPart
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.test import TestModel
from pydantic_ai.settings import ModelSettings

from corestage import MODEL, Core, calls_and_results, each_wire, kept, turns_asked, wait_until
from fakes.server import FakeProvider
from fakes.steps import hang, reasoning, status, text, tool, tools
from grafftui.pydantic_ai import GrafftuiModel, as_tool


class City(BaseModel):
    name: str
    people: int


def model(core: Core, fake: FakeProvider, wire: str = "chat") -> GrafftuiModel:
    return GrafftuiModel(core.graff(fake, wire))


# -- as a model ------------------------------------------------------------------------------


@each_wire
async def test_an_agent_with_tools_of_its_own(core: Core, wire: str) -> None:
    fake = core.provider(
        [
            reasoning("Both.", signature="sealed"),
            text("I look."),
            tools(tool("size", {"city": "Bern"}, "c1"), tool("size", {"city": "Uri"}, "c2")),
        ],
        [text("140 and 37.")],
    )
    agent = Agent(model(core, fake, wire), instructions="Be brief.", system_prompt="You count.")

    @agent.tool_plain
    def size(city: str) -> int:
        """How many thousands live in a city."""
        return {"Bern": 140, "Uri": 37}[city]

    result = await agent.run("How big?")
    assert result.output == "140 and 37."
    first, second = turns_asked(fake)
    assert "You count.\n\nBe brief." in str(first).replace("\\n", "\n")
    assert calls_and_results(second) == (["c1", "c2"], ["c1", "c2"])
    assert "140" in str(second) and "How many thousands" in str(second["tools"])
    assert first["model"] == MODEL
    assert result.usage.requests == 2
    last = result.all_messages()[-1]
    assert isinstance(last, ModelResponse)
    assert (last.usage.input_tokens, last.usage.cache_read_tokens) == (100, 40)
    assert last.usage.output_tokens > 0
    assert (last.model_name, last.finish_reason) == (MODEL, "stop")
    assert kept(core.home, "SELECT count(*) FROM conversations") == [(0,)]


async def test_seals_go_back_to_who_made_them(core: Core) -> None:
    """Also when the history was written down and read again."""
    fake = core.provider(
        [reasoning("Hm.", signature="sealed"), tool("look", {}, "c1")], [text("Ok.")], [text("So.")]
    )
    agent = Agent(model(core, fake, "anthropic"))
    agent.tool_plain(lambda: "seen", name="look")
    before = (await agent.run("go")).all_messages()
    read = ModelMessagesTypeAdapter.validate_json(ModelMessagesTypeAdapter.dump_json(before))
    await agent.run("on", message_history=read)
    _, second, third = turns_asked(fake)
    for asked in (second, third):
        (thought,) = [
            part
            for message in asked["messages"]
            for part in (message["content"] if isinstance(message["content"], list) else ())
            if part["type"] == "thinking"
        ]
        assert (thought["thinking"], thought["signature"]) == ("Hm.", "sealed")


async def test_output_of_a_type(core: Core) -> None:
    bern = {"name": "Bern", "people": 140}
    fake = core.provider(
        [tool("final_result", {"name": "Bern"})],
        [tool("final_result", bern)],
        [text('{"name": "Bern", "people": 140}')],
    )
    graff_model = model(core, fake)
    called = await Agent(graff_model, output_type=City).run("?")
    assert called.output == City(**bern)
    assert "people" in str(turns_asked(fake)[1]["messages"][-1])  # what was wrong
    native = await Agent(graff_model, output_type=NativeOutput(City)).run("?")
    assert native.output == City(**bern)
    assert turns_asked(fake)[2]["response_format"]["json_schema"]["schema"]["title"] == "City"


async def test_an_answer_as_it_comes(core: Core) -> None:
    fake = core.provider([reasoning("Hm."), text("one two three")])
    async with Agent(model(core, fake)).run_stream("?") as answer:
        pieces = [piece async for piece in answer.stream_text(delta=True, debounce_by=None)]
        assert "".join(pieces) == "one two three"
        thoughts = [part for part in answer.response.parts if isinstance(part, ThinkingPart)]
    assert [part.content for part in thoughts] == ["Hm."]


async def test_a_run_that_is_cancelled(core: Core) -> None:
    fake = core.provider([text("Half"), hang()])
    run = asyncio.create_task(Agent(model(core, fake)).run("?"))
    await asyncio.to_thread(wait_until, lambda: turns_asked(fake))
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert await asyncio.to_thread(fake.disconnected.wait, 10)


async def test_settings_and_pictures(core: Core) -> None:
    fake = core.provider([text("A dot.")])
    settings = ModelSettings(max_tokens=77, thinking="low")
    picture = BinaryContent(b"\x89PNG\r\n\x1a\n", media_type="image/png")
    thinking = GrafftuiModel(core.graff(fake, "responses"), model="gpt-5")
    await Agent(thinking).run(["What is it?", picture], model_settings=settings)
    (asked,) = turns_asked(fake)
    assert (asked["model"], asked["max_output_tokens"]) == ("gpt-5", 77)
    assert asked["reasoning"]["effort"] == "low"
    assert "data:image/png;base64," in str(asked["input"][-1])


async def test_a_picture_that_lies_elsewhere(core: Core) -> None:
    fake = core.provider()
    with pytest.raises(UserError, match="no ImageUrl"):
        await Agent(model(core, fake)).run(["?", ImageUrl("http://127.0.0.1/x.png")])
    assert turns_asked(fake) == []


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_provider_that_refuses(core: Core, streamed: bool) -> None:
    fake = core.provider([status(503)], [status(400, {"error": "no"})])
    agent = Agent(model(core, fake))
    with pytest.raises(ModelHTTPError) as raised:
        if streamed:
            async with agent.run_stream("?"):
                pass
        else:
            await agent.run("?")
    assert raised.value.status_code == 400
    assert len(turns_asked(fake)) == 2  # the first was worth another try


async def test_without_a_key(core: Core) -> None:
    graff_model = GrafftuiModel(core.graff(core.provider()), provider="anthropic", model="x")
    with pytest.raises(ModelAuthenticationError, match="no key"):
        await Agent(graff_model).run("?")
    assert issubclass(ModelAuthenticationError, ModelAPIError)


@pytest.mark.parametrize("streamed", [False, True])
async def test_one_that_falls_back(core: Core, streamed: bool) -> None:
    failing = model(core, core.provider([status(400, {"error": "no"})]))
    agent = Agent(FallbackModel(failing, TestModel(custom_output_text="I am here.")))
    if streamed:
        async with agent.run_stream("?") as answer:
            said = await answer.get_output()
    else:
        said = (await agent.run("?")).output
    assert said == "I am here."


# -- as a tool -------------------------------------------------------------------------------


async def test_work_is_handed_over(core: Core) -> None:
    fake = core.provider(
        [tool("coding_agent", {"task": "write a file"})],
        [tool("write", {"file_path": "made", "content": "x\n"})],
        [text("I made it.")],
        [text("It is done.")],
    )
    graff = core.graff(fake, mode="edits")
    agent = Agent(GrafftuiModel(graff), tools=[as_tool(graff, agent="forge")])
    result = await agent.run("Have a file made.")
    assert result.output == "It is done."
    assert (core.workspace / "made").read_text() == "x\n"
    asked = turns_asked(fake)
    assert str(core.workspace) in str(asked[0]["tools"])
    assert asked[1]["messages"][-1]["content"].startswith("write a file")
    assert "I made it." in str(asked[3]["messages"][-1])
    assert kept(core.home, "SELECT state, prompt FROM turns") == [("done", "write a file")]


async def test_nothing_is_approved_by_it(core: Core) -> None:
    fake = core.provider(
        [tool("coding_agent", {"task": "write"})],
        [tool("write", {"file_path": "made", "content": "x\n"})],
        [text("I may not.")],
        [text("It may not.")],
    )
    graff = core.graff(fake)
    await Agent(GrafftuiModel(graff), tools=[as_tool(graff)]).run("go")
    assert [*core.workspace.iterdir()] == []


async def test_work_that_fails(core: Core) -> None:
    fake = core.provider([status(400, {"error": "no"})])
    graff = core.graff(fake)
    caller = TestModel(call_tools=["helper"])
    result = await Agent(caller, tools=[as_tool(graff, name="helper")]).run("go")
    messages = result.all_messages()
    said = str(messages[-2])
    assert "The coding agent did not finish (failed: agent error: openai_compatible" in said
    assert any(isinstance(part, ToolCallPart) for part in messages[1].parts)


async def test_work_that_is_cancelled(core: Core) -> None:
    fake = core.provider([text("Half"), hang()])
    graff = core.graff(fake)
    agent = Agent(TestModel(), tools=[as_tool(graff)])
    run = asyncio.create_task(agent.run("go"))
    await asyncio.to_thread(wait_until, lambda: turns_asked(fake))
    run.cancel()
    with pytest.raises((asyncio.CancelledError, UnexpectedModelBehavior)):
        await run
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]


# -- whether it is there ---------------------------------------------------------------------


def test_it_is_not_loaded_by_the_core() -> None:
    script = "import sys, grafftui.core.async_graff; assert 'pydantic_ai' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_the_extra() -> None:
    script = (
        "import importlib.util as util, sys\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'pydantic_ai' else find(name)\n"
        "try:\n"
        "    import grafftui.pydantic_ai\n"
        "except grafftui.UsageError as error:\n"
        "    print(error, '/', error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import grafftui\n{script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        "the package “pydantic-ai-slim” is missing / install grafftui[pydantic-ai]\n"
    )
