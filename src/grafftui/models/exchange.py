"""One answer under way: read on a thread of its own, taken in batches by the caller's.

The caller's thread never touches the network. It can therefore stop waiting at any moment,
whatever the reader is stuck in: a name lookup, a connection, a server that went silent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from queue import Empty, SimpleQueue
from typing import Protocol

from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError
from grafftui.models.errors import BadResponse, ConnectionFailed, StreamDropped
from grafftui.models.faults import Speaker
from grafftui.models.response_checks import check_event_stream, check_status, not_an_api
from grafftui.models.sse import EventSplitter, EventTooLong, ServerSentEvent
from grafftui.models.stream import Delta, Finished, ReasoningDelta, TextDelta
from grafftui.models.surrogates import split_half, whole_characters
from grafftui.models.transport import HttpCall, HttpRequest, Timeouts

_CONNECTED: list[Delta] = []
_NAME_LOOKUP_GRACE = 0.5
MOST_EVENTS = 1_000_000
"""Events of one answer. Each token has one of its own; empty ones cost as much to read."""


class Decoder(Protocol):
    """Reads the events of one wire format into one answer."""

    @property
    def started(self) -> bool:
        """Whether any of the answer was seen."""
        ...

    @property
    def complete(self) -> bool:
        """Whether the answer is whole, even if the stream should break off now."""
        ...

    @property
    def over(self) -> bool:
        """Whether the format's last event was seen."""
        ...

    def feed(self, event: ServerSentEvent, out: list[Delta]) -> None:
        """Take one event; append what it shows to `out`.

        Raises:
            ValueError, TypeError, LookupError, AttributeError: Not of the format.
            GrafftuiError: The event says that something went wrong.
        """
        ...

    def finished(self) -> Finished:
        """The whole answer."""
        ...


class Exchange:
    """A streamed request and its answer.

    Args:
        speaker: Who is asked, for messages.
        request: What is sent.
        timeouts: How long to wait.
        decoder: Reads the answer.
    """

    def __init__(
        self, speaker: Speaker, request: HttpRequest, timeouts: Timeouts, decoder: Decoder
    ) -> None:
        self._speaker = speaker
        self._timeouts = timeouts
        self._decoder = decoder
        self._splitter = EventSplitter()
        self._events = 0
        self._arrivals: SimpleQueue[list[Delta] | Exception] = SimpleQueue()
        self._call = HttpCall(
            speaker, request, timeouts, connected=lambda: self._arrivals.put(_CONNECTED)
        )
        self._started = time.monotonic()
        self._connected = False

    def batches(self, cancellation: Cancellation) -> Iterator[list[Delta]]:
        """What arrives, each time all that has arrived meanwhile. Raises as `Model.stream`."""
        cancellation.raise_if_cancelled()
        self._started = time.monotonic()
        threading.Thread(target=self._read, name="model-stream", daemon=True).start()
        text = _SmoothText()
        over = False
        try:
            with cancellation.on_cancel(self._wake):
                while not over:
                    batch, failure = self._take()
                    cancellation.raise_if_cancelled()
                    if batch:
                        over = isinstance(batch[-1], Finished)
                        yield text.smooth(batch)
                    if failure is not None:
                        raise failure
        finally:
            if not over:
                self._call.abort()

    # -- on the caller's thread ------------------------------------------------------------

    def _wake(self) -> None:
        self._arrivals.put(AbortedError("interrupted"))
        self._call.abort()

    def _take(self) -> tuple[list[Delta], Exception | None]:
        """Wait for something, then take all there is; what failed comes after the rest."""
        batch: list[Delta] = []
        arrival = self._wait()
        with suppress(Empty):
            while not isinstance(arrival, Exception):
                batch += arrival
                arrival = self._arrivals.get_nowait()
        return batch, arrival if isinstance(arrival, Exception) else None

    def _wait(self) -> list[Delta] | Exception:
        while True:
            try:
                arrival = self._arrivals.get(timeout=self._patience())
            except Empty:
                return self._out_of_time()
            if arrival is not _CONNECTED:
                return arrival
            self._connected = True

    def _patience(self) -> float | None:
        """Seconds until something must have happened. The rest is the reader's to watch."""
        limits = [self._timeouts.total] if self._timeouts.total is not None else []
        if not self._connected:
            limits.append(self._timeouts.connect + _NAME_LOOKUP_GRACE)
        if not limits:
            return None
        return max(0.0, min(limits) - (time.monotonic() - self._started))

    def _out_of_time(self) -> Exception:
        if not self._connected:
            return ConnectionFailed(
                f"{self._speaker}: no connection within {self._timeouts.connect:g} s",
                hint="check the network connection; looking up the name may have hung",
                retryable=True,
            )
        return StreamDropped(
            f"{self._speaker}: not done within {self._timeouts.total:g} s",
            partial=self._decoder.started,
        )

    # -- on the reader's thread ------------------------------------------------------------

    def _read(self) -> None:
        try:
            self._call.start()
            check_status(self._speaker, self._call)
            check_event_stream(self._speaker, self._call)
            self._read_events()
            self._arrivals.put([self._decoder.finished()])
            self._call.drain()
        except Exception as error:
            self._arrivals.put(error)
        finally:
            self._call.close()

    def _read_events(self) -> None:
        try:
            for piece in self._call.chunks():
                if self._feed(piece):
                    return
        except StreamDropped as error:
            error.partial = self._decoder.started
            if not self._decoder.complete:
                raise
        if not self._events:
            raise not_an_api(self._speaker, "no events")
        if not self._decoder.complete:
            raise StreamDropped(
                f"{self._speaker}: the answer stopped before its end",
                partial=self._decoder.started,
            )

    def _feed(self, piece: bytes) -> bool:
        """Take a piece of the body; True when the answer is over."""
        decoder = self._decoder
        out: list[Delta] = []
        data = ""
        try:
            for event in self._splitter.feed(piece):
                self._events += 1
                if event.data:  # some keep the connection alive with empty ones
                    data = event.data
                    decoder.feed(event, out)
        except EventTooLong as error:
            raise BadResponse(f"{self._speaker} sent {error}") from error
        except ValueError as error:
            raise self._unreadable(f"{error}") from error
        except (TypeError, LookupError, AttributeError) as error:
            raise self._unreadable(f"it has another shape: {data}") from error
        finally:
            if out:
                self._arrivals.put(out)
        if self._events > MOST_EVENTS:
            raise BadResponse(f"{self._speaker} sent more than {MOST_EVENTS:,} events")
        return decoder.over

    def _unreadable(self, why: str) -> BadResponse:
        return BadResponse(
            f"{self._speaker} sent an event that cannot be read: {self._speaker.clean(why, 120)}",
            hint="the server may not speak this provider's format",
        )


class _SmoothText:
    """Joins adjacent text, and characters whose halves came in different batches."""

    def __init__(self) -> None:
        self._half = {TextDelta: "", ReasoningDelta: ""}

    def smooth(self, batch: list[Delta]) -> list[Delta]:
        """`batch` with as few pieces of text as possible."""
        smooth: list[Delta] = []
        for kind, group in groupby(batch, type):
            if kind is not TextDelta and kind is not ReasoningDelta:
                smooth.extend(group)
                continue
            text = self._half[kind] + "".join(delta.text for delta in group)  # type: ignore[union-attr]
            text, self._half[kind] = split_half(text)
            if text:
                smooth.append(kind(whole_characters(text)))
        return smooth
