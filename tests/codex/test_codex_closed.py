"""A client that was closed stays closed: it says so, and starts nothing."""

from __future__ import annotations

import os
from collections.abc import Callable

import psutil
import pytest

from grafftui.backends.codex import (
    AsyncCodex,
    AsyncCodexClient,
    Codex,
    CodexClient,
    CodexConnectionError,
    CodexOptions,
)

Scripted = Callable[..., CodexOptions]


@pytest.fixture
def started() -> Callable[[], int]:
    """How many processes were begun since, and go on."""
    before = {child.pid for child in psutil.Process(os.getpid()).children()}

    def count() -> int:
        children = psutil.Process(os.getpid()).children()
        return len([child for child in children if child.pid not in before])

    return count


def test_after_the_block_every_call_says_so(scripted: Scripted, started: Callable[[], int]) -> None:
    with Codex(scripted()) as codex:
        thread = codex.thread_start()
        feed = codex.client.follow("thread-1")
    for call in (codex.models, codex.thread_start, lambda: thread.run("go")):
        with pytest.raises(CodexConnectionError, match="was closed") as told:
            call()
        assert "start" in told.value.hint
    for late in (feed, codex.client.follow("thread-1")):
        with pytest.raises(CodexConnectionError, match="was closed"):
            list(late)
    assert started() == 0


def test_a_client_that_was_never_used_stays_closed(
    scripted: Scripted, started: Callable[[], int]
) -> None:
    client = CodexClient(scripted())
    feed = client.follow()
    client.close()
    with pytest.raises(CodexConnectionError, match="was closed"):
        client.request("test/echo")
    with pytest.raises(CodexConnectionError, match="was closed"):
        list(feed)
    assert started() == 0


async def test_the_same_awaited(scripted: Scripted, started: Callable[[], int]) -> None:
    unused = AsyncCodexClient(scripted())
    await unused.close()
    async with AsyncCodex(scripted()) as codex:
        thread = await codex.thread_start()
    for client in (unused, codex.client):
        with pytest.raises(CodexConnectionError, match="was closed"):
            await client.request("test/echo")
    with pytest.raises(CodexConnectionError, match="was closed"):
        await thread.run("go")
    assert started() == 0


def test_another_block_starts_it_again(scripted: Scripted, started: Callable[[], int]) -> None:
    codex = Codex(scripted())
    for _ in range(2):
        with codex:
            assert codex.thread_start().id == "thread-1"
            feed = codex.client.follow("thread-1")
            line = '{"method": "a/b", "params": {"threadId": "thread-1"}}'
            codex.client.request("test/say", {"lines": [line]})
            assert next(iter(feed)).method == "a/b"
    assert started() == 0
