"""The examples of codex-sdk-python's guide, with only their imports changed."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from codexstage import CodexStage, run
from fakes.steps import text
from grafftui.backends.codex.exec import CodexAbortError

pytestmark = pytest.mark.needs("codex", "git")

Stages = Callable[..., CodexStage]
Program = Callable[..., dict[str, Any]]
Shown = pytest.CaptureFixture[str]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # noqa: E501


def test_the_first_turn(stages: Stages, program: Program, capsys: Shown) -> None:
    source = """
        import asyncio
        from grafftui.backends.codex.exec import Codex

        async def main() -> None:
            codex = Codex()
            thread = codex.start_thread()
            turn = await thread.run("Diagnose the test failure and propose a fix")
            print(turn.final_response)
            print(turn.items)

        if __name__ == "__main__":
            asyncio.run(main())
        """
    program(source, repository(stages([[text("Fixed.")]])))
    assert capsys.readouterr().out.startswith("Fixed.\n[Item({'id': 'item_0'")


def test_a_turn_with_approvals(stages: Stages, program: Program, capsys: Shown) -> None:
    source = """
        import asyncio
        from grafftui.backends.codex.exec import AppServerClient, AppServerOptions, ApprovalDecisions

        async def main() -> None:
            async with AppServerClient(AppServerOptions()) as app:
                thread = await app.thread_start(model="gpt-5-codex-high", cwd=".")
                thread_id = thread["thread"]["id"]
                session = await app.turn_session(
                    thread_id,
                    "Run tests and summarize failures.",
                    approvals=ApprovalDecisions(command_execution="accept"),
                )

                async for notification in session.notifications():
                    print(notification.method)

                final_turn = await session.wait()
                print(final_turn)

        if __name__ == "__main__":
            asyncio.run(main())
        """  # noqa: E501
    program(source, repository(stages([[text("All pass.")]])))
    *methods, final = capsys.readouterr().out.splitlines()
    assert methods[-1] == "turn/completed" and "All pass." in final


def test_a_skill_for_the_app_server(stages: Stages, program: Program, capsys: Shown) -> None:
    """It would follow its stream for ever: here it ends with the turn."""
    source = """
        import asyncio
        from grafftui.backends.codex.exec import AppServerClient, AppServerOptions

        async def main() -> None:
            async with AppServerClient(AppServerOptions()) as app:
                thread = await app.thread_start(model="gpt-5-codex-high", cwd=".")
                thread_id = thread["thread"]["id"]
                await app.turn_start(
                    thread_id,
                    [
                        {"type": "text", "text": "Use $my-skill and summarize."},
                        {"type": "skill", "name": "my-skill", "path": "/path/to/SKILL.md"},
                    ],
                )

                async for notification in app.notifications():
                    print(notification.method, notification.params)
                    if notification.method == "turn/completed":
                        break

        if __name__ == "__main__":
            asyncio.run(main())
        """
    stage = repository(stages([[text("Used.")]]))
    program(source, stage)
    assert "Used." in capsys.readouterr().out
    assert "Use $my-skill and summarize." in str(stage.fake.requests[0].body["input"])


OPTIONS = """
    from grafftui.backends.codex.exec import Codex, CodexOptions, ThreadOptions, TurnOptions

    codex = Codex(
        CodexOptions(
            codex_path_override="/path/to/codex",
            base_url="https://api.openai.com/v1",
            api_key="<key>",
            env={"CUSTOM_ENV": "custom"},
            config_overrides={
                "analytics.enabled": True,
                "notify": ["python3", "/path/to/notify.py"],
            },
        )
    )
    ThreadOptions(
        model="gpt-5-codex-high",
        sandbox_mode="workspace-write",
        working_directory="/path/to/project",
        skip_git_repo_check=True,
        model_reasoning_effort="high",
        network_access_enabled=True,
        web_search_mode="cached",
        shell_snapshot_enabled=True,
        background_terminals_enabled=True,
        apply_patch_freeform_enabled=False,
        exec_policy_enabled=True,
        remote_models_enabled=False,
        request_compression_enabled=True,
        approval_policy="on-request",
        additional_directories=["../shared"],
        config_overrides={"analytics.enabled": True},
    )
    ThreadOptions(
        feature_overrides={
            "web_search_cached": True,
            "powershell_utf8": True,
        }
    )
    """


def test_options(stages: Stages, program: Program) -> None:
    program(OPTIONS, repository(stages()))


USAGE = """
    from grafftui.backends.codex.exec import Codex

    codex = Codex()
    thread = codex.start_thread()
    turn = await thread.run("Summarize the repository")
    print(turn.final_response)

    result = await thread.run_streamed("Diagnose the test failure")
    async for event in result.events:
        if event.type == "item.completed":
            print(event.item.type)
        elif event.type == "turn.completed":
            print(event.usage)

    async for event in thread.run_streamed_events("Diagnose the test failure"):
        print(event.type)

    from grafftui.backends.codex.exec import ThreadHooks

    hooks = ThreadHooks(
        on_event=lambda event: print("event", event.type),
        on_item_type={
            "command_execution": lambda item: print("command", item.command),
        },
    )

    turn = await thread.run_with_hooks("Run the tests and summarize failures.", hooks=hooks)
    print(turn.final_response)

    schema = {
        "type": "object",
        "properties": {
            "summary": {"type": "string"},
            "status": {"type": "string", "enum": ["ok", "action_required"]},
        },
        "required": ["summary", "status"],
        "additionalProperties": False,
    }

    result = await thread.run_json("Summarize repository status", output_schema=schema)
    print(result.output)

    from pydantic import BaseModel

    class RepoStatus(BaseModel):
        summary: str
        status: str

    result = await thread.run_pydantic("Summarize repository status", output_model=RepoStatus)
    print(result.output)

    turn = await thread.run(
        [
            {"type": "text", "text": "Describe these screenshots"},
            {"type": "local_image", "path": "./ui.png"},
            {"type": "text", "text": "Focus on failures"},
            {"type": "local_image", "path": "./diagram.jpg"},
        ]
    )

    from grafftui.backends.codex.exec import Codex

    codex = Codex()
    thread = codex.resume_thread(thread.id)

    # Or resume the most recent session (uses CODEX_HOME or ~/.codex)
    last_thread = codex.resume_last_thread()
    assert last_thread.id == thread.id

    import asyncio
    from grafftui.backends.codex.exec import AbortController, TurnOptions

    controller = AbortController()
    options = TurnOptions(signal=controller.signal)

    task = asyncio.create_task(thread.run("Long task", options))
    controller.abort("user requested cancel")
    await task
    """


def test_usage(stages: Stages, program: Program, capsys: Shown) -> None:
    status = '{"summary": "fine", "status": "ok"}'
    said = ["A repository.", "One.", "Two.", "Ran.", status, status, "Seen."]
    turns = [[text(words)] for words in said]
    turns.insert(3, [run("echo hi")])
    stage = repository(stages(turns))
    for picture in ("ui.png", "diagram.jpg"):
        (stage.workspace / picture).write_bytes(base64.b64decode(PIXEL))
    with pytest.raises(CodexAbortError, match="user requested cancel"):
        program(USAGE, stage)
    shown = capsys.readouterr().out
    for words in ("A repository.", "Usage(", "turn.completed", "event item.", "command ", "Ran."):
        assert words in shown
    assert "{'summary': 'fine', 'status': 'ok'}\nsummary='fine' status='ok'\n" in shown
    assert str(stage.fake.requests[-1].body["input"]).count("input_image") == 2


HELPERS = """
    from grafftui.backends.codex.exec import Codex

    thread = Codex().start_thread()

    from pydantic import BaseModel

    class RepoStatus(BaseModel):
        summary: str

    turn = thread.run_sync("Summarize the repository")
    parsed = thread.run_json_sync("Summarize", output_schema={"type": "object"})
    validated = thread.run_pydantic_sync("Summarize", output_model=RepoStatus)
    """


def test_helpers_without_an_event_loop(stages: Stages, program: Program) -> None:
    answer = '{"summary": "fine"}'
    known = program(HELPERS, repository(stages([[text("Said.")], [text(answer)], [text(answer)]])))
    assert known["turn"].final_response == "Said."
    assert known["parsed"].output == {"summary": "fine"}
    assert known["validated"].output.summary == "fine"


def repository(stage: CodexStage) -> CodexStage:
    """`codex exec` works in one."""
    subprocess.run(["git", "init", "--quiet", stage.workspace], check=True)
    return stage
