"""A model provider on loopback that sends as fast as the socket takes it. A process of its own.

It speaks chat completions. The prompt says what it answers: "say 500 tokens, 100 a second, as x"
(0 a second: as fast as possible), and the answer ends in `answers.end_of("x")`. Every token is
an event, every event an HTTP chunk, and all of them are made before the first request.

    python -m bench.provider        the first line on stdout is its URL
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from bench.answers import blocks, end_of

ASKED = re.compile(r"say (\d+) tokens, (\d+) a second, as (\w+)")
MOST = 20_000
"""Tokens of the longest answer."""
AT_ONCE = 64
"""Events in one write, where there is no rate."""


class Provider(NamedTuple):
    """A running one."""

    url: str
    pid: int


@contextmanager
def provider() -> Iterator[Provider]:
    """Start one; it ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.provider"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert process.stdout is not None
    try:
        yield Provider(process.stdout.readline().strip(), process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def prompt_for(tokens: int, rate: int, name: str) -> str:
    """What to say to the model for such an answer."""
    return f"say {tokens} tokens, {rate} a second, as {name}"


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    """One event, as one HTTP chunk."""
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    whole = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "fake-model"}
    return _sent(json.dumps({**whole, "choices": choices, **more}))


def _sent(data: str) -> bytes:
    event = f"data: {data}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(event), event)


class Rendered:
    """The long answer that every answer is a part of, as it goes over the wire."""

    def __init__(self) -> None:
        self.events: list[bytes] = []
        self.starts: list[int] = []
        """Where blocks begin."""
        for block in blocks():
            if len(self.events) >= 2 * MOST:
                break
            self.starts.append(len(self.events))
            self.events += [chunk({"content": token}) for token in block]

    def answer(self, tokens: int, name: str) -> Sequence[bytes]:
        """So many events; another place in the text for another name."""
        within = self.starts[: len(self.starts) // 2]
        first = within[crc32(name.encode()) % len(within)]
        return self.events[first : first + tokens]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rendered: Rendered

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        body = json.dumps({"object": "list", "data": [{"id": "fake-model", "object": "model"}]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        tokens, rate, name = ASKED.findall(body.decode())[-1]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with suppress(ConnectionError):
            self._say(self.rendered.answer(int(tokens), name), int(rate))
            self.wfile.write(chunk({"content": f"\n\n{end_of(name)}\n"}) + _end(int(tokens)))

    def _say(self, events: Sequence[bytes], rate: int) -> None:
        if not rate:
            rest = iter(events)
            while some := b"".join(islice(rest, AT_ONCE)):
                self.wfile.write(some)
            return
        begun = time.monotonic()
        for number, event in enumerate(events):
            time.sleep(max(0.0, begun + number / rate - time.monotonic()))
            self.wfile.write(event)


def _end(tokens: int) -> bytes:
    usage = {"prompt_tokens": 100, "completion_tokens": tokens, "total_tokens": tokens + 100}
    return chunk({}, "stop") + chunk({}, usage=usage) + _sent("[DONE]") + b"0\r\n\r\n"


def main() -> None:
    """Serve until killed."""
    _Handler.rendered = Rendered()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
