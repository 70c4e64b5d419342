"""Agents of PydanticAI with Codex as their model and as their tool, on the real program."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, UnexpectedModelBehavior
from pydantic_ai.exceptions import ModelAPIError, UserError
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.settings import ModelSettings

from codexstage import CodexStage, run
from fakes.steps import Step, hang, text
from grafftui.backends.codex.exec import CodexOptions, ThreadHooks, ThreadOptions
from grafftui.backends.codex.pydantic_ai import (
    CodexModel,
    PlannedCall,
    ToolPlan,
    ToolPlanValidationError,
    build_envelope_schema,
    codex_handoff_tool,
    parse_tool_plan,
    validate_tool_plan,
)

needs_codex = pytest.mark.needs("codex")

Stages = Callable[..., CodexStage]
Program = Callable[..., dict[str, Any]]


def calls(*planned: tuple[str, str, str]) -> list[Step]:
    """What Codex says to have tools called: id, name, arguments."""
    names = ("id", "name", "arguments")
    made = [dict(zip(names, call, strict=True)) for call in planned]
    return [text(json.dumps({"tool_calls": made, "final": ""}))]


def final(words: str) -> list[Step]:
    """What it says to be done."""
    return [text(json.dumps({"tool_calls": [], "final": words}))]


def codex_options(stage: CodexStage) -> CodexOptions:
    return CodexOptions(codex_path_override=stage.program, env={**stage.environment, "PATH": ""})


def asked(stage: CodexStage, number: int) -> str:
    """The prompt of a request."""
    words: str = stage.fake.requests[number].body["input"][-1]["content"][0]["text"]
    return words


@needs_codex
def test_the_example_of_a_model(
    stages: Stages, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    source = """
        from pydantic_ai import Agent, Tool

        from grafftui.backends.codex.pydantic_ai import CodexModel
        from grafftui.backends.codex.exec import ThreadOptions

        def add(a: int, b: int) -> int:
            return a + b

        model = CodexModel(
            thread_options=ThreadOptions(
                model="gpt-5",
                sandbox_mode="read-only",
                skip_git_repo_check=True,
            )
        )
        agent = Agent(model, tools=[Tool(add)])

        result = agent.run_sync("What's 19 + 23? Use the add tool.")
        print(result.output)
        """
    stage = stages([calls(("c1", "add", '{"a": 19, "b": 23}')), final("42.")])
    with asyncio.Runner() as runner:
        asyncio.set_event_loop(runner.get_loop())  # where `run_sync` runs; it never closes one
        program(source, stage)
    asyncio.set_event_loop(None)
    assert capsys.readouterr().out == "42.\n"
    assert '{"result_of": "c1", "tool": "add", "text": "42"}' in asked(stage, 1)
    first = stage.fake.requests[0].body
    schema = first["text"]["format"]["schema"]
    assert schema["properties"]["tool_calls"]["items"]["properties"]["name"]["enum"] == ["add"]
    assert first["model"] == "gpt-5" and "read-only" in str(first["input"])
    assert not list((stage.home / "sessions").glob("**/*.jsonl"))  # nothing of it is kept


class City(BaseModel):
    name: str
    people: int


@needs_codex
async def test_a_type_of_answer_and_what_was_wrong_with_the_first(stages: Stages) -> None:
    stage = stages(
        [
            calls(("c1", "final_result", '{"name": "Bern"}')),
            calls(("c2", "final_result", '{"name": "Bern", "people": 140}')),
        ]
    )
    seen: list[str] = []
    model = CodexModel(
        codex_options=codex_options(stage),
        hooks=ThreadHooks(on_event=lambda event: seen.append(event.type)),
        settings=ModelSettings(thinking="high"),
    )
    agent = Agent(model, output_type=City, instructions="Be brief.", system_prompt="You count.")
    result = await agent.run("How big is Bern?")
    assert result.output == City(name="Bern", people=140)
    assert "You count.\nBe brief.\n" in asked(stage, 0)
    assert "not accepted" in asked(stage, 0) and '{"user": "How big is Bern?"}' in asked(stage, 0)
    assert '"your_call": "c1"' in asked(stage, 1) and "people" in asked(stage, 1).splitlines()[-1]
    assert stage.fake.requests[0].body["reasoning"]["effort"] == "high"
    assert seen.count("turn.completed") == 2
    last = result.all_messages()[1]
    assert isinstance(last, ModelResponse)
    assert (last.usage.input_tokens, last.usage.output_tokens) == (100, 20)
    assert (last.model_name, last.provider_name) == ("codex", "codex")


@needs_codex
async def test_an_answer_is_streamed_in_one_piece(stages: Stages) -> None:
    stage = stages([final("one two three")])
    agent = Agent(CodexModel(codex_options=codex_options(stage)))
    async with agent.run_stream("go") as answer:
        pieces = [piece async for piece in answer.stream_text(delta=True, debounce_by=None)]
    assert pieces == ["one two three"]


@needs_codex
async def test_what_goes_wrong_is_said_in_the_words_of_pydantic_ai(stages: Stages) -> None:
    full = {"type": "context_length_exceeded", "message": "too much"}
    stage = stages([[text("No plan.")], [{"error": full}, {"end": True}]])
    agent = Agent(CodexModel(codex_options=codex_options(stage)))
    with pytest.raises(UnexpectedModelBehavior, match="no plan"):
        await agent.run("a")
    with pytest.raises(ModelAPIError, match="context"):
        await agent.run("b")
    absent = CodexOptions(codex_path_override="/nowhere/codex")
    with pytest.raises(ModelAPIError, match="is no program"):
        await Agent(CodexModel(codex_options=absent)).run("c")
    with pytest.raises(UserError, match="BinaryContent"):
        await agent.run(["d", BinaryContent(b"", media_type="image/png")])


@pytest.mark.parametrize(
    ("given", "sandbox", "anywhere"),
    [
        (ThreadOptions(), "read-only", True),
        (ThreadOptions(sandbox_mode="workspace-write"), "workspace-write", False),
    ],
)
def test_where_nothing_is_said_codex_is_careful(
    given: ThreadOptions, sandbox: str, anywhere: bool
) -> None:
    options = CodexModel(thread_options=given)._options
    assert (options.sandbox_mode, options.skip_git_repo_check) == (sandbox, anywhere)
    assert (options.approval_policy, options.web_search_mode) == ("never", "disabled")
    assert options.network_access_enabled is False and options.ephemeral


# -- as a tool -------------------------------------------------------------------------------


def handing_off(*prompts: str) -> FunctionModel:
    """A model that hands these over, one after the other, then repeats what came back."""

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        done = sum(isinstance(message, ModelResponse) for message in messages)
        if done < len(prompts):
            return ModelResponse([ToolCallPart("codex_handoff", {"prompt": prompts[done]})])
        returned = [part for part in messages[-1].parts if part.part_kind == "tool-return"]
        return ModelResponse([TextPart(json.dumps(returned[-1].content))])

    return FunctionModel(answer)


@needs_codex
def test_the_example_of_a_tool(
    stages: Stages, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    """But for the model that hands the work over, which is no matter of ours."""
    source = """
        from pydantic_ai import Agent

        from grafftui.backends.codex.exec import ThreadOptions
        from grafftui.backends.codex.pydantic_ai import codex_handoff_tool

        tool = codex_handoff_tool(
            thread_options=ThreadOptions(
                sandbox_mode="workspace-write",
                skip_git_repo_check=True,
                working_directory=".",
            ),
            include_items=True,
            items_limit=20,
        )

        agent = Agent(
            model,
            tools=[tool],
            system_prompt=(
                "You can delegate implementation details to the codex_handoff tool. "
                "Use it for repository-aware edits, command execution, or patches."
            ),
        )

        result = await agent.run(
            "Use the codex_handoff tool to scan this repository and suggest one small DX improvement."
        )
        print(result.output)
        """  # noqa: E501
    stage = stages([[text("Add a Makefile.")]])
    program(source, stage, model=handing_off("Suggest one."))
    said = json.loads(capsys.readouterr().out)
    assert (said["final_response"], len(said["thread_id"])) == ("Add a Makefile.", 36)
    assert said["items"] == [{"type": "agent_message", "text": "Add a Makefile."}]
    assert said["usage"]["output_tokens"] == 20


@needs_codex
async def test_calls_are_turns_of_one_thread(stages: Stages) -> None:
    secret = "sk-proj-" + "abcd1234" * 6
    stage = stages([[text("One.")], [run(f"echo {secret}; seq 1000")], [text("Two.")]])
    tool = codex_handoff_tool(
        codex_options=codex_options(stage),
        thread_options=options(stage),
        include_items=True,
        items_limit=2,
        include_usage=False,
    )
    said = json.loads((await Agent(handing_off("a", "b"), tools=[tool]).run("go")).output)
    assert "usage" not in said and said["final_response"] == "Two."
    command, message = said["items"]
    assert message["text"] == "Two." and command["exit_code"] == 0
    assert len(command["aggregated_output"]) == 1_000 and secret not in str(said)
    assert "One." in str(stage.fake.requests[-1].body["input"])


@needs_codex
async def test_what_a_turn_failed_of_is_told_to_who_asked_for_it(stages: Stages) -> None:
    full = {"type": "context_length_exceeded", "message": "too much"}
    stage = stages([[{"error": full}, {"end": True}], [hang()]])
    agent_of = handing_off("go")
    for seconds, reason in ((None, "context"), (0.5, r"ended after 0.5 s")):
        tool = codex_handoff_tool(
            codex_options=codex_options(stage),
            thread_options=options(stage),
            persist_thread=False,
            timeout_seconds=seconds,
        )
        said = json.loads((await Agent(agent_of, tools=[tool]).run("go")).output)
        assert reason in said["error"] and "final_response" not in said


def options(stage: CodexStage) -> ThreadOptions:
    return ThreadOptions(
        working_directory=stage.workspace,
        sandbox_mode="danger-full-access",
        skip_git_repo_check=True,
    )


# -- the envelope ------------------------------------------------------------------------------

PLAN = ToolPlan((PlannedCall("1", "add", '{"a": 1}'),))
ADD = {"add": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}


def test_a_plan_is_read() -> None:
    call = {"id": "1", "name": "add", "arguments": '{"a": 1}'}
    assert parse_tool_plan({"tool_calls": [call], "final": " "}) == PLAN
    assert parse_tool_plan('{"tool_calls": [], "final": "x"}') == ToolPlan(content="x")
    assert build_envelope_schema([])["required"] == ["tool_calls", "final"]


@pytest.mark.parametrize(
    "wrong",
    [
        "none",
        "[]",
        {"tool_calls": []},
        {"tool_calls": None, "final": ""},
        {"tool_calls": [], "final": 7},
        {"tool_calls": [{"id": "1", "name": "add", "arguments": {}}], "final": ""},
        {"tool_calls": [{"id": "1", "name": "add", "arguments": ""}], "final": "both"},
    ],
)
def test_what_is_no_plan_is_refused(wrong: Any) -> None:
    with pytest.raises(ToolPlanValidationError):
        parse_tool_plan(wrong)


def test_a_plan_that_can_be_carried_out() -> None:
    for choice in (None, "auto", "required", "add"):
        assert validate_tool_plan(PLAN, tool_schemas=ADD, tool_choice=choice) is PLAN
    done = ToolPlan(content="Done.")
    assert validate_tool_plan(done, tool_schemas=ADD, tool_choice="none") is done


@pytest.mark.parametrize(
    ("calls", "more", "words"),
    [
        ([("sub", "{}")], {}, "no tool 'sub'"),
        ([("add", '{"a": "x"}')], {}, "does not take"),
        ([("add", "{")], {}, "does not take"),
        ([("add", '{"a": 1}')] * 2, {"max_tool_calls": 1}, "2 tools are called, of 1"),
        ([("add", '{"a": 1}')], {"tool_choice": "none"}, "where none may be"),
        ([], {"tool_choice": "required"}, "where one has to be"),
        ([("add", '{"a": 1}')], {"tool_choice": "sub"}, "another tool"),
    ],
)
def test_a_plan_that_cannot(calls: list[Any], more: dict[str, Any], words: str) -> None:
    plan = ToolPlan(tuple(PlannedCall("1", name, arguments) for name, arguments in calls))
    with pytest.raises(ToolPlanValidationError, match=words):
        validate_tool_plan(plan, tool_schemas=ADD, **more)
