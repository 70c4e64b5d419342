"""How a turn ends, in every way it can: said to the history first, then to who follows it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from grafftui import events
from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError, GrafftuiError, TurnFailedError
from grafftui.events import AgentEvent
from grafftui.history import LeaseLostError, TurnEnd, TurnRecorder
from grafftui.text.redact import redact


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn came out by itself, and the event that says so, if one does."""

    state: TurnEnd
    last: AgentEvent | None = None


class Steps(Protocol):
    """What happens in a turn."""

    def steps(self) -> Generator[AgentEvent, None, Outcome]:
        """Do it; yield what happens, committed."""
        ...

    def abandon(self) -> None:
        """Stopped midway: leave the conversation so that it can be gone on with."""
        ...


def to_its_end(
    turn: Steps, recorder: TurnRecorder, cancellation: Cancellation
) -> Generator[AgentEvent]:
    """Run `turn`; yield what happens. The end is on disk before the last event is given.

    Raises:
        TurnFailedError: It failed; after a "TurnFailed" event.
    """

    def end(state: TurnEnd, event: AgentEvent) -> AgentEvent:
        with suppress(LeaseLostError):  # then it is no longer ours to write
            turn.abandon()
            recorder.record([event], durable=True)
            recorder.finish(state)
        return event

    try:
        outcome = yield from turn.steps()
        if outcome.last is not None:
            recorder.record([outcome.last], durable=True)
        recorder.finish(outcome.state)
        if outcome.last is not None:
            yield outcome.last
    except AbortedError:
        yield end("interrupted", events.turn_interrupted())
    except GrafftuiError as error:
        words = redact(str(error))
        yield end("failed", events.turn_failed(words, error.hint))
        raise TurnFailedError(f"agent error: {words}", hint=error.hint) from error
    except (GeneratorExit, KeyboardInterrupt):
        cancellation.cancel()
        end("interrupted", events.turn_interrupted())
        raise
    except BaseException as error:
        cancellation.cancel()
        words = f"internal error: {type(error).__name__}"
        end("failed", events.turn_failed(words, "what was said until here is kept"))
        raise
