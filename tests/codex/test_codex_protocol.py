"""The client and an app-server that does what the real one cannot be made to do."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import wait
from typing import Any

import psutil
import pytest

from grafftui.backends.codex import (
    ApprovalHooks,
    AsyncCodex,
    AsyncCodexClient,
    Codex,
    CodexClient,
    CodexConnectionError,
    CodexOptions,
    CodexRequestError,
    CodexTimeoutError,
    CodexTurnError,
    Notification,
    OverloadedError,
    ServerRequest,
    UnknownMethodError,
    UnknownThreadError,
    render_exec_style_events,
)
from grafftui.backends.codex.hooks import COMMAND, ELICITATION, FILE_CHANGE, PERMISSIONS
from grafftui.cancellation import Cancellation
from grafftui.errors import UsageError

Scripted = Callable[..., CodexOptions]
Clients = Callable[..., CodexClient]


def test_the_handshake(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted(ignored=("a/b",)))
    got = client.about["got"]
    assert client.version == (9, 8, 7)
    assert got["clientInfo"]["name"] == "grafftui"
    assert got["capabilities"] == {
        "experimentalApi": True,
        "requestAttestation": False,
        "optOutNotificationMethods": ["a/b"],
    }


@pytest.mark.parametrize("method", ["turn/completed", "serverRequest/resolved"])
def test_what_is_needed_cannot_be_ignored(method: str) -> None:
    with pytest.raises(UsageError, match=method):
        CodexOptions(ignored=("a/b", method))


def test_starting_has_a_time_limit(scripted: Scripted) -> None:
    client = CodexClient(scripted("mute", start_timeout=0.2))
    with pytest.raises(CodexTimeoutError, match=r"initialize in 0\.2 s"):
        client.start()
    assert client.pid is None


def test_what_it_said_last_is_shown_without_secrets(scripted: Scripted) -> None:
    with pytest.raises(CodexConnectionError, match=r"ended with code 3.*no home") as caught:
        CodexClient(scripted("broken")).start()
    (said,) = caught.value.stderr
    assert "abcd1234abcd" not in said and "\x1b" not in said


def test_errors_are_told_apart_by_what_they_say(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    with pytest.raises(UnknownMethodError) as unknown:  # its text has the word "login"
        client.request("thread/rollback")
    assert unknown.value.code == -32600 and unknown.value.method == "thread/rollback"
    with pytest.raises(UnknownThreadError):
        client.thread_resume("elsewhere")


def test_overload_is_tried_again(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    assert client.request("test/busy", {"name": "a", "times": 2}) == {"tries": 3}


def test_overload_that_stays_is_an_error(
    scripted: Scripted, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grafftui.backends.codex.jsonrpc.FIRST_PAUSE", 0.001)
    client = clients(scripted())
    with pytest.raises(OverloadedError):
        client.request("test/busy", {"name": "b", "times": 99})


def test_a_request_that_is_never_answered(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    silent = [client.submit("test/silent", timeout=0.2) for _ in range(70)]
    assert client.request("test/echo", {"a": 1}, timeout=5) == {"params": {"a": 1}}
    for future in silent:
        with pytest.raises(CodexTimeoutError):
            future.result(5)


def test_no_more_than_64_are_with_the_server(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    held = [client.submit("test/hold") for _ in range(192)]
    assert [future.result(10)["more"] for future in held] == [False] * 192


def test_a_line_of_fifteen_megabytes_and_one_too_long(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    assert len(client.request("test/long", {"bytes": 15 << 20})["text"]) == 15 << 20
    with pytest.raises(CodexConnectionError, match="more than 16 MB"):
        client.request("test/long", {"bytes": 17 << 20})


def test_lines_that_are_no_messages_are_passed_over(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    feed = client.follow()
    lines = [
        "{broken",
        "[1, 2]",
        "[" * 100_000,
        "\xff\xfe",
        '{"id": 999, "result": {}}',
        '{"id": null}',
        '{"method": 7}',
        '{"method": "a/b", "params": [1]}',
        '{"method": "new/thing", "params": {"threadId": 5, "turn": null, "what": "\xff"}}',
    ]
    client.request("test/say", {"lines": lines})
    client.close()
    seen: list[Notification] = []
    with pytest.raises(CodexConnectionError, match="was closed"):
        seen.extend(_each(feed, seen))
    assert [one.method for one in seen] == ["a/b", "new/thing"]
    assert seen[0].params == {} and seen[1].params["what"] == "\ufffd"
    assert seen[1].thread_id == "" and seen[1].turn == {}
    assert any("{broken" in line for line in client.log())


def _each(feed: Any, into: list[Notification]) -> list[Notification]:
    for notification in feed:
        into.append(notification)
    return []


DRIFT = [
    ("thread/newThing", {"what": {"deep": [1]}}),
    ("item/started", {"item": {"type": "hologram", "id": 7}}),
    ("item/started", {"item": None}),
    ("item/agentMessage/delta", {"delta": "Hal"}),
    ("item/agentMessage/delta", {"itemId": None, "delta": 5, "new": True}),
    ("item/completed", {"item": {"type": "hologram", "id": 7, "light": "blue"}}),
    ("item/completed", {"item": "text"}),
    ("item/completed", {"item": {"type": "commandExecution", "aggregatedOutput": 5}}),
    ("item/completed", {"item": {"type": "fileChange", "changes": [{"kind": "add"}, "x"]}}),
    ("item/completed", {"item": {"type": "agentMessage", "id": "m", "text": "Hello.", "mood": 1}}),
    ("thread/tokenUsage/updated", {"tokenUsage": None}),
    ("error", {"error": "in words", "willRetry": "perhaps"}),
    ("turn/completed", {"turnId": None, "turn": {"id": "turn-1", "status": "parked", "new": 1}}),
]


def drifting(client: CodexClient) -> None:
    """Turns go as those of a version that nobody has seen yet."""
    of_turn = {"threadId": "thread-1", "turnId": "turn-1"}
    lines = [json.dumps({"method": method, "params": of_turn | more}) for method, more in DRIFT]
    lines.insert(1, json.dumps({"method": "of/another", "params": of_turn | {"turnId": "turn-0"}}))
    client.request("test/play", {"lines": lines})


def test_what_is_new_is_passed_on_as_it_came(scripted: Scripted) -> None:
    with Codex(scripted()) as codex:
        drifting(codex.client)
        turn = codex.thread_start(cwd="/").turn("go")
        seen = list(turn.stream())
    assert [one.method for one in seen] == [method for method, _ in DRIFT]
    assert seen[0].params["what"] == {"deep": [1]}
    result = turn.result()
    assert (result.status, result.text, result.usage) == ("parked", "Hello.", {})
    assert {"type": "hologram", "id": 7, "light": "blue"} in result.items


def test_what_is_new_is_no_matter_for_who_shows_it(scripted: Scripted, clients: Clients) -> None:
    client, shown = clients(scripted()), io.StringIO()
    drifting(client)
    render_exec_style_events(client.responses_events(prompt="go"), shown)
    assert "error: in words\n" in shown.getvalue()
    assert shown.getvalue().endswith("the turn was parked\n")
    with pytest.raises(CodexTurnError, match="parked"):
        client.responses_create(prompt="go")


async def test_what_is_new_is_passed_on_as_it_came_awaited(scripted: Scripted) -> None:
    async with AsyncCodex(scripted()) as codex:
        await codex.client.request("test/play", {"lines": ["{broken"]})
        turn = await (await codex.thread_start(cwd="/")).turn("go")
        over = {"threadId": "thread-1", "turn": {"id": turn.id, "status": "completed"}}
        end = {"method": "turn/completed", "params": over}
        new = {"method": "a/b", "params": {"threadId": "thread-1", "new": 1}}
        await codex.client.request("test/say", {"lines": [json.dumps(new), json.dumps(end)]})
        assert [one.method async for one in turn.stream()] == ["a/b", "turn/completed"]
        assert turn.over and turn.result().status == "completed"


def test_what_happens_goes_to_those_who_follow_the_thread(
    scripted: Scripted, clients: Clients
) -> None:
    client = clients(scripted())
    one, two, everything = client.follow("one"), client.follow("two"), client.follow()
    lines = [
        f'{{"method": "m{n}", "params": {{"threadId": "{thread}"}}}}'
        for n, thread in enumerate(["one", "two", "one", "two", "three"])
    ]
    client.request("test/say", {"lines": lines})
    client.forget(everything)
    client.request("test/say", {"lines": ['{"method": "late", "params": {"threadId": "one"}}']})
    client._link._router.end(None)
    assert [each.method for each in one] == ["m0", "m2", "late"]
    assert [each.method for each in two] == ["m1", "m3"]
    assert [each.method for each in everything] == ["m0", "m1", "m2", "m3", "m4"]


# -- questions -----------------------------------------------------------------------------------


def ask(client: CodexClient, method: str, params: dict[str, Any] | None = None) -> Any:
    """What the app-server gets as an answer."""
    answer = client.request("test/ask", {"method": method, "params": params or {}})["answer"]
    return answer.get("result", answer.get("error"))


def test_unknown_questions_are_refused(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    error = ask(client, "item/tool/somethingNew")
    assert error["code"] == -32601 and "somethingNew" in error["message"]
    assert ask(client, "attestation/generate")["code"] == -32601


def test_without_hooks_everything_is_declined(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    assert ask(client, COMMAND, {"command": "ls"}) == {"decision": "decline"}
    assert ask(client, FILE_CHANGE) == {"decision": "decline"}
    assert ask(client, PERMISSIONS) == {"permissions": {}, "scope": "turn"}
    assert ask(client, "item/tool/requestUserInput", {"questions": []}) == {"answers": {}}
    assert ask(client, ELICITATION) == {"action": "decline", "content": None}
    called = ask(client, "item/tool/call", {"tool": "t"})
    assert called["success"] is False and "the tool t" in called["contentItems"][0]["text"]


async def _slowly(params: dict[str, Any]) -> dict[str, Any]:
    await asyncio.sleep(0)
    return {"decision": "acceptForSession"}


def test_hooks_may_be_coroutine_functions(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted(), hooks=ApprovalHooks(on_command_approval=_slowly))
    assert ask(client, COMMAND) == {"decision": "acceptForSession"}


@pytest.mark.parametrize("decision", ["yes", None, {}, {"acceptWithExecpolicyAmendment": 1}, 7])
def test_an_answer_that_means_nothing_is_refused(
    scripted: Scripted, clients: Clients, decision: Any
) -> None:
    hooks = ApprovalHooks(on_command_approval=lambda params: {"decision": decision})
    client = clients(scripted(), hooks=hooks)
    assert ask(client, COMMAND)["code"] == -32603
    assert any("there is no decision" in line for line in client.log())


def test_an_amendment_is_sent_as_it_is(scripted: Scripted, clients: Clients) -> None:
    amendment = {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["git", "status"]}}
    hooks = ApprovalHooks(on_command_approval=lambda params: {"decision": amendment})
    assert ask(clients(scripted(), hooks=hooks), COMMAND) == {"decision": amendment}


def test_a_hook_that_raises_refuses(scripted: Scripted, clients: Clients) -> None:
    def broken(params: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("out of order")

    client = clients(scripted(), hooks=ApprovalHooks(on_mcp_elicitation=broken))
    refused = ask(client, ELICITATION)
    assert refused["code"] == -32603 and "raised RuntimeError: out of order" in refused["message"]


def test_reading_goes_on_while_a_person_decides(scripted: Scripted, clients: Clients) -> None:
    decided = threading.Event()

    def slow(params: dict[str, Any]) -> dict[str, Any]:
        decided.wait(10)
        return {"decision": "accept"}

    client = clients(scripted(), hooks=ApprovalHooks(on_command_approval=slow))
    asked = client.submit("test/ask", {"method": COMMAND, "params": {}})
    assert client.request("test/echo", {}) == {"params": {}}
    decided.set()
    assert asked.result(10)["answer"]["result"] == {"decision": "accept"}


def test_a_question_that_is_moot_is_cancelled(scripted: Scripted, clients: Clients) -> None:
    def person(question: ServerRequest) -> dict[str, Any]:
        question.cancellation.wait(10)
        return {"decision": "accept"}

    client = clients(scripted(), answer=person)
    resolved = {"method": "serverRequest/resolved", "params": {"threadId": "t", "requestId": 0}}
    params = {"method": COMMAND, "params": {}, "then": [resolved]}
    answer = client.request("test/ask", params, timeout=5)["answer"]
    assert "no longer matters" in answer["error"]["message"]


def test_a_question_is_cancelled_when_the_server_dies(scripted: Scripted, clients: Clients) -> None:
    asked: list[Cancellation] = []
    there, over = threading.Event(), threading.Event()

    def person(question: ServerRequest) -> dict[str, Any]:
        asked.append(question.cancellation)
        there.set()
        with question.cancellation.on_cancel(over.set):
            over.wait(10)
        return {}

    client = clients(scripted(), answer=person)
    client.submit("test/ask", {"method": COMMAND, "params": {}})
    assert there.wait(5)
    client.close()
    assert over.wait(5) and asked[0].cancelled


# -- the end -------------------------------------------------------------------------------------


def test_when_it_dies_everybody_is_told(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    feed = client.follow("thread-1")
    silent = client.submit("test/silent")
    with pytest.raises(CodexConnectionError, match="code 9: out of memory"):
        client.request("test/die", {"code": 9, "words": "warning\nout of memory"})
    with pytest.raises(CodexConnectionError) as told:
        silent.result(5)
    assert told.value.stderr == ("warning", "out of memory")
    for late in (feed, client.follow("thread-2")):
        with pytest.raises(CodexConnectionError, match="out of memory"):
            list(late)
    with pytest.raises(CodexConnectionError) as after:
        client.request("test/echo")
    assert "restart()" in after.value.hint


def test_restart_takes_up_what_was_open(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    client.thread_start(cwd="/")
    assert client.pid is not None
    os.kill(client.pid, signal.SIGKILL)
    with pytest.raises(CodexConnectionError, match="signal 9"):
        list(client.follow())
    before = client.pid
    client.restart()
    assert client.pid != before
    assert client.request("test/echo", {}) == {"params": {}}
    assert list(client._link._open) == ["thread-1"]


def test_closing_leaves_nobody_behind(scripted: Scripted) -> None:
    with CodexClient(scripted()) as client:
        child = client.request("test/spawn")["pid"]
        server = client.pid
        assert psutil.pid_exists(child)
    assert server is not None and not psutil.pid_exists(server)
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie"
    names = {thread.name for thread in threading.enumerate()}
    assert not {name for name in names if name.startswith("codex-")}


async def test_the_same_awaited(scripted: Scripted) -> None:
    async with AsyncCodexClient(
        scripted(), hooks=ApprovalHooks(on_command_approval=_slowly)
    ) as client:
        feed = client.follow("one")
        asked = {"method": COMMAND, "params": {}}
        echoes = [client.request("test/echo", {"n": n}) for n in range(100)]
        assert [one["params"]["n"] for one in await asyncio.gather(*echoes)] == list(range(100))
        answer = (await client.request("test/ask", asked))["answer"]
        assert answer["result"] == {"decision": "acceptForSession"}
        with pytest.raises(CodexRequestError):
            await client.thread_revert("t", "u")
        lines = [f'{{"method": "m{n}", "params": {{"threadId": "one"}}}}' for n in range(3)]
        await client.request("test/say", {"lines": lines})
        seen = []
        async for notification in feed:
            seen.append(notification.method)
            if len(seen) == 3:
                break
        assert seen == ["m0", "m1", "m2"]
        with pytest.raises(CodexConnectionError):
            await client.request("test/die", {"code": 1, "words": "gone"})
        with pytest.raises(CodexConnectionError, match="gone"):
            async for _ in feed:
                pass
        await client.restart()
        assert await client.request("test/echo", {}) == {"params": {}}


def test_requests_from_many_threads(scripted: Scripted, clients: Clients) -> None:
    client = clients(scripted())
    futures = [client.submit("test/echo", {"n": n}) for n in range(600)]
    done, late = wait(futures, 20)
    assert not late
    assert sorted(one.result()["params"]["n"] for one in done) == list(range(600))
