"""`codex exec`, on the real program, and the app-server in the shape of codex-sdk-python."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import BaseModel

from codexstage import CodexStage, run
from fakes.steps import text, until
from grafftui.backends.codex.exec import (
    AbortController,
    ApprovalDecisions,
    AppServerClient,
    AppServerOptions,
    Codex,
    CodexAbortError,
    CodexCLIError,
    CodexError,
    CodexOptions,
    CodexParseError,
    NoSuchThreadError,
    ThreadHooks,
    ThreadOptions,
    TurnFailedError,
    TurnOptions,
)
from grafftui.backends.codex.exec.arguments import argv
from grafftui.errors import NotFoundError, UsageError

pytestmark = pytest.mark.each_codex

Stages = Callable[..., CodexStage]
needs_codex = pytest.mark.needs("codex")
SCHEMA = {
    "type": "object",
    "properties": {"summary": {"type": "string"}},
    "required": ["summary"],
    "additionalProperties": False,
}


def codex(stage: CodexStage) -> Codex:
    env = {**os.environ, **stage.environment}
    return Codex(CodexOptions(codex_path_override=stage.program, env=env))


def options(stage: CodexStage, **more: Any) -> ThreadOptions:
    return ThreadOptions(
        working_directory=stage.workspace,
        skip_git_repo_check=True,
        sandbox_mode="danger-full-access",
        **more,
    )


@needs_codex
async def test_turns_of_a_thread(stages: Stages) -> None:
    stage = stages([[run("echo hi")], [text("One.")], [text("Two.")], [text("Three.")]])
    thread = codex(stage).start_thread(options(stage, model="gpt-5.5"))
    first = await thread.run("a")
    assert first.final_response == "One."
    assert [item.aggregated_output for item in first.commands()] == ["hi\n"]
    assert first.agent_messages()[0].text == "One." and first.reasoning() == []
    assert first.usage is not None and first.usage.output_tokens == 40
    again = codex(stage).resume_thread(str(thread.id), options(stage))
    parts = [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]
    second = await again.run(parts)
    assert second.final_response == "Two." and again.id == thread.id
    assert stage.fake.requests[-1].body["input"][-1]["content"][0]["text"] == "b\n\nc"
    last = codex(stage).resume_last_thread(options(stage))
    assert last.id == thread.id
    streamed = await last.run_streamed("d")
    kinds = [event.type async for event in streamed.events]
    assert kinds[0] == "thread.started" and kinds[-1] == "turn.completed"


@needs_codex
async def test_events_call_hooks(stages: Stages) -> None:
    stage = stages([[run("echo hi")], [text("One.")]])
    seen: list[str] = []

    async def command(item: Any) -> None:
        seen.append(f"ran {item.command}")

    hooks = ThreadHooks(
        on_event=lambda event: seen.append(event.type),
        on_turn_completed=lambda event: seen.append(f"used {event.usage.input_tokens}"),
        on_item_type={"command_execution": command},
    )
    await codex(stage).start_thread(options(stage)).run_with_hooks("a", hooks=hooks)
    assert "thread.started" in seen and "used 200" in seen
    assert any(one.startswith("ran ") and "echo hi" in one for one in seen)


class Status(BaseModel):
    summary: str
    status: str = "ok"


@needs_codex
async def test_answers_that_follow_a_schema(stages: Stages) -> None:
    stage = stages(
        [[text('{"summary": "fine"}')], [text('{"summary": "s", "status": "t"}')], [text("none")]]
    )
    thread = codex(stage).start_thread(options(stage))
    assert (await thread.run_json("a", output_schema=SCHEMA)).output == {"summary": "fine"}
    assert stage.fake.requests[0].body["text"]["format"]["schema"] == SCHEMA
    parsed = await thread.run_pydantic("b", output_model=Status)
    assert parsed.output == Status(summary="s", status="t")
    strict = stage.fake.requests[1].body["text"]["format"]["schema"]
    assert strict["required"] == ["summary", "status"] and not strict["additionalProperties"]
    with pytest.raises(CodexParseError) as caught:
        await thread.run_json("c", output_schema=SCHEMA)
    assert caught.value.text == "none"
    with pytest.raises(CodexError, match="event loop"):
        thread.run_sync("d")


@needs_codex
def test_without_an_event_loop(stages: Stages) -> None:
    stage = stages([[text("One.")]])
    thread = codex(stage).start_thread(options(stage))
    assert thread.run_sync("a").final_response == "One."


@needs_codex
async def test_a_picture(stages: Stages, tmp_path: Path) -> None:
    import base64

    picture = tmp_path / "pixel.png"
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    picture.write_bytes(base64.b64decode(pixel + "WjR9awAAAABJRU5ErkJggg=="))
    stage = stages([[text("A pixel.")], [text("Again.")]])
    thread = codex(stage).start_thread(options(stage))
    parts = [{"type": "text", "text": "look"}, {"type": "local_image", "path": str(picture)}]
    for _ in range(2):  # begun, and resumed
        await thread.run(parts)
        assert "input_image" in str(stage.fake.requests[-1].body["input"][-1])


@needs_codex
async def test_what_goes_wrong_is_said(stages: Stages) -> None:
    full = {"type": "context_length_exceeded", "message": "too much"}
    stage = stages([[{"error": full}, {"end": True}]])
    with pytest.raises(TurnFailedError, match="context"):
        await codex(stage).start_thread(options(stage)).run("a")
    nobody = "0199a213-81c0-7800-8aa1-bbab2a035a53"
    with pytest.raises(NoSuchThreadError) as caught:
        await codex(stage).resume_thread(nobody, options(stage)).run("b")
    assert caught.value.exit_code == 1 and isinstance(caught.value, NotFoundError)
    with pytest.raises(CodexCLIError, match="trusted directory"):
        await codex(stage).start_thread(ThreadOptions(working_directory="/")).run("c")


def test_a_name_is_no_thread(stages: Stages) -> None:
    stage = stages()
    with pytest.raises(UsageError, match="no id"):
        codex(stage).resume_thread("last week's")
    with pytest.raises(NotFoundError):
        codex(stage).resume_last_thread()


@needs_codex
async def test_aborting_ends_all_of_it(stages: Stages) -> None:
    stage = stages([[run("echo 1; sleep 654.25")], [text("Never.")]])
    controller = AbortController()
    thread = codex(stage).start_thread(options(stage))
    events = thread.run_streamed_events("go", TurnOptions(signal=controller.signal))
    with pytest.raises(CodexAbortError, match="enough"):
        async for event in events:
            if event.item.type == "command_execution":
                controller.abort("enough")
    assert not _sleeping("654.25")
    with pytest.raises(CodexAbortError):
        await thread.run("more", TurnOptions(signal=controller.signal))


@needs_codex
async def test_leaving_ends_it(stages: Stages, tmp_path: Path) -> None:
    stage = stages([[run("sleep 654.75")], [text("Never."), until(tmp_path / "gate")]])
    task = asyncio.ensure_future(_first_command(codex(stage).start_thread(options(stage))))
    await task
    assert not _sleeping("654.75")


async def _first_command(thread: Any) -> None:
    from contextlib import aclosing

    async with aclosing(thread.run_streamed_events("go")) as events:
        async for event in events:
            if event.item.type == "command_execution":
                return


def _sleeping(seconds: str) -> bool:
    found = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    return any("sleep" in words and seconds in words for words in found)


async def test_what_is_new_is_passed_on_as_it_came(tmp_path: Path) -> None:
    lines = [
        {"type": "thread.started", "thread_id": "0199a213-81c0-7800-8aa1-bbab2a035a53"},
        {"type": "weather.changed", "rain": True},
        {"type": "item.completed", "item": {"type": "hologram", "light": "blue"}},
        {"type": "item.completed", "item": None},
        {"type": "item.completed", "item": {"type": "agent_message", "text": "Hi.", "mood": 1}},
        {"type": "turn.completed", "usage": {"input_tokens": 1, "watts": 5}, "new": []},
    ]
    said = [json.dumps(line) for line in lines]
    said.insert(1, "{broken")
    (tmp_path / "lines").write_text("\n".join(said) + "\n")
    program = tmp_path / "codex"
    program.write_text(f"#!/bin/sh\nexec cat {tmp_path / 'lines'}\n")
    program.chmod(0o755)
    thread = Codex(CodexOptions(codex_path_override=program)).start_thread()
    events = [event async for event in thread.run_streamed_events("go")]
    assert [event.data for event in events] == lines
    assert events[2].item.light == "blue" and events[3].item.type == ""
    turn = await thread.run("go")
    assert turn.final_response == "Hi." and turn.usage is not None and turn.usage.input_tokens == 1


def test_every_option_reaches_the_command_line(tmp_path: Path) -> None:
    program = tmp_path / "codex"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    given = CodexOptions(codex_path_override=program, config_overrides={"notify": ["a b", "c"]})
    thread = ThreadOptions(
        model="gpt-5-codex-high",
        sandbox_mode="workspace-write",
        working_directory="/project",
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
        feature_overrides={"powershell_utf8": True, "exec_policy": False},
        config_overrides={"tui": {"theme": 'a"b', "n": 1.5}},
    )
    words = argv(given, thread, thread_id=None, images=["/p.png"], schema_file="/s.json")
    settings = [words[n + 1] for n, word in enumerate(words) if word == "-c"]
    assert settings == [
        "analytics.enabled=false",
        'notify=["a b", "c"]',
        "features.powershell_utf8=true",
        "features.exec_policy=true",
        "features.shell_snapshot=true",
        "features.unified_exec=true",
        "features.apply_patch_freeform=false",
        "features.remote_models=false",
        "features.enable_request_compression=true",
        'model_reasoning_effort="high"',
        "sandbox_workspace_write.network_access=true",
        'web_search="cached"',
        'approval_policy="on-request"',
        'tui.theme="a\\"b"',
        "tui.n=1.5",
    ]
    rest = " ".join(word for n, word in enumerate(words) if "-c" not in (word, words[n - 1]))
    assert rest == (
        f"{program} exec --image /p.png --json --model gpt-5-codex-high --sandbox workspace-write"
        " --cd /project --add-dir ../shared --skip-git-repo-check --output-schema /s.json -"
    )
    assert Codex(given).start_thread(thread).notices != ()
    with pytest.raises(UsageError, match="on-failure"):
        argv(
            given,
            ThreadOptions(approval_policy="on-failure"),
            thread_id=None,
            images=[],
            schema_file=None,
        )


# -- the app-server ------------------------------------------------------------------------------


@needs_codex
async def test_one_stream_of_everything(stages: Stages) -> None:
    stage = stages([[text("Here.")]])
    async with AppServerClient(stage.options()) as app:
        thread = await app.thread_start(model="gpt-5-codex-high", cwd=str(stage.workspace))
        parts = [{"type": "text", "text": "Say it.", "textElements": []}]
        await app.turn_start(thread["thread"]["id"], parts)
        methods = []
        async for notification in app.notifications():
            methods.append(notification.method)
            if methods[-1] == "turn/completed":
                break
    assert "item/agentMessage/delta" in methods and "thread/started" in methods


@needs_codex
async def test_fixed_answers_are_of_their_turn(stages: Stages) -> None:
    stage = stages([[run("touch a")], [text("1")], [run("touch b")], [text("2")]])
    full = {"approval_policy": "untrusted", "sandbox": "danger-full-access"}
    async with AppServerClient(stage.options()) as app:
        opened = await app.thread_start(cwd=str(stage.workspace), **full)
        thread_id = opened["thread"]["id"]
        yes = ApprovalDecisions(command_execution="accept")
        session = await app.turn_session(thread_id, "a", approvals=yes)
        assert (await session.wait())["status"] == "completed"
        await (await app.turn_session(thread_id, "b")).wait()
    assert [(stage.workspace / name).exists() for name in "ab"] == [True, False]


@needs_codex
async def test_questions_are_read_and_answered(stages: Stages) -> None:
    """Those of a turn, then those of the client; after that nobody reads them."""
    turns = [[[run(f"touch {name}")], [text("Done.")]] for name in "abcd"]
    stage = stages([step for turn in turns for step in turn])
    full = {"approval_policy": "untrusted", "sandbox": "danger-full-access"}
    async with AppServerClient(stage.options()) as app:
        opened = await app.thread_start(cwd=str(stage.workspace), **full)
        thread_id = opened["thread"]["id"]
        session = await app.turn_session(thread_id, "a")
        requests, ended = session.requests(), asyncio.ensure_future(session.wait())
        asked = []
        async for request in requests:
            asked.append("touch a" in request.params["command"])
            await app.respond(request.id, {"decision": "accept"})
        assert asked == [True] and (await ended)["status"] == "completed"

        everybody = app.requests()
        session = await app.turn_session(thread_id, "b")
        request = await anext(everybody)
        await app.respond(request.id, error="not today")
        await session.wait()
        await app.respond(request.id, {"decision": "accept"})  # matters no longer

        session = await app.turn_session(thread_id, "c")
        await anext(everybody)
        await app.turn_interrupt(thread_id, session.turn_id)
        assert (await session.wait())["status"] == "interrupted"

        app.questions.forget("")
        await (await app.turn_session(thread_id, "d")).wait()
    for thread in threading.enumerate():  # nobody waits for an answer to "c"
        if thread.name == "codex-question":
            thread.join(5)
            assert not thread.is_alive()
    assert [(stage.workspace / name).exists() for name in "abcd"] == [True, False, False, False]


@needs_codex
async def test_an_amendment_is_understood(stages: Stages) -> None:
    stage = stages([[run("touch a")], [text("1")]])
    full = {"approval_policy": "untrusted", "sandbox": "danger-full-access"}
    async with AppServerClient(AppServerOptions(**_fields(stage))) as app:
        opened = await app.thread_start(cwd=str(stage.workspace), **full)
        yes = ApprovalDecisions.accept_with_execpolicy_amendment(["touch", "a"])
        session = await app.turn_session(opened["thread"]["id"], "a", approvals=yes)
        await session.wait()
    assert (stage.workspace / "a").exists()
    assert json.dumps("touch") in (stage.home / "rules" / "default.rules").read_text()


def _fields(stage: CodexStage) -> dict[str, Any]:
    made = stage.options()
    return {"codex_bin": made.codex_bin, "env": made.env, "cwd": made.cwd}
