"""A server that is started as a program and spoken to line by line.

In the place of the transport of the `mcp` package, which keeps a line of any length in memory,
leaves behind what has left the process group, and prints on our own standard error.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import anyio
import mcp_types
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage

from grafftui.mcp.pace import Pace
from grafftui.mcp.server_log import ServerLog
from grafftui.tools.process_family import ProcessFamily

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

MOST_LINE_BYTES: Final = 16 << 20
"""Of one message; a server that sends a longer one is stopped."""
MOST_GARBAGE: Final = 1_000
"""Lines that are no message; a server that sends more is stopped."""
LAST_SECONDS: Final = 0.5
"""How long a server has to end by itself once its input is closed."""

_CHUNK: Final = 1 << 16
_MARK: Final = "GRAFFTUI_MCP_SERVER"


@asynccontextmanager
async def stdio_transport(
    argv: tuple[str, ...],
    cwd: Path,
    environment: Mapping[str, str],
    log: ServerLog,
    closed: anyio.Event,
) -> AsyncGenerator[TransportStreams]:
    """The streams to and from a server that is started here, and ended with all it started.

    Args:
        environment: All of its environment, but for one variable that marks its processes.
        log: Takes what it prints on standard error, and what is no message.
        closed: Is set once the server says no more.

    Raises:
        OSError: It cannot be started.
    """
    process, family = _started(argv, cwd, environment)
    incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_send, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    assert process.stdin and process.stdout and process.stderr
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_read, process.stdout, incoming, log, closed)
            group.start_soon(_write, process.stdin, outgoing)
            group.start_soon(_drain, process.stderr, log)
            try:
                yield received, to_send
            finally:
                group.cancel_scope.cancel()
    finally:
        for stream in (incoming, received, to_send, outgoing):
            stream.close()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_end, process, family)


def _started(
    argv: tuple[str, ...], cwd: Path, environment: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], ProcessFamily]:
    mark = secrets.token_hex(16)
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        env={**environment, _MARK: mark},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,  # no terminal of ours to write to or read from
    )
    pipes = (process.stdin, process.stdout, process.stderr)
    for pipe in pipes:
        assert pipe is not None
        os.set_blocking(pipe.fileno(), False)
    _, out, err = pipes
    assert out is not None and err is not None
    return process, ProcessFamily(process.pid, f"{_MARK}={mark}", (out.fileno(), err.fileno()))


def _end(process: subprocess.Popen[bytes], family: ProcessFamily) -> None:
    """Close its input, wait a little, and end what is left. Blocks for some seconds at most."""
    assert process.stdin and process.stdout and process.stderr
    with suppress(OSError):
        process.stdin.close()
    with suppress(OSError):
        _wait(process)
    family.end()
    for pipe in (process.stdout, process.stderr):
        with suppress(OSError):
            pipe.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(LAST_SECONDS)


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Until it has ended, without reaping it: its id has to stay its own."""
    deadline = time.monotonic() + LAST_SECONDS
    flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
    while time.monotonic() < deadline and os.waitid(os.P_PID, process.pid, flags) is None:
        time.sleep(0.01)


async def _read(
    pipe: IO[bytes],
    incoming: MemoryObjectSendStream[SessionMessage | Exception],
    log: ServerLog,
    closed: anyio.Event,
) -> None:
    """Hand on what the server says until it says no more."""
    try:
        with incoming, suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            log.fault = await _hand_on(pipe, incoming, log)
    finally:
        closed.set()


async def _hand_on(
    pipe: IO[bytes],
    incoming: MemoryObjectSendStream[SessionMessage | Exception],
    log: ServerLog,
) -> str:
    """Hand on the messages; returns why there are no more."""
    pace, garbage = Pace(), 0
    async for line in _lines(pipe):
        if len(line) > MOST_LINE_BYTES:
            return f"it sent a message of more than {MOST_LINE_BYTES >> 20} MB"
        try:
            message = mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValueError:
            log.feed(line[:_CHUNK] + b"\n")
            garbage += 1
            if garbage > MOST_GARBAGE:
                return "most of what it sends is no message"
        else:
            await incoming.send(SessionMessage(message))
        await pace.keep()
    return "it ended"


async def _lines(pipe: IO[bytes]) -> AsyncGenerator[bytes]:
    """The lines that come, without those that are empty. One that is too long is the last."""
    pieces: list[bytes] = []
    size = 0
    while chunk := await _chunk(pipe):
        first, *others = chunk.split(b"\n")
        pieces.append(first)
        size += len(first)
        if size > MOST_LINE_BYTES:
            yield b"".join(pieces)
            return
        for following in others:
            if line := b"".join(pieces).strip():
                yield line
            pieces, size = [following], len(following)


async def _chunk(pipe: IO[bytes]) -> bytes:
    """The next bytes; none at the end."""
    while True:
        try:
            return os.read(pipe.fileno(), _CHUNK)
        except BlockingIOError:
            await anyio.wait_readable(pipe)
        except OSError:
            return b""


async def _write(pipe: IO[bytes], outgoing: MemoryObjectReceiveStream[SessionMessage]) -> None:
    with suppress(OSError):
        async for message in outgoing:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            left = memoryview(text.encode() + b"\n")
            while left:
                try:
                    left = left[os.write(pipe.fileno(), left) :]
                except BlockingIOError:
                    await anyio.wait_writable(pipe)


async def _drain(pipe: IO[bytes], log: ServerLog) -> None:
    while chunk := await _chunk(pipe):
        log.feed(chunk)
        await anyio.sleep(0)
