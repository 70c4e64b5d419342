"""`Codex`, its threads, turns and commands, on the real program."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from codexstage import CodexStage, run
from fakes.steps import text
from grafftui.backends.codex import (
    AsyncCodex,
    AsyncCodexClient,
    AsyncRunningCommand,
    Codex,
    CodexTimeoutError,
    CodexTurnError,
    ImageInput,
    LocalImageInput,
    MentionInput,
    OverloadedError,
    RunningCommand,
    TextInput,
    UnknownThreadError,
    async_retry_on_overload,
    retry_on_overload,
)
from grafftui.errors import UsageError

pytestmark = pytest.mark.each_codex

Stages = Callable[..., CodexStage]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # noqa: E501
FULL: dict[str, Any] = {"approval_policy": "never", "sandbox": "danger-full-access"}


@pytest.fixture
def started() -> Iterator[Callable[[CodexStage], Codex]]:
    """Starts Codex on a stage; it is closed at the end."""
    with ExitStack() as stack:
        yield lambda stage, **more: stack.enter_context(Codex(stage.options(), **more))


Started = Callable[..., Codex]


@pytest.mark.needs("codex")
def test_a_conversation(stages: Stages, started: Started) -> None:
    stage = stages([[text("One.")], [run("echo hi")], [text("Two.")], [text("Three.")]])
    codex = started(stage)
    thread = codex.thread_start(cwd=str(stage.workspace), **FULL)
    first = thread.run([TextInput("a"), "b"])
    assert (first.status, first.text, first.error) == ("completed", "One.", None)
    assert first.usage["last"]["outputTokens"] == 20 and first.duration_ms is not None
    turn = thread.turn("c", effort="low")
    kinds = [one.method for one in turn.stream()]
    assert kinds[-1] == "turn/completed"
    items = turn.result().items
    assert [item["type"] for item in items] == ["userMessage", "commandExecution", "agentMessage"]
    assert items[1]["aggregatedOutput"] == "hi\n"
    assert stage.fake.requests[1].body["reasoning"]["effort"] == "low"
    assert turn.run() == turn.result()
    resumed = codex.thread_resume(thread.id)
    assert "".join(resumed.turn("d").stream_text()) == "Three."
    with pytest.raises(UnknownThreadError):
        codex.thread_resume("0199a213-81c0-7800-8aa1-bbab2a035a53")


@pytest.mark.needs("codex")
def test_steering_and_interrupting(stages: Stages, started: Started) -> None:
    stage = stages([[run("sleep 300")], [text("Never.")]])
    codex = started(stage)
    thread = codex.thread_start(cwd=str(stage.workspace), **FULL)
    turn = thread.turn("go")
    for notification in turn.stream():
        if notification.item.get("type") == "commandExecution":
            with pytest.raises(UsageError, match="being read"):
                turn.run()
            again = thread.turn("and this")  # steers it; until 0.144 under an id of its own
            assert again.id == turn.id or codex.client.version < (0, 163, 0)  # type: ignore[operator]
            turn.steer("and that")
            turn.interrupt()
    assert turn.result().status == "interrupted"
    assert not codex.client.background_terminals_list(thread.id)["data"]
    turn.interrupt()  # is over


@pytest.mark.needs("codex")
def test_a_failed_turn_has_its_error(stages: Stages, started: Started) -> None:
    overloaded = {"type": "server_is_overloaded", "message": "busy"}
    stage = stages([[{"error": overloaded}, {"end": True}], [text("Then.")]])
    thread = started(stage).thread_start(cwd=str(stage.workspace))

    def whole_turn() -> str:
        result = thread.run("go")
        if result.error is not None:
            raise result.error
        return result.text

    assert retry_on_overload(whole_turn, initial_delay_s=0.01) == "Then."
    assert len(stage.fake.requests) == 2


@pytest.mark.needs("codex")
def test_a_review_is_a_turn_with_two_ids(stages: Stages, started: Started) -> None:
    findings = '{"findings": [], "overall_correctness": "correct", "overall_explanation": "Fine."}'
    stage = stages(handler=lambda body: [text(findings)])
    thread = started(stage).thread_start(cwd=str(stage.workspace))
    review = thread.review({"type": "custom", "instructions": "Look at it."})
    kinds = {one.item.get("type") for one in review.stream()}
    assert review.result().status == "completed"
    assert {"enteredReviewMode", "exitedReviewMode"} <= kinds


@pytest.mark.needs("codex")
def test_structured_answers_and_pictures(stages: Stages, started: Started, tmp_path: Path) -> None:
    picture = tmp_path / "pixel.png"
    picture.write_bytes(base64.b64decode(PIXEL))
    stage = stages([[text('{"ok": true}')]])
    thread = started(stage).thread_start(cwd=str(stage.workspace))
    schema = {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}},
        "required": ["ok"],
        "additionalProperties": False,
    }
    address = ImageInput(f"data:image/png;base64,{PIXEL}")
    told = ["look", LocalImageInput(picture), address, MentionInput("notes", "app://notes")]
    assert thread.run(told, output_schema=schema).text == '{"ok": true}'
    body = stage.fake.requests[0].body
    assert body["text"]["format"]["schema"] == schema
    assert str(body["input"][-1]).count("input_image") == 2


@pytest.mark.needs("codex")
async def test_the_same_awaited(stages: Stages) -> None:
    stage = stages([[text("One.")], [run("sleep 300")], [text("Never.")]])
    async with AsyncCodex(stage.options()) as codex:
        thread = await codex.thread_start(cwd=str(stage.workspace), **FULL)
        assert (await thread.run("a")).text == "One."
        turn = await thread.turn("b")
        async for notification in turn.stream():
            if notification.item.get("type") == "commandExecution":
                await turn.steer("more")
                await turn.interrupt()
        assert turn.result().status == "interrupted"
        assert (await codex.account())["requiresOpenaiAuth"] is False
        assert [model["id"] for model in await codex.models()]
        fork = await thread.fork()
        await fork.set_name("a fork")
        read = (await fork.read())["thread"]
        assert (read["name"], read["forkedFromId"]) == ("a fork", thread.id)
        listed = [one["id"] for one in (await codex.thread_list())["data"]]
        assert thread.id in listed


@pytest.mark.needs("codex", "bubblewrap")
def test_commands_of_the_clients(stages: Stages, started: Started) -> None:
    stage = stages()
    client = started(stage).client
    whole = client.command_exec(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (whole["exitCode"], whole["stdout"], whole["stderr"]) == (3, "out\n", "err\n")
    running = RunningCommand(client, ["cat"])
    running.write("said\n", close=True)
    pieces = list(running)
    assert b"".join(piece.data for piece in pieces) == b"said\n"
    assert running.exit_code == 0
    terminal = RunningCommand(
        client, ["sh", "-c", "read x; stty size"], tty=True, size={"rows": 10, "cols": 20}
    )
    terminal.resize(rows=11, cols=22)
    terminal.write("\n")
    assert b"11 22" in b"".join(piece.data for piece in terminal)
    endless = RunningCommand(client, ["sleep", "300"])
    endless.terminate()
    assert list(endless) == [] and endless.exit_code != 0


@pytest.mark.needs("codex", "bubblewrap")
async def test_commands_of_the_clients_awaited(stages: Stages) -> None:
    async with AsyncCodexClient(stages().options()) as client:
        running, other = (AsyncRunningCommand(client, [name]) for name in ("cat", "pwd"))
        assert await other.exit_code == 0
        await running.write("said\n", close=True)
        assert b"".join([piece.data async for piece in running]) == b"said\n"
        assert await running.exit_code == 0
        endless = AsyncRunningCommand(client, ["sleep", "300"], tty=True)
        await endless.resize(rows=11, cols=22)
        await endless.terminate()
        assert await endless.exit_code != 0


@pytest.mark.needs("codex")
def test_signing_in_with_a_browser(stages: Stages, started: Started) -> None:
    login = started(stages()).login_chatgpt()
    assert login.url.startswith("https://")
    with pytest.raises(CodexTimeoutError, match="signed in"):
        login.wait(0.01)
    login.cancel()
    assert login.wait(10)["success"] is False


def test_overload_is_known_by_its_code(scripted: Callable[..., Any]) -> None:
    tries: list[int] = []

    def overloaded() -> None:
        tries.append(1)
        raise OverloadedError("turn/start", -32001, "Server overloaded; retry later.")

    with pytest.raises(OverloadedError):
        retry_on_overload(overloaded, max_attempts=3, initial_delay_s=0.001)
    assert len(tries) == 3

    def otherwise() -> None:
        tries.append(1)
        raise CodexTurnError("it says overloaded", info="other")

    with pytest.raises(CodexTurnError):
        retry_on_overload(otherwise, initial_delay_s=0.001)
    assert len(tries) == 4


async def test_overload_is_known_by_its_code_awaited() -> None:
    tries: list[int] = []

    async def once() -> int:
        tries.append(1)
        if len(tries) < 2:
            raise OverloadedError("turn/start", -32001, "Server overloaded; retry later.")
        return len(tries)

    assert await async_retry_on_overload(once, initial_delay_s=0.001) == 2
