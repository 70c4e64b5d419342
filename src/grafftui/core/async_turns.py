"""Turns followed from an event loop: what `AsyncGraff` and its sessions share."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Unpack

from grafftui.cancellation import Cancellation
from grafftui.core.answer_pieces import AnswerPieces
from grafftui.core.async_bridge import followed, in_thread
from grafftui.core.chat_options import ChatOptions
from grafftui.core.graff import Graff
from grafftui.core.hooks import EventHooks, require_hooks
from grafftui.core.session import GraffSession
from grafftui.core.turn_result import TurnGatherer, TurnResult
from grafftui.core.unanswered import Ending
from grafftui.errors import TurnFailedError
from grafftui.events import AgentEvent

if TYPE_CHECKING:
    from pydantic import BaseModel

    from grafftui.core.structured import StructuredResult

    Model = TypeVar("Model", bound=BaseModel)

Sync = TypeVar("Sync", Graff, GraffSession)


class AsyncTurns(Generic[Sync]):
    """What `AsyncGraff` and its sessions share."""

    async def _sync(self) -> Sync:
        """What does the work."""
        raise NotImplementedError

    def _follow(
        self, prompt: str, options: ChatOptions, signal: Cancellation | None = None
    ) -> AsyncGenerator[AgentEvent]:
        async def follow() -> AsyncGenerator[AgentEvent]:
            turn = partial((await self._sync())._turn, prompt, options=options)
            async with aclosing(followed(turn, signal)) as stream:
                async for event in stream:
                    yield event

        return follow()

    async def run(
        self,
        prompt: str,
        *,
        hooks: EventHooks | None = None,
        signal: Cancellation | None = None,
        **options: Unpack[ChatOptions],
    ) -> TurnResult:
        """Like `Graff.run`; hooks may be coroutine functions. Cancelling interrupts the turn."""
        require_hooks(hooks)
        gatherer = TurnGatherer()
        try:
            async with aclosing(self._follow(prompt, options, signal)) as stream:
                async for event in stream:
                    gatherer.take(event)
                    for hook in hooks.of(event) if hooks else ():
                        told = hook(event)
                        if inspect.isawaitable(told):
                            await told
        except TurnFailedError as error:
            return gatherer.result(error)
        return gatherer.result()

    async def stream_text(
        self, prompt: str, *, signal: Cancellation | None = None, **options: Unpack[ChatOptions]
    ) -> AsyncGenerator[str]:
        """Like `Graff.stream_text`."""
        pieces, ending = AnswerPieces(), Ending()
        async with aclosing(self._follow(prompt, options, signal)) as stream:
            async for event in stream:
                ending.take(event)
                if text := pieces.of(event):
                    yield text
        ending.require_answer()

    async def run_json(
        self,
        prompt: str,
        schema: dict[str, Any],
        *,
        hooks: EventHooks | None = None,
        signal: Cancellation | None = None,
        **options: Unpack[ChatOptions],
    ) -> StructuredResult[Any]:
        """Like `Graff.run_json`; hooks may be coroutine functions."""
        graff = await self._sync()
        require_hooks(hooks)
        told = hooks and hooks.on_loop(asyncio.get_running_loop())
        return await in_thread(
            lambda s: graff.run_json(prompt, schema, hooks=told, signal=s, **options), signal
        )

    async def run_pydantic(
        self,
        prompt: str,
        output_model: type[Model],
        *,
        hooks: EventHooks | None = None,
        signal: Cancellation | None = None,
        **options: Unpack[ChatOptions],
    ) -> StructuredResult[Model]:
        """Like `Graff.run_pydantic`; hooks may be coroutine functions."""
        graff = await self._sync()
        require_hooks(hooks)
        told = hooks and hooks.on_loop(asyncio.get_running_loop())
        return await in_thread(
            lambda s: graff.run_pydantic(prompt, output_model, hooks=told, signal=s, **options),
            signal,
        )
