"""JSON-RPC over lines, as the app-server speaks it: no `jsonrpc` key, ids that begin at 0.

One thread reads, one writes, so that neither a person who decides nor a server that does not
read holds anything up. At most `MOST_IN_FLIGHT` requests are with the server, the others wait:
of 600 sent at once up to 239 were never answered.
"""

from __future__ import annotations

import json
import random
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Final

from grafftui.backends.codex.alarms import Alarms
from grafftui.backends.codex.complaints import telling
from grafftui.backends.codex.errors import (
    INTERNAL,
    OVERLOADED,
    CodexAnswerError,
    CodexConnectionError,
    CodexTimeoutError,
    request_error,
    shown,
)
from grafftui.backends.codex.messages import Notification, ServerRequest, answer_failed
from grafftui.backends.codex.process import CodexProcess
from grafftui.backends.codex.reading import table_in
from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError

MOST_IN_FLIGHT: Final = 64
MOST_TRIES: Final = 6
"""Of a request the server is too busy for."""
FIRST_PAUSE: Final = 0.1
"""Seconds before the second try, about; each pause is about twice the one before."""

Json = dict[str, Any]
Answer = Callable[[ServerRequest], Json]
"""Answers a question on a thread of its own. What it raises refuses."""


@dataclass(slots=True, eq=False)
class _Call:
    method: str
    params: Json | None
    seconds: float
    noted: Callable[[Any], object] | None = None
    future: Future[Any] = field(default_factory=Future)
    tries: int = 0
    number: int = 0


