"""The quickstarts of codex-python-sdk and of openai-codex, with only their imports changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from codexstage import CodexStage, run
from fakes.steps import text

pytestmark = pytest.mark.needs("codex")

Stages = Callable[..., CodexStage]
Program = Callable[..., dict[str, Any]]


def test_codex_python_sdk(
    stages: Stages, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    source = """
        from grafftui.backends.codex import create_client

        with create_client() as client:
            result = client.responses_create(prompt="Reply with exactly: READY")
            print(result.session_id)
            print(result.text)
        """
    program(source, stages([[text("READY")]]))
    session_id, said = capsys.readouterr().out.split()
    assert said == "READY" and len(session_id) == 36


def test_codex_python_sdk_events(
    stages: Stages, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    source = """
        from grafftui.backends.codex import create_client, render_exec_style_events

        with create_client() as client:
            events = client.responses_events(prompt="Summarize this repository")
            render_exec_style_events(events)
        """
    program(source, stages([[run("echo \x1b[31mred")], [text("It is \x1b[31mred.")]]))
    shown = capsys.readouterr().out
    assert "It is" in shown and "exit code 0" in shown and "\x1b" not in shown


def test_codex_python_sdk_awaited(
    stages: Stages, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    source = """
        import asyncio
        from grafftui.backends.codex import create_async_client


        async def main() -> None:
            async with create_async_client() as client:
                result = await client.responses_create(prompt="Reply with exactly: ASYNC_READY")
                print(result.text)


        asyncio.run(main())
        """
    program(source, stages([[text("ASYNC_READY")]]))
    assert capsys.readouterr().out == "ASYNC_READY\n"


def test_codex_python_sdk_rules(
    stages: Stages, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    source = r"""
        from grafftui.backends.codex import RuleBasedPolicyEngine, create_client

        engine = RuleBasedPolicyEngine(
            {
                "system_rubric": "Allow read-only operations. Decline unknown write operations.",
                "command_rules": [
                    {"name": "readonly-shell", "when": {"command_regex": r"^(pwd|ls|cat|rg)\\b"}, "decision": "accept"}
                ],
                "defaults": {"command": "decline", "file_change": "decline", "tool_input": "auto_empty"},
            }
        )

        with create_client(
            automatic_approval_review=True,
            policy_engine=engine,
        ) as client:
            result = client.responses_create(prompt="Show git status.")
            print(result.text)
            print(client.thread_start()["approvalsReviewer"])
        """  # noqa: E501
    program(source, stages([[text("Clean.")]]))
    assert capsys.readouterr().out == "Clean.\nauto_review\n"


def test_openai_codex(stages: Stages, program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    source = """
        from grafftui.backends.codex import Codex, TextInput

        with Codex() as codex:
            thread = codex.thread_start(
                model="gpt-5",
                config={"model_reasoning_effort": "high"},
            )
            result = thread.turn(TextInput("Say hello in one sentence.")).run()
            print("status:", result.status)
            print("text:", result.text)
        """
    stage = stages([[text("Hello.")]])
    program(source, stage)
    assert capsys.readouterr().out == "status: completed\ntext: Hello.\n"
    assert stage.fake.requests[0].body["model"] == "gpt-5"


def test_openai_codex_awaited(
    stages: Stages, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    source = """
        import asyncio

        from grafftui.backends.codex import AsyncCodex, TextInput


        async def main() -> None:
            async with AsyncCodex() as codex:
                thread = await codex.thread_start(
                    model="gpt-5",
                    config={"model_reasoning_effort": "high"},
                )
                turn = await thread.turn(TextInput("Say hello in one sentence."))
                result = await turn.run()
                print("status:", result.status)
                print("text:", result.text)


        asyncio.run(main())
        """
    program(source, stages([[text("Hello.")]]))
    assert capsys.readouterr().out == "status: completed\ntext: Hello.\n"
