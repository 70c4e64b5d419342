"""Commands in the gateway's sandboxes: answered whole, or followed while they run.

One that is followed is started with `async`, writes its output and its exit code to files there,
and is asked after with short commands, which do no harm twice.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import shlex
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from secrets import token_hex
from typing import Any, Final

from grafftui.cancellation import Cancellation
from grafftui.errors import GrafftuiError, SandboxError
from grafftui.sandboxes.lasting.clouds.ending import MARK, ending, lost, with_timeout
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.execution import Emit
from grafftui.sandboxes.lasting.gateway.answers import expect
from grafftui.sandboxes.lasting.gateway.calls import Calls

_GRACE: Final = 30.0
_ASKING_SECONDS: Final = 30
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_PIECE: Final = 256 * 1_024
_STARTED: Final = '{ sh -c "$1"; } > "$0.out" 2>&1 < /dev/null; echo "$?" > "$0.code"'
_SINCE: Final = (
    "c=$(cat {0}.code 2>/dev/null); tail -c +{1} {0}.out 2>/dev/null | head -c {2} | base64"
    " | tr -d '\\n'; echo; echo \"$c\""
)


def run_whole(
    calls: Calls, path: str, command: Command, emit: Emit, signal: Cancellation
) -> dict[str, Any]:
    """One request, which is answered when the command has ended; whoever cancels leaves it to
    its timeout there.

    Args:
        path: Where commands of the sandbox are sent.
    """
    found = _abandoned_by(signal, partial(_exec, calls, path, command))
    signal.raise_if_cancelled()
    emit(str(found.get("result") or ""))
    return {**found, "exitCode": _code(found)}


def run_followed(
    calls: Calls, path: str, command: Command, emit: Emit, signal: Cancellation
) -> dict[str, Any]:
    """Start it, give away its output as it comes, and end it when its time is over."""
    followed = _Followed(calls, path, command)
    return with_timeout(followed.run, followed.end, command, emit, signal)


class _Followed:
    """A command that runs by itself."""

    def __init__(self, calls: Calls, path: str, command: Command) -> None:
        self._calls = calls
        self._path = path
        self._command = command
        self._token = token_hex(8)
        self._files = f"/tmp/.grafftui-{self._token}"
        self._ended = threading.Event()

    def run(self, emit: Emit) -> int:
        """Its exit code."""
        try:
            self._start()
            return self._follow(emit)
        finally:
            with suppress(GrafftuiError):
                self._ask(f"rm -f {self._files}.out {self._files}.code")

    def end(self) -> None:
        """End it and all it started."""
        try:
            self._ask(ending(self._token))
        finally:
            self._ended.set()

    def _start(self) -> None:
        wanted = self._command
        words = ["sh", "-c", _STARTED, self._files, wanted.text]
        env = {**wanted.env, MARK: self._token}
        there = Command(shlex.join(words), wanted.cwd, env, wanted.timeout_seconds + _GRACE)
        found = _send(self._calls, self._path, there, begun=True)
        expect("exec", found, dict)
        if self._ended.is_set():  # before it was begun
            self.end()

    def _follow(self, emit: Emit) -> int:
        decode = codecs.getincrementaldecoder("utf-8")("replace")
        begin, pause = 1, _FIRST_PAUSE
        deadline = time.monotonic() + self._command.timeout_seconds + _GRACE
        while True:
            over = self._ended.is_set()
            held, said = self._since(begin)
            begin += len(held)
            if said and len(held) < _PIECE:
                emit(decode.decode(held, True))
                return int(said)
            if held:
                emit(decode.decode(held))
                pause = _FIRST_PAUSE
                continue
            if over or time.monotonic() > deadline:
                raise lost("the gateway")
            self._ended.wait(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)

    def _since(self, begin: int) -> tuple[bytes, str]:
        """Output from a byte on, and the exit code once there is one."""
        found = self._ask(_SINCE.format(self._files, begin, _PIECE))
        lines = str(found.get("result") or "").split("\n")
        try:
            held, said = base64.b64decode(lines[0].strip(), validate=True), lines[1].strip()
        except (IndexError, binascii.Error, ValueError) as error:
            raise SandboxError("the gateway sent output that is no base64") from error
        if said and not said.isdecimal():
            raise lost("the gateway")
        return held, said

    def _ask(self, text: str) -> dict[str, Any]:
        """What a short command that does no harm twice answers."""
        return _exec(self._calls, self._path, Command(text, "/", {}, _ASKING_SECONDS), again=True)


def _exec(calls: Calls, path: str, command: Command, *, again: bool = False) -> dict[str, Any]:
    found = _send(calls, path, command, again=again)
    _code(expect("exec", found, dict))
    return dict(found)


def _send(
    calls: Calls, path: str, command: Command, *, again: bool = False, begun: bool = False
) -> Any:
    body: dict[str, Any] = {
        "command": command.text,
        "cwd": command.cwd,
        "env": dict(command.env) or None,
        "timeoutSeconds": command.timeout_seconds,
    }
    if begun:
        body["async"] = True
    seconds = command.timeout_seconds + _GRACE
    return calls.send("POST", path, body, again=again, seconds=seconds)


def _code(found: dict[str, Any]) -> int:
    code = found.get("exitCode")
    if isinstance(code, bool) or not isinstance(code, int):
        raise lost("the gateway")
    return code


def _abandoned_by(signal: Cancellation, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `call` returns; {} as soon as it is cancelled: its answer is awaited by nobody."""
    ended = threading.Event()
    answer: list[dict[str, Any]] = []
    failure: list[BaseException] = []

    def ask() -> None:
        try:
            answer.append(call())
        except BaseException as error:
            failure.append(error)
        ended.set()

    threading.Thread(target=ask, name="sandbox-request", daemon=True).start()
    with signal.on_cancel(ended.set):
        ended.wait()
    if failure:
        raise failure[0]
    return answer[0] if answer else {}
