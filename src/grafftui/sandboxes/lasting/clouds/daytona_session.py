"""A command in a sandbox of Daytona: in a session of its own, whose output is a web socket."""

from __future__ import annotations

import asyncio
import shlex
import time
from contextlib import suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from grafftui.errors import GrafftuiError
from grafftui.sandboxes.lasting.clouds.accounts import DAYTONA
from grafftui.sandboxes.lasting.clouds.ending import MARK, ending, lost
from grafftui.sandboxes.lasting.clouds.faults import told
from grafftui.sandboxes.lasting.clouds.preparing import beginning
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.execution import Emit

if TYPE_CHECKING:
    from daytona._sync.process import Process

_SECONDS: Final = 60
_CODE_SECONDS: Final = 5.0
_PAUSE: Final = 0.1
_ONCE: Final = 'if [ "$GRAFFTUI_BEGUN" ]; then echo {0}; else GRAFFTUI_BEGUN=1; ({1}); fi'
"""The SDK sends a request again that was not answered, and the session's shell lasts."""


class Session:
    """One command.

    Args:
        process: Of the SDK, for one sandbox.
    """

    def __init__(self, process: Process, command: Command) -> None:
        self._process = process
        self._command = command
        self._token = token_hex(8)
        self._begun_before = False

    def run(self, emit: Emit) -> int:
        """Give away its output; its exit code."""
        from daytona import SessionExecuteRequest

        def hear(piece: str) -> None:
            if piece.strip() == self._token:
                self._begun_before = True
            else:
                emit(piece)

        with told(DAYTONA, "exec"):
            self._process.create_session(self._token, _SECONDS)
            try:
                wanted = SessionExecuteRequest(command=self._text(), run_async=True)
                begun = self._process.execute_session_command(self._token, wanted, _SECONDS)
                output = self._process.get_session_command_logs_async(
                    self._token, begun.cmd_id, hear, hear
                )
                asyncio.run(output)
                code = self._code(begun.cmd_id)
            finally:
                with suppress(GrafftuiError), told(DAYTONA, "exec"):
                    self._process.delete_session(self._token, _SECONDS)
        if self._begun_before:
            raise lost("Daytona")
        return code

    def end(self) -> None:
        """End it and all it started."""
        with told(DAYTONA, "exec"):
            self._process.exec(ending(self._token), timeout=_SECONDS)

    def _text(self) -> str:
        wanted = self._command
        env = {**wanted.env, MARK: self._token}
        named = [f"{name}={value}" for name, value in env.items()]
        words = shlex.join(["exec", "env", *named, "sh", "-c", wanted.text])
        return _ONCE.format(self._token, f"{beginning(wanted.cwd)} {words}")

    def _code(self, command_id: str) -> int:
        """The exit code, which may be known a moment after the output has ended."""
        deadline = time.monotonic() + _CODE_SECONDS
        while True:
            found = self._process.get_session_command(self._token, command_id, _SECONDS)
            if found.exit_code is not None:
                return int(found.exit_code)
            if time.monotonic() > deadline:
                raise lost("Daytona")
            time.sleep(_PAUSE)
