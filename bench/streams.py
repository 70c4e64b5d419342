"""The core without a screen: what a token costs it, and fifty sessions at the same time.

The first is a ratio to what a model library alone takes for the same answers of the same provider:
PydanticAI's direct API, on the official client. All take turns in one process, and get each token
by itself. Our own wire adapter alone stands beside it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from unittest.mock import patch

from bench.figures import Figure, ratio, shown
from bench.provider import prompt_for, provider
from bench.stage import Room, room
from grafftui import Graff
from grafftui.cancellation import Cancellation
from grafftui.core.connections import ModelChoice
from grafftui.models import ModelRequest, TextDelta, UserMessage

TOKENS, RATE, ROUNDS = 2_000, 400, 5
"""Of one answer; a second; how often each way."""
SESSIONS, EACH, PACE = 50, 200, 40
"""How many at the same time, the tokens of each, and those a second."""
_MODEL: Final = "fake-model"

Ask = Callable[[Graff, str], str]
"""Asks and reads to the end; the answer."""


def measure() -> Iterator[Figure]:
    """All figures of this part."""
    with provider() as server, room(server) as where, _session(where) as graff:
        yield from _cost_of_a_token(graff)
        yield from _at_the_same_time(graff)


@contextmanager
def _session(where: Room) -> Iterator[Graff]:
    with (
        patch.dict(os.environ, where.environment),
        Graff(cwd=str(where.folder), provider="openai_compatible", model=_MODEL) as graff,
    ):
        yield graff


# -- one, and what it costs ----------------------------------------------------------------


def _cost_of_a_token(graff: Graff) -> Iterator[Figure]:
    spent: dict[Ask, list[float]] = {_ask_core: [], _ask_library: [], _ask_adapter: []}
    for number in range(ROUNDS + 1):
        for ask, seconds in spent.items():
            seconds.append(_spent(ask, graff, prompt_for(TOKENS, RATE, f"r{number}")))
    core, library, adapter = (  # the first fills caches
        1e6 * statistics.median(seconds[1:]) / TOKENS for seconds in spent.values()
    )
    load = os.getloadavg()[0]
    yield ratio("CPU of a token, socket to event, of PydanticAI's", core, library, 1.3, "µs", load)
    yield Figure("of that, the wire adapter", adapter, "µs")


def _spent(ask: Ask, graff: Graff, prompt: str) -> float:
    """Seconds of CPU, of all threads."""
    begun = time.process_time()
    ask(graff, prompt)
    return time.process_time() - begun


def _ask_library(graff: Graff, prompt: str) -> str:
    return asyncio.run(_stream_library(prompt))


async def _stream_library(prompt: str) -> str:
    from pydantic_ai.direct import model_request_stream
    from pydantic_ai.messages import ModelRequest, PartDeltaEvent, TextPartDelta
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    provider = OpenAIProvider(os.environ["OPENAI_URL"], os.environ["OPENAI_API_KEY"])
    model = OpenAIChatModel(_MODEL, provider=provider)
    said = []
    async with model_request_stream(model, [ModelRequest.user_text_prompt(prompt)]) as events:
        async for event in events:
            if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                said.append(event.delta.content_delta)
    return "".join(said)


def _ask_adapter(graff: Graff, prompt: str) -> str:
    model = graff.models.connect(ModelChoice("openai_compatible", _MODEL))
    request = ModelRequest(_MODEL, "", [UserMessage(prompt)])
    deltas = (delta for some in model.stream(request, Cancellation()) for delta in some)
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def _ask_core(graff: Graff, prompt: str) -> str:
    contents = (e.data["content"] for e in graff.chat(prompt) if e.type == "TaskMessage")
    return "".join(content["text"] for content in contents)


# -- many at the same time -----------------------------------------------------------------


@dataclass
class _Session:
    """A session's answer, as it came.

    Attributes:
        longest: Seconds between two of its events, at most.
    """

    name: str
    text: str = ""
    longest: float = 0.0

    def follow(self, graff: Graff) -> None:
        last = None
        for event in graff.chat(prompt_for(EACH, PACE, self.name)):
            if event.type == "TaskMessage":
                now = time.monotonic()
                self.longest = max(self.longest, now - (last or now))
                self.text += event.data["content"]["text"]
                last = now


def _at_the_same_time(graff: Graff) -> Iterator[Figure]:
    sessions = [_Session(f"s{number}") for number in range(SESSIONS)]
    whole = [_ask_adapter(graff, prompt_for(EACH, 0, one.name)) for one in sessions]
    threads = [threading.Thread(target=one.follow, args=(graff,)) for one in sessions]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, load = time.monotonic() - begun, os.getloadavg()[0]
    lost = sum(one.text != text for one, text in zip(sessions, whole, strict=True))
    longest = max(one.longest for one in sessions)
    beside = f"{EACH} tokens each, {PACE} a second: {shown(EACH / PACE)} s, in {shown(seconds)} s"
    yield Figure(f"of {SESSIONS} sessions at once, lost a word", lost, "", 0, beside)
    yield Figure("longest wait for the next event among them", longest, "s", 1, "", load)
