"""`Codex` and `Thread` over `codex exec`, in the shape of codex-sdk-python."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from grafftui.backends.codex.errors import CodexError
from grafftui.backends.codex.exec.abort import AbortSignal
from grafftui.backends.codex.exec.arguments import (
    ExecInput,
    argv,
    environment,
    prompt_and_images,
)
from grafftui.backends.codex.exec.errors import (
    CodexCLIError,
    CodexParseError,
    TurnFailedError,
)
from grafftui.backends.codex.exec.events import ThreadEvent, Turn, turn_of
from grafftui.backends.codex.exec.hooks import ThreadHooks
from grafftui.backends.codex.exec.options import CodexOptions, ThreadOptions, TurnOptions
from grafftui.backends.codex.exec.running import SchemaFile, events_of
from grafftui.backends.codex.exec.schemas import parsed, schema_of
from grafftui.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel

T = TypeVar("T")
M = TypeVar("M", bound="BaseModel")


@dataclass(frozen=True, slots=True)
class StreamedTurn:
    """A turn whose events are followed."""

    events: AsyncIterator[ThreadEvent]


@dataclass(frozen=True, slots=True)
class ParsedTurn(Generic[T]):
    """A turn whose answer follows a schema.

    Attributes:
        turn: The turn.
        output: Its answer.
    """

    turn: Turn
    output: T


class Codex:
    """Starts threads. Each turn is a process of its own, and ends with it."""

    def __init__(self, options: CodexOptions | None = None) -> None:
        self._options = options or CodexOptions()

    def start_thread(self, options: ThreadOptions | None = None) -> Thread:
        """A new thread; nothing happens before its first turn."""
        return Thread(self._options, options or ThreadOptions(), None)

    def resume_thread(self, thread_id: str, options: ThreadOptions | None = None) -> Thread:
        """A thread there is.

        Raises:
            UsageError: It is no id. For a name Codex would begin a new thread, silently.
        """
        try:
            uuid.UUID(thread_id)
        except ValueError:
            raise UsageError(f"{thread_id!r} is no id of a thread of Codex") from None
        return Thread(self._options, options or ThreadOptions(), thread_id)

    def resume_last_thread(self, options: ThreadOptions | None = None) -> Thread:
        """The thread that was last said something in, in CODEX_HOME or `~/.codex`.

        Raises:
            NotFoundError: There is none.
        """
        given = environment(self._options)
        home = Path(given.get("CODEX_HOME") or Path(given.get("HOME", "~")) / ".codex")
        rollouts = list((home.expanduser() / "sessions").glob("**/rollout-*.jsonl"))
        if not rollouts:
            raise NotFoundError(f"Codex has no threads in {home}")
        last = max(rollouts, key=lambda path: path.stat().st_mtime_ns)
        return self.resume_thread(last.stem[-36:], options)


class Thread:
    """A conversation."""

    def __init__(
        self, options: CodexOptions, thread_options: ThreadOptions, thread_id: str | None
    ) -> None:
        self._options = options
        self._thread_options = thread_options
        self._id = thread_id

    @property
    def id(self) -> str | None:
        """Of the thread; None before its first turn began."""
        return self._id

    @property
    def notices(self) -> tuple[str, ...]:
        """What will be otherwise than was asked for."""
        policy = self._thread_options.approval_policy
        if policy in (None, "never"):
            return ()
        return (f"codex exec asks nobody: the approval policy is never, not {policy}",)

    async def run_streamed_events(
        self, input: ExecInput, turn_options: TurnOptions | None = None
    ) -> AsyncIterator[ThreadEvent]:
        """A turn's events, as they come. Text comes whole: `codex exec` has no deltas.

        A turn that failed ends with `turn.failed`. Leaving it ends the turn.

        Raises:
            CodexAbortError: Its signal was set.
            NoSuchThreadError: There is no such thread.
            CodexCLIError: Codex failed otherwise.
        """
        options = turn_options or TurnOptions()
        prompt, images = prompt_and_images(input)
        with SchemaFile(options.output_schema) as schema_file:
            words = argv(
                self._options,
                self._thread_options,
                thread_id=self._id,
                images=images,
                schema_file=schema_file,
            )
            given = environment(self._options)
            events = events_of(words, given, prompt, options.signal or AbortSignal())
            async with aclosing(events):
                async for event in events:
                    if event.type == "thread.started":
                        self._started(event.thread_id)
                    yield event

    async def run_streamed(
        self, input: ExecInput, turn_options: TurnOptions | None = None
    ) -> StreamedTurn:
        """A turn, with its events to be followed."""
        return StreamedTurn(self.run_streamed_events(input, turn_options))

    async def run(self, input: ExecInput, turn_options: TurnOptions | None = None) -> Turn:
        """A turn, to its end.

        Raises:
            TurnFailedError: It failed.
            CodexError: As `run_streamed_events`.
        """
        return await self.run_with_hooks(input, hooks=ThreadHooks(), turn_options=turn_options)

    async def run_with_hooks(
        self,
        input: ExecInput,
        *,
        hooks: ThreadHooks,
        turn_options: TurnOptions | None = None,
    ) -> Turn:
        """A turn, to its end, calling `hooks` as events come."""
        events: list[ThreadEvent] = []
        async for event in self.run_streamed_events(input, turn_options):
            events.append(event)
            await hooks.call(event)
        failed = [event for event in events if event.type == "turn.failed"]
        if failed:
            raise TurnFailedError(failed[-1].message or "the turn failed")
        return turn_of(events)

    async def run_json(
        self,
        input: ExecInput,
        *,
        output_schema: Mapping[str, Any],
        turn_options: TurnOptions | None = None,
    ) -> ParsedTurn[Any]:
        """A turn whose answer is JSON that follows `output_schema`.

        Raises:
            CodexParseError: It does not.
        """
        turn = await self.run(input, _with_schema(turn_options, output_schema))
        return ParsedTurn(turn, parsed(turn.final_response, output_schema))

    async def run_pydantic(
        self,
        input: ExecInput,
        *,
        output_model: type[M],
        turn_options: TurnOptions | None = None,
    ) -> ParsedTurn[M]:
        """A turn whose answer is an `output_model`.

        Raises:
            CodexParseError: It is none.
        """
        turn = await self.run(input, _with_schema(turn_options, schema_of(output_model)))
        try:
            return ParsedTurn(turn, output_model.model_validate_json(turn.final_response))
        except ValueError as error:
            words = f"the answer is no {output_model.__name__}"
            raise CodexParseError(words, text=turn.final_response, hint=str(error)) from None

    def run_sync(self, input: ExecInput, turn_options: TurnOptions | None = None) -> Turn:
        """`run`, where there is no event loop.

        Raises:
            CodexError: There is one.
        """
        return _here(self.run(input, turn_options))

    def run_json_sync(
        self,
        input: ExecInput,
        *,
        output_schema: Mapping[str, Any],
        turn_options: TurnOptions | None = None,
    ) -> ParsedTurn[Any]:
        """`run_json`, where there is no event loop."""
        return _here(self.run_json(input, output_schema=output_schema, turn_options=turn_options))

    def run_pydantic_sync(
        self,
        input: ExecInput,
        *,
        output_model: type[M],
        turn_options: TurnOptions | None = None,
    ) -> ParsedTurn[M]:
        """`run_pydantic`, where there is no event loop."""
        return _here(self.run_pydantic(input, output_model=output_model, turn_options=turn_options))

    def _started(self, thread_id: str) -> None:
        if self._id is not None and thread_id != self._id:
            raise CodexCLIError(
                f"Codex began another thread in the place of {self._id}",
                exit_code=None,
                stderr=(),
            )
        self._id = thread_id


def _with_schema(options: TurnOptions | None, schema: Mapping[str, Any]) -> TurnOptions:
    return TurnOptions(output_schema=schema, signal=options.signal if options else None)


def _here(work: Coroutine[Any, Any, T]) -> T:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    work.close()
    raise CodexError("an event loop runs here", hint="await the method without _sync")