class JsonRpc:
    """A conversation with one app-server process. It begins with the process.

    Args:
        process: The process; it is closed with this.
        notified: Gets every notification, on the reader's thread, and `answer_failed` on that of
            the question: must not block.
        answer: Answers every question.
        over: Called once, with the reason, when the server says no more and was not closed.
    """

    def __init__(
        self,
        process: CodexProcess,
        *,
        notified: Callable[[Notification], object],
        answer: Answer,
        over: Callable[[CodexConnectionError], object],
    ) -> None:
        self._process = process
        self._notified = notified
        self._answer = answer
        self._over = over
        self._lock = threading.Lock()
        self._number = 0
        self._in_flight: dict[int, _Call] = {}
        self._waiting: deque[_Call] = deque()
        self._pausing: set[_Call] = set()
        self._questions: dict[int | str, ServerRequest] = {}
        self._outgoing: SimpleQueue[bytes | None] = SimpleQueue()
        self._alarms = Alarms()
        self._fault: CodexConnectionError | None = None
        self._writer = threading.Thread(target=self._write, name="codex-writer", daemon=True)
        self._reader = threading.Thread(target=self._read, name="codex-reader", daemon=True)
        self._writer.start()
        self._reader.start()

    @property
    def over(self) -> bool:
        """Whether the server says no more."""
        return self._fault is not None

    # -- asking ----------------------------------------------------------------------------

    def submit(
        self,
        method: str,
        params: Json | None,
        seconds: float,
        noted: Callable[[Any], object] | None = None,
    ) -> Future[Any]:
        """Ask; the future has the result.

        Args:
            seconds: How long an answer may take, once the request is with the server.
            noted: Told the result before anybody else, on the reader's thread: must not block.
        """
        call = _Call(method, params, seconds, noted)
        call.future.set_running_or_notify_cancel()
        with self._lock:
            if self._fault is not None:
                call.future.set_exception(self._fault)
                return call.future
            self._waiting.append(call)
        self._send_waiting()
        return call.future

    def notify(self, method: str, params: Json | None = None) -> None:
        """Say something that is not answered."""
        self._put({"method": method} if params is None else {"method": method, "params": params})

    def close(self) -> None:
        """End the server, with all it started."""
        self._fail(CodexConnectionError("the connection to codex was closed"))
        self._process.close()
        self._reader.join(1)

    # -- requests on their way -------------------------------------------------------------

    def _send_waiting(self) -> None:
        with self._lock:
            while self._waiting and len(self._in_flight) < MOST_IN_FLIGHT:
                call = self._waiting.popleft()
                self._number += 1
                call.number = self._number
                call.tries += 1
                self._in_flight[call.number] = call
                message: Json = {"id": call.number, "method": call.method}
                if call.params is not None:
                    message["params"] = call.params
                self._put(message)
                self._limit(call.number, call.seconds)

    def _limit(self, number: int, seconds: float) -> None:
        self._alarms.after(seconds, lambda: self._late(number))

    def _late(self, number: int) -> None:
        with self._lock:
            call = self._in_flight.pop(number, None)
        if call is not None:
            words = f"codex did not answer {call.method} in {call.seconds:g} s"
            call.future.set_exception(CodexTimeoutError(words))
            self._send_waiting()

    def _answered(self, message: Json) -> None:
        with self._lock:
            call = self._in_flight.pop(message["id"], None)
        if call is None:  # too late, or never asked
            return
        error = message.get("error")
        if error is None:
            if call.noted is not None:
                call.noted(message.get("result"))
            call.future.set_result(message.get("result"))
        elif _code(error) == OVERLOADED and call.tries < MOST_TRIES:
            pause = FIRST_PAUSE * 2 ** (call.tries - 1) * random.uniform(0.5, 1.5)
            with self._lock:
                self._pausing.add(call)  # on the reader's thread, which is also the one that fails
            self._alarms.after(pause, lambda: self._again(call))
        else:
            call.future.set_exception(request_error(call.method, error))
        self._send_waiting()

    def _again(self, call: _Call) -> None:
        with self._lock:
            if call not in self._pausing:  # it was over meanwhile
                return
            self._pausing.discard(call)
            self._waiting.appendleft(call)
        self._send_waiting()

    # -- questions -------------------------------------------------------------------------

    def _asked(self, message: Json) -> None:
        question = ServerRequest(message["id"], message["method"], _table(message.get("params")))
        with self._lock:
            self._questions[question.id] = question
        threading.Thread(
            target=self._decide, args=(question,), name="codex-question", daemon=True
        ).start()

    def _decide(self, question: ServerRequest) -> None:
        try:
            reply: Json = {"id": question.id, "result": self._answer(question)}
            json.dumps(reply)
        except AbortedError:
            reply = _refusal(question, INTERNAL, "the answer no longer matters")
        except Exception as error:
            code = getattr(error, "code", None)
            reply = _refusal(question, code if isinstance(code, int) else INTERNAL, str(error))
            self._process.log.note(f"{question.method} was refused: {error}")
            if isinstance(error, CodexAnswerError) and not question.cancellation.cancelled:
                self._notified(answer_failed(question, error.message))  # before the turn can end
        with self._lock:
            self._questions.pop(question.id, None)
        self._put(reply)

    def _resolved(self, notification: Notification) -> None:
        with self._lock:
            question = self._questions.get(notification.params.get("requestId", ""))
        if question is not None:
            question.cancellation.cancel()

    # -- lines -----------------------------------------------------------------------------

    def _put(self, message: Json) -> None:
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        self._outgoing.put(text.encode("utf-8", "replace") + b"\n")

    def _write(self) -> None:
        with suppress(OSError):
            while (line := self._outgoing.get()) is not None:
                self._process.write(line)

    def _read(self) -> None:
        reason = ""
        try:
            for line in self._process.lines():
                self._take(line)
        except CodexConnectionError as error:
            reason = error.message
            self._process.close(0)
        finally:
            ended = self._process.ended()
            self._process.release()
            stderr = self._process.last_words()
            last = f": {shown(telling(stderr))}" if stderr else ""
            self._fail(
                CodexConnectionError(
                    f"{reason or ended}{last}",
                    stderr=stderr,
                    hint="restart() starts it again, with the threads that were open",
                )
            )

    def _take(self, line: bytes) -> None:
        message = table_in(line)
        if message is None:
            self._process.log.feed(b"no message: " + line[:500] + b"\n")
            return
        method = message.get("method")
        if not isinstance(method, str):
            if isinstance(message.get("id"), int):
                self._answered(message)
        elif isinstance(message.get("id"), int | str):
            self._asked(message)
        else:
            notification = Notification(method, _table(message.get("params")))
            if method == "serverRequest/resolved":
                self._resolved(notification)
            self._notified(notification)

    # -- the end ---------------------------------------------------------------------------

    def _fail(self, fault: CodexConnectionError) -> None:
        with self._lock:
            if self._fault is not None:
                return
            self._fault = fault
            calls = [*self._in_flight.values(), *self._waiting, *self._pausing]
            self._in_flight.clear()
            self._pausing.clear()
            self._waiting.clear()
            questions: list[Cancellation] = [q.cancellation for q in self._questions.values()]
        self._alarms.stop()
        self._outgoing.put(None)
        for call in calls:
            call.future.set_exception(fault)
        for cancellation in questions:
            cancellation.cancel()
        self._over(fault)


def _refusal(question: ServerRequest, code: int, words: str) -> Json:
    return {"id": question.id, "error": {"code": code, "message": words or "refused"}}


def _code(error: Any) -> Any:
    return error.get("code") if isinstance(error, dict) else None


def _table(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
