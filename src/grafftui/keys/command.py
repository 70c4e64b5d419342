"""A key printed by a program of the person's own, such as `pass` or `op`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from grafftui.errors import AuthenticationError
from grafftui.keys.bounded import Late, within
from grafftui.text.key_flaws import MAX_LENGTH

TIMEOUT: Final = 10.0
"""Seconds: long enough for a touch of a security key, short enough to wait for."""

_OUTPUT_LIMIT: Final = 2 * MAX_LENGTH


def run_key_command(provider_id: str, argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """What the program prints, trimmed. It is run without a shell and without our terminal.

    Raises:
        AuthenticationError: It cannot be started, fails, prints nothing, or takes too long.
            Neither its output nor its error output is quoted: either may hold the key.
    """
    words = f"the key command for {provider_id} ({os.path.basename(argv[0])})"
    hint = "run it in a terminal to see why; it is `key_command` in settings.toml"
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in environ.items() if name != "GPG_TTY"},
            start_new_session=True,  # no controlling terminal: it cannot prompt over the screen
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its arguments cannot be passed on"
        raise AuthenticationError(f"{words} cannot be started: {reason}", hint=hint) from None
    try:
        output, code = _finish(process)
    except Late:
        output, code = b"", None
    finally:
        _kill_group(process)
    if code is None:
        raise AuthenticationError(f"{words} took more than {TIMEOUT:g} seconds", hint=hint)
    if code != 0:
        raise AuthenticationError(f"{words} ended with exit code {code}", hint=hint)
    text = output.decode("utf-8", "replace").strip()
    if not text:
        raise AuthenticationError(f"{words} printed nothing", hint=hint)
    return text


def _finish(process: subprocess.Popen[bytes]) -> tuple[bytes, int]:
    """Output (a little more than a key can be) and exit code. Raises `Late`."""
    stdout = process.stdout
    assert stdout is not None

    def read() -> tuple[bytes, int]:
        with stdout:
            output = stdout.read(_OUTPUT_LIMIT)
        if len(output) == _OUTPUT_LIMIT:
            return output, 0  # too long for a key; the program may never stop by itself
        return output, process.wait()

    return within(TIMEOUT, read, name="grafftui-key-command")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started, unless it has ended by itself."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1.0)
