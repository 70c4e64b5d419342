"""Turns run to their end: as a result, as text, as a value. What `Graff` and its sessions share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast

from grafftui.core.chat_options import ChatOptions
from grafftui.core.hooks import EventHooks, require_hooks
from grafftui.core.turn_result import TurnResult, gathered, texts
from grafftui.errors import UsageError
from grafftui.events import AgentEvent

if TYPE_CHECKING:
    from pydantic import BaseModel

    from grafftui.cancellation import Cancellation
    from grafftui.core.structured import StructuredResult

    Model = TypeVar("Model", bound=BaseModel)


class WholeTurns:
    """Needs `_turn`, which streams one."""

    def _turn(
        self, prompt: str, signal: Cancellation | None, options: ChatOptions
    ) -> Generator[AgentEvent]:
        """One turn's events. Options are those of `chat`."""
        raise NotImplementedError

    def run(
        self,
        prompt: str,
        *,
        hooks: EventHooks | None = None,
        signal: Cancellation | None = None,
        **options: Unpack[ChatOptions],
    ) -> TurnResult:
        """Run a turn to its end, whatever that is; see `TurnResult.status`.

        Args:
            hooks: Whom to tell of the events meanwhile.
            signal: Interrupts the turn when it is cancelled.
            options: Those of `chat`.

        Raises:
            GrafftuiError: The turn could not begin: as for `chat`. Nothing was sent.
        """
        require_hooks(hooks)
        stream = self._turn(prompt, signal, options)
        return gathered(hooks.told(stream) if hooks else stream)

    def stream_text(
        self, prompt: str, *, signal: Cancellation | None = None, **options: Unpack[ChatOptions]
    ) -> Iterator[str]:
        """The pieces of the answer as they come.

        Raises:
            TurnFailedError: The turn was not answered: it failed, a limit ended it, the model
                declined, its answer was cut off, or it was interrupted.
            GrafftuiError: The turn could not begin: as for `chat`. Nothing was sent.
        """
        return texts(self._turn(prompt, signal, options))

    def run_json(
        self,
        prompt: str,
        schema: dict[str, Any],
        *,
        hooks: EventHooks | None = None,
        signal: Cancellation | None = None,
        **options: Unpack[ChatOptions],
    ) -> StructuredResult[Any]:
        """Ask for a JSON value that follows `schema`; an answer that does not is repaired once.

        Args:
            hooks, signal, options: As for `run`, for both turns if it takes two.

        Raises:
            UsageError: It is no JSON schema.
            TurnFailedError: The turn was not answered.
            AnswerError: The repaired answer does not follow the schema either.
        """
        from grafftui.core.structured import reader_for_schema, structured

        if not isinstance(schema, dict):
            raise UsageError(f"json_schema must be an object, not {type(schema).__name__}")
        read = reader_for_schema(schema)
        turn = self._again_and_again(schema, hooks, signal, options)
        return structured(prompt, schema, read, turn)

    def run_pydantic(
        self,
        prompt: str,
        output_model: type[Model],
        *,
        hooks: EventHooks | None = None,
        signal: Cancellation | None = None,
        **options: Unpack[ChatOptions],
    ) -> StructuredResult[Model]:
        """Like `run_json`, with the schema of a pydantic model, and the output one of it."""
        from pydantic import BaseModel

        from grafftui.core.structured import reader_for_model, structured

        if not (isinstance(output_model, type) and issubclass(output_model, BaseModel)):
            raise UsageError("output_model must be a class of pydantic's BaseModel")
        schema = output_model.model_json_schema()
        turn = self._again_and_again(schema, hooks, signal, options)
        found = structured(prompt, schema, reader_for_model(output_model), turn)
        return cast("StructuredResult[Model]", found)

    def _again_and_again(
        self,
        schema: dict[str, Any],
        hooks: EventHooks | None,
        signal: Cancellation | None,
        options: ChatOptions,
    ) -> Callable[[str], TurnResult]:
        """Runs prompts one after the other in the same conversation."""
        chosen: ChatOptions = {**options, "json_schema": schema}

        def turn(prompt: str) -> TurnResult:
            result = self.run(prompt, hooks=hooks, signal=signal, **chosen)
            self._stay_in(result.conversation_id, chosen)
            return result

        return turn

    def _stay_in(self, conversation_id: str | None, options: ChatOptions) -> None:
        """Have `options` go on with a conversation."""
        options["conversation_id"] = conversation_id
